package fsys

import (
	"strings"
	"unicode/utf8"
)

// JavaScript strings hold no bytes: a name that is not UTF-8 crosses with each such byte
// b as the private-use character U+EF00+b (b ≥ 0x80, so U+EF80 to U+EFFF; the scheme of
// MirBSD's OPTU-16). The bytes of a true U+EF80…U+EFFF are written that way too, so the
// way back is always exact.
const rawBase = 0xEF00

// EncodeName makes valid UTF-8 of a name of any bytes; [DecodeName] undoes it.
func EncodeName(name string) string {
	if utf8.ValidString(name) && !strings.ContainsFunc(name, isRaw) {
		return name
	}
	var b strings.Builder
	for i := 0; i < len(name); {
		r, size := utf8.DecodeRuneInString(name[i:])
		if (r == utf8.RuneError && size <= 1) || isRaw(r) {
			for _, raw := range []byte(name[i : i+size]) {
				b.WriteRune(rawBase + rune(raw))
			}
		} else {
			b.WriteString(name[i : i+size])
		}
		i += size
	}
	return b.String()
}

// DecodeName gives the bytes of a name that EncodeName made, or that a person typed.
func DecodeName(name string) string {
	if !strings.ContainsFunc(name, isRaw) {
		return name
	}
	var b strings.Builder
	for _, r := range name {
		if isRaw(r) {
			b.WriteByte(byte(r - rawBase)) //nolint:gosec // isRaw: 0x80 to 0xFF
		} else {
			b.WriteRune(r)
		}
	}
	return b.String()
}

func isRaw(r rune) bool { return r >= rawBase+0x80 && r <= rawBase+0xFF }

// IsName says whether a name is one element of a path, and no way out of it.
func IsName(name string) bool {
	return name != "" && name != "." && name != ".." && !strings.ContainsAny(name, "/\x00")
}
