//go:build js

package jsval

import (
	"syscall/js"
	"unicode/utf8"
)

// Many small fields cross into JavaScript cheapest as one text that JSON.parse reads:
// each call of syscall/js costs about as much as 100 bytes of it.

var jsonObject = js.Global().Get("JSON")

// ParseJSON makes a JavaScript value of JSON text, which must be right.
func ParseJSON(text []byte) js.Value { return jsonObject.Call("parse", string(text)) }

// AppendJSON writes s as a JSON string (RFC 8259 §7). What is no UTF-8 becomes U+FFFD.
func AppendJSON(out []byte, s string) []byte {
	const hex = "0123456789abcdef"
	out = append(out, '"')
	for _, r := range s {
		switch {
		case r == '"' || r == '\\':
			out = append(out, '\\', byte(r))
		case r < ' ':
			out = append(out, '\\', 'u', '0', '0', hex[r>>4&15], hex[r&15])
		default:
			out = utf8.AppendRune(out, r)
		}
	}
	return append(out, '"')
}

// Pairs reads an array of pairs of strings without line breaks; false when v is anything
// else. It takes the same few calls for any number of them.
func Pairs(v js.Value) (pairs [][2]string, ok bool) {
	if !IsArray(v) {
		return nil, false
	}
	flat, err := Call(v, "flat")
	if err != nil || flat.Length() != 2*v.Length() {
		return nil, false
	}
	joined, err := Call(flat, "join", "\n")
	if err != nil {
		return nil, false
	}
	return splitPairs(joined.String(), v.Length())
}

func splitPairs(text string, count int) (pairs [][2]string, ok bool) {
	if count == 0 {
		return nil, true
	}
	pairs = make([][2]string, 0, count)
	start, first, odd := 0, "", false
	for i := 0; i <= len(text); i++ {
		if i < len(text) && text[i] != '\n' {
			continue
		}
		if odd {
			pairs = append(pairs, [2]string{first, text[start:i]})
		} else {
			first = text[start:i]
		}
		start, odd = i+1, !odd
	}
	return pairs, len(pairs) == count && !odd
}
