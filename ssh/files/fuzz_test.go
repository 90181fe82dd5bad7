package files

import (
	"path"
	"strings"
	"testing"

	"porthole/ssh/files/fsys"
)

func FuzzNamesStayInTheirFolder(f *testing.F) {
	for _, name := range []string{"a", "..", ".", "", "../x", "a/b", "/", "\x00", "...", "..\\x", "\xff", " "} {
		f.Add("/home/dir", name)
		f.Add("dir/", name)
		f.Add("/", name)
	}
	f.Fuzz(func(t *testing.T, dir, name string) {
		if !fsys.IsName(name) || !path.IsAbs(dir) || strings.Contains(dir, "\x00") {
			return
		}
		at := join(dir, name)
		if path.Dir(path.Clean(at)) != path.Clean(dir) || path.Base(at) != name {
			t.Errorf("%q in %q is %q", name, dir, at)
		}
	})
}
