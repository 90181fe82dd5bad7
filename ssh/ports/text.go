package ports

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// maxProgram and maxTitle bound names in characters.
const (
	maxProgram = 64
	maxTitle   = 80
)

// cleanText makes one line of text from a device: white space becomes single spaces,
// control characters (terminal escapes) and formatting ones (bidirectional overrides) go,
// and what is longer than limit ends in "…".
func cleanText(s string, limit int) string {
	var b strings.Builder
	space := false
	count := 0
	for _, r := range s {
		if unicode.IsSpace(r) {
			space = count > 0
			continue
		}
		if r == utf8.RuneError || unicode.IsControl(r) || unicode.Is(unicode.Cf, r) {
			continue
		}
		if space {
			count++
		}
		if count++; count > limit {
			return cutRunes(b.String(), limit-1) + "…"
		}
		if space {
			b.WriteByte(' ')
			space = false
		}
		b.WriteRune(r)
	}
	return b.String()
}

// cutRunes returns the first count characters of s.
func cutRunes(s string, count int) string {
	for i := range s {
		if count == 0 {
			return s[:i]
		}
		count--
	}
	return s
}
