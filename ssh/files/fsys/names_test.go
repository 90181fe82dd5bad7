package fsys_test

import (
	"testing"
	"unicode/utf8"

	"porthole/ssh/files/fsys"
)

func FuzzNamesCrossUnchanged(f *testing.F) {
	for _, name := range []string{"", "log.txt", "grüß", "\xff\xfe", "a\x80b", "\uef80\uefff", "\uef80\x80", "\ue000\uf000", "\xed\xa0\x80"} {
		f.Add(name)
	}
	f.Fuzz(func(t *testing.T, name string) {
		crossed := fsys.EncodeName(name)
		if !utf8.ValidString(crossed) {
			t.Errorf("%q crosses as %q, which is not UTF-8", name, crossed)
		}
		if back := fsys.DecodeName(crossed); back != name {
			t.Errorf("%q comes back as %q", name, back)
		}
	})
}
