package ssh

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// Bounds on text of the device, in bytes of UTF-8.
const (
	maxReasonText = 512     // a reason of a disconnect, a close or a refusal
	maxPromptText = 4 << 10 // one text of a keyboard-interactive round
	maxBannerText = 32 << 10
)

// printable makes text of the device safe to show in one line: control characters
// (terminal escapes, bidirectional overrides) become spaces or vanish.
func printable(s string, limit int) string {
	return strings.TrimSpace(clean(s, limit, false))
}

// printableLines is printable for text of several lines: tabs and line ends stay.
func printableLines(s string, limit int) string {
	return clean(strings.ReplaceAll(s, "\r\n", "\n"), limit, true)
}

func clean(s string, limit int, lines bool) string {
	var b strings.Builder
	for _, r := range s {
		switch {
		case lines && (r == '\n' || r == '\t'):
		case r == '\n' || r == '\r' || r == '\t':
			r = ' '
		case unicode.IsControl(r) || unicode.Is(unicode.Cf, r):
			continue
		}
		if b.Len()+utf8.RuneLen(r) > limit {
			return b.String() + "…"
		}
		b.WriteRune(r)
	}
	return b.String()
}
