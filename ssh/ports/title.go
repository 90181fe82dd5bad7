package ports

import (
	"bytes"
	"strconv"
	"strings"
	"unicode/utf8"
)

// title returns the text of the first title of an HTML page, or "". answer is an HTTP
// answer as it came, which may be cut anywhere.
func title(answer []byte) string {
	head, body, ok := bytes.Cut(answer, []byte("\r\n\r\n"))
	if !ok {
		return ""
	}
	fields := bytes.ReplaceAll(asciiLower(head), []byte(" "), nil)
	if bytes.Contains(fields, []byte("\r\ntransfer-encoding:chunked")) {
		body = dechunk(body)
	}
	lower := asciiLower(body)
	start := findTag(lower, "<title")
	if start < 0 {
		return ""
	}
	length := bytes.Index(lower[start:], []byte("</title"))
	if length < 0 {
		return ""
	}
	return cleanText(unescape(decode(body[start:start+length])), maxTitle)
}

// findTag returns where the content of a tag begins, -1 without one.
func findTag(lower []byte, tag string) int {
	for from := 0; ; {
		at := bytes.Index(lower[from:], []byte(tag))
		if at < 0 {
			return -1
		}
		from += at + len(tag)
		if from == len(lower) {
			return -1
		}
		switch lower[from] {
		case '>', ' ', '\t', '\r', '\n', '/':
			end := bytes.IndexByte(lower[from:], '>')
			if end < 0 {
				return -1
			}
			return from + end + 1
		}
	}
}

// asciiLower keeps each byte in its place, which bytes.ToLower does not outside ASCII.
func asciiLower(b []byte) []byte {
	lower := bytes.Clone(b)
	for i, c := range lower {
		if 'A' <= c && c <= 'Z' {
			lower[i] = c + 'a' - 'A'
		}
	}
	return lower
}

// dechunk takes a chunked body apart (RFC 9112 §7.1) as far as it is sound.
func dechunk(body []byte) []byte {
	var out []byte
	for {
		line, rest, ok := bytes.Cut(body, []byte("\r\n"))
		if !ok {
			return out
		}
		digits, _, _ := strings.Cut(string(line[:min(len(line), 32)]), ";")
		size, err := strconv.ParseUint(strings.TrimSpace(digits), 16, 31)
		if err != nil || size == 0 {
			return out
		}
		if uint64(len(rest)) < size+2 {
			return append(out, rest[:min(uint64(len(rest)), size)]...)
		}
		out = append(out, rest[:size]...)
		body = rest[size+2:]
	}
}

// decode reads what is not UTF-8 as Latin-1, which old devices write without saying so.
func decode(text []byte) string {
	if utf8.Valid(text) {
		return string(text)
	}
	runes := make([]rune, len(text))
	for i, c := range text {
		runes[i] = rune(c)
	}
	return string(runes)
}

// entities are the named characters that titles have; HTML's table of all would be 60 kB.
var entities = map[string]string{
	"amp": "&", "lt": "<", "gt": ">", "quot": `"`, "apos": "'", "nbsp": " ",
	"copy": "©", "reg": "®", "trade": "™", "deg": "°", "middot": "·", "bull": "•", "hellip": "…",
	"ndash": "–", "mdash": "—", "laquo": "«", "raquo": "»",
	"auml": "ä", "ouml": "ö", "uuml": "ü", "Auml": "Ä", "Ouml": "Ö", "Uuml": "Ü", "szlig": "ß", "eacute": "é", "egrave": "è",
}

// maxEntity is longer than any of them, in bytes.
const maxEntity = 10

// unescape replaces character references; unknown ones stay as they are.
func unescape(text string) string {
	var b strings.Builder
	for {
		before, after, found := strings.Cut(text, "&")
		b.WriteString(before)
		if !found {
			return b.String()
		}
		end := strings.IndexByte(after[:min(len(after), maxEntity+1)], ';')
		character, known := "", false
		if end > 0 {
			character, known = reference(after[:end])
		}
		if !known {
			b.WriteByte('&')
			text = after
			continue
		}
		b.WriteString(character)
		text = after[end+1:]
	}
}

// reference is what stands for the name between "&" and ";".
func reference(name string) (string, bool) {
	digits, numeric := strings.CutPrefix(name, "#")
	if !numeric {
		character, known := entities[name]
		return character, known
	}
	base := 10
	if hex := strings.TrimLeft(digits, "xX"); hex != digits {
		digits, base = hex, 16
	}
	code, err := strconv.ParseUint(digits, base, 31)
	if err != nil || !utf8.ValidRune(rune(code)) {
		return "", false
	}
	return string(rune(code)), true
}
