package wire

import (
	"strings"
	"testing"
)

func TestWildcard(t *testing.T) {
	for _, tt := range []struct {
		pattern, text string
		want          bool
	}{
		{"*", "", true},
		{"*", "abc", true},
		{"a*", "abc", true},
		{"*c", "abc", true},
		{"a*c", "abc", true},
		{"a*c", "abd", false},
		{"*b*", "abc", true},
		{"**", "x", true},
		{"a**", "a", true},
		{"a**c", "ac", true},
		{"abc", "abcd", false},
		{"*aab", "aaaab", true},
		{"", "", true},
		{"", "a", false},
		{"a.c", "abc", false},
		{strings.Repeat("a*", 200) + "b", strings.Repeat("a", 5000), false}, // no exponential search
	} {
		if got := Wildcard(tt.pattern, tt.text); got != tt.want {
			t.Errorf("%.20q against %.20q: got %t", tt.pattern, tt.text, got)
		}
	}
}

func TestANameStaysATextOfTheQuery(t *testing.T) {
	for name, want := range map[string]string{
		"":                             "has(c8y_IsDevice)",
		"*":                            "has(c8y_IsDevice)",
		"edge*":                        "(name eq 'edge*') and has(c8y_IsDevice)",
		"O'Neil":                       "(name eq 'O''Neil') and has(c8y_IsDevice)",
		"' or name eq 'x":              "(name eq ''' or name eq ''x') and has(c8y_IsDevice)",
		`back\slash`:                   `(name eq 'back\slash') and has(c8y_IsDevice)`,
		"') or has(c8y_IsUser) and ('": "(name eq ''') or has(c8y_IsUser) and (''') and has(c8y_IsDevice)",
	} {
		if got := DevicesQuery(name); got != want {
			t.Errorf("%q: got %s, want %s", name, got, want)
		}
	}
}

func FuzzQueryText(f *testing.F) {
	f.Add("O'Neil", " and x")
	f.Add("''", "")
	f.Fuzz(func(t *testing.T, text, behind string) {
		if strings.HasPrefix(behind, "'") {
			behind = " " + behind
		}
		quoted := QueryText(text)
		got, n, ok := ReadQueryText(quoted + behind)
		if got != text || n != len(quoted) || !ok {
			t.Errorf("%q: got %q, %d, %t", text, got, n, ok)
		}
	})
}
