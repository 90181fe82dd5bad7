package api

import (
	"strings"
	"testing"
)

func TestAPathInTheLogIsPlainAndExact(t *testing.T) {
	for path, want := range map[string]string{
		"/var/log/app.log":             "/var/log/app.log",
		"/a b/größe 日本":                "/a b/größe 日本",
		"/x\nlevel=ERROR msg=forged":   `/x\x0alevel=ERROR msg=forged`,
		"/x\\x0a":                      `/x\\x0a`, // not the same as the line above
		"/\x1b[31mred":                 `/\x1b[31mred`,
		"/latin-1-\uEFE9":              `/latin-1-\xe9`,
		"/\u202Egnp.exe":               `/\u{202e}gnp.exe`,
		"/line\u2028break\u0085\u00A0": `/line\u{2028}break\u{85}\u{a0}`,
		"/\uFFFD":                      `/\u{fffd}`,
		"/" + strings.Repeat("d/", 40): "…" + strings.Repeat("d/", 25),
		"/" + strings.Repeat("\n", 40): "…" + strings.Repeat(`\x0a`, 12),
	} {
		if got := plainPath(path, 50); got != want {
			t.Errorf("%q: got %q, want %q", path, got, want)
		}
	}
}

func FuzzPathInTheLog(f *testing.F) {
	f.Add("/x\ny\\\uEFE9\u202E")
	f.Fuzz(func(t *testing.T, path string) {
		got := plainPath(path, 60)
		if len(got) > 60+len("…") {
			t.Errorf("%d bytes of %q", len(got), path)
		}
		if other := printable(got, 1000); other != got {
			t.Errorf("%q is not printable", got)
		}
	})
}
