package profile

import (
	"encoding/json"
	"strings"
	"testing"
	"unicode/utf8"
)

// FuzzJSON compares with encoding/json: the same texts are objects, with the same
// members and strings.
func FuzzJSON(f *testing.F) {
	for _, seed := range []string{
		`{}`, `{"a":1}`, ` { "a" : [ 1 , -2.5e+7, 0.1E-3 ] , "b" : { "c" : null } } `, `{"a":"\u00e9\ud83d\ude00\n\/"}`,
		`{"a":"\ud83d"}`, `{"a":"\ud83dx\ude00"}`, `{"a":01}`, `{"a":1.}`, `{"a":+1}`, `{"a":tru}`, `{"a":1,}`, `{,}`, `[]`, `null`,
		`{"a":"` + "\x00" + `"}`, `{"a":"` + "\xff" + `"}`, `{"a":1,"a":2}`, `{"a":1}x`, `{"a":"\x"}`, `{"a":"\u12"}`,
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		if strings.Count(string(text), "[")+strings.Count(string(text), "{") > maxDepth {
			return // deeper than we read
		}
		got, err := parseObject(text)
		var want map[string]json.RawMessage
		wantErr := json.Unmarshal(text, &want)
		if wantErr == nil && want == nil {
			wantErr = errJSON // "null"
		}
		if (err == nil) != (wantErr == nil) {
			t.Fatalf("%q: error %v, encoding/json says %v", text, err, wantErr)
		}
		if len(got) != len(want) {
			t.Fatalf("%q: %d members, want %d", text, len(got), len(want))
		}
		for _, m := range got {
			if string(want[m.name]) != string(m.value) {
				t.Errorf("%q: member %q is %q, want %q", text, m.name, m.value, want[m.name])
			}
			var wantText string
			if json.Unmarshal(m.value, &wantText) == nil && m.value[0] == '"' {
				if gotText, ok := parseString(m.value); !ok || gotText != wantText {
					t.Errorf("%q: string %q, want %q", m.value, gotText, wantText)
				}
			}
		}
		if err == nil && !json.Valid(got.text("  ")) {
			t.Errorf("%q: written as %q, which is no JSON", text, got.text("  "))
		}
	})
}

// FuzzString proves that any user name survives.
func FuzzString(f *testing.F) {
	f.Add("plain")
	f.Add("q\"uote \\ \x00 \u2028 \U0001f600 \x7f")
	f.Fuzz(func(t *testing.T, s string) {
		encoded := appendString(nil, s)
		var other string
		if err := json.Unmarshal(encoded, &other); err != nil {
			t.Fatalf("%q becomes %q: %v", s, encoded, err)
		}
		got, ok := parseString(encoded)
		if !ok || got != other || (utf8.ValidString(s) && got != s) {
			t.Errorf("%q comes back as %q, encoding/json reads %q", s, got, other)
		}
	})
}
