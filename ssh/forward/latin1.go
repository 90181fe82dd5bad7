package forward

import "strings"

// FromLatin1 gives the text of header bytes as a browser shows them: each byte one
// character (RFC 9110 §5.5, "obs-text").
func FromLatin1(raw string) string {
	ascii := true
	for i := 0; ascii && i < len(raw); i++ {
		ascii = raw[i] < 0x80
	}
	if ascii {
		return raw
	}
	var b strings.Builder
	b.Grow(len(raw) + len(raw)/2)
	for i := range len(raw) {
		b.WriteRune(rune(raw[i]))
	}
	return b.String()
}

// ToLatin1 is the other way about, for header values that a page set; ok is false when text
// holds characters that no header can.
func ToLatin1(text string) (raw string, ok bool) {
	var b strings.Builder
	b.Grow(len(text))
	for _, r := range text {
		if r > 0xff {
			return "", false
		}
		b.WriteByte(byte(r)) //nolint:gosec // checked
	}
	return b.String(), true
}
