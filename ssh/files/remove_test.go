//go:build linux

package files_test

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"porthole/ssh/files"
	"porthole/ssh/files/fsys"
	"porthole/ssh/wire"
)

func TestRemovalAndModesDoNotFollowLinks(t *testing.T) {
	m := machine(t)
	outside := makeFile(t, "keep me", m.Dir, "outside", "file")
	makeFile(t, "x", m.Dir, "tree", "sub", "x")
	must(t, os.Symlink(filepath.Dir(outside), m.Dir+"/tree/dirlink"))
	must(t, os.Symlink(outside, m.Dir+"/tree/filelink"))
	must(t, os.Symlink(m.Dir+"/tree", m.Dir+"/toplink"))
	ctx, fs := open(t, m)

	must(t, files.Chmod(ctx, fs, "tree", 0o700, true))
	if info, err := os.Stat(outside); err != nil || info.Mode().Perm() != 0o644 {
		t.Errorf("outside has %v, %v", info.Mode(), err)
	}
	if info, err := os.Stat(m.Dir + "/tree/sub/x"); err != nil || info.Mode().Perm() != 0o700 {
		t.Errorf("inside has %v, %v", info.Mode(), err)
	}
	removed, err := files.RemoveAll(ctx, fs, "toplink", nil)
	must(t, err)
	if removed != 1 {
		t.Errorf("removing a link to a tree removed %d", removed)
	}
	wantContent(t, m.Dir+"/tree/sub/x", "x")
	removed, err = files.RemoveAll(ctx, fs, "tree/", nil)
	must(t, err)
	if removed != 5 {
		t.Errorf("removed %d, want 5", removed)
	}
	wantContent(t, outside, "keep me")
}

func TestRemovalGoesOnAndSaysWhatStayed(t *testing.T) {
	m := machine(t)
	for _, name := range []string{"a", "b", "c"} {
		makeFile(t, "x", m.Dir, "tree", "sub", name)
	}
	makeFile(t, "x", m.Dir, "tree", "z", "file")
	ctx, fs := open(t, m)
	removed, err := files.RemoveAll(ctx, refusing{fs, "tree/sub/b"}, "tree", nil)
	wantCode(t, "removal", err, wire.CodePermission)
	if want := "3 entries were not removed; 4 are gone. The first: no"; err == nil || !strings.HasPrefix(err.Error(), want) {
		t.Errorf("got %v, want %q", err, want)
	}
	wantContent(t, m.Dir+"/tree/sub/b", "x")
	if left, err := os.ReadDir(m.Dir + "/tree"); err != nil || len(left) != 1 || removed != 4 {
		t.Errorf("%v left, %v; removed %d, want 4", left, err, removed)
	}
	removed, err = files.RemoveAll(ctx, refusing{fs, "tree/sub/b"}, "tree/sub/b", nil)
	if err == nil || err.Error() != "no" || removed != 0 {
		t.Errorf("one file: %d, %v", removed, err)
	}
	// A folder that cannot be looked into may be empty all the same.
	must(t, os.Remove(m.Dir+"/tree/sub/b"))
	must(t, os.Mkdir(m.Dir+"/tree/closed", 0o700))
	if removed, err = files.RemoveAll(ctx, unreadable{fs}, "tree", nil); err != nil || removed != 3 {
		t.Errorf("removed %d, %v", removed, err)
	}
}

func TestRemovalThatIsCancelledStops(t *testing.T) {
	m := machine(t)
	for i := range 200 {
		makeFile(t, "x", m.Dir, "tree", fmt.Sprint(i))
	}
	ctx, fs := open(t, m)
	ctx, cancel := context.WithCancel(ctx)
	_, err := files.RemoveAll(ctx, fs, "tree", func(int) { cancel() })
	wantCode(t, "removal", err, wire.CodeCancelled)
	if left, err := os.ReadDir(m.Dir + "/tree"); err != nil || len(left) == 0 {
		t.Errorf("all is gone, %v", err)
	}
}

// refusing refuses to remove one path.
type refusing struct {
	fsys.FS
	path string
}

func (r refusing) Remove(ctx context.Context, p string) error {
	if p == r.path {
		return &fsys.Error{Code: wire.CodePermission, Message: "no"}
	}
	return r.FS.Remove(ctx, p)
}
