//go:build linux

package shellfs_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"porthole/ssh/files/fstest"
	"porthole/ssh/files/fsys"
	"porthole/ssh/files/shellfs"
)

// tools makes a folder that is the whole PATH of a device: links of applets to a program.
func tools(t testing.TB, program string, without ...string) string {
	t.Helper()
	path, err := exec.LookPath(program)
	if err != nil {
		t.Fatal(err)
	}
	list := exec.Command(path, "--list")
	if filepath.Base(program) == "toybox" {
		list = exec.Command(path)
	}
	names, err := list.Output()
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	for name := range strings.FieldsSeq(string(names)) {
		if slices.Contains(without, name) {
			continue
		}
		if err := os.Symlink(path, filepath.Join(dir, filepath.Base(name))); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

func open(t testing.TB, m fstest.Machine) fsys.FS {
	t.Helper()
	fs, err := shellfs.Open(t.Context(), m.Peer())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := fs.Close(); err != nil {
			t.Error(err)
		}
	})
	return fs
}

func home(t testing.TB) string {
	t.Helper()
	dir, err := filepath.EvalSymlinks(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	return dir
}

func TestGNU(t *testing.T) {
	m := fstest.Machine{Shell: []string{"/bin/sh", "-c"}, Env: []string{"PATH=/usr/bin:/bin"}, Dir: home(t)}
	fstest.Run(t, fstest.Suite{FS: open(t, m)})
}
