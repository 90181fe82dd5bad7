//go:build linux

package files_test

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"porthole/ssh/files"
	"porthole/ssh/files/fstest"
	"porthole/ssh/files/fsys"
	"porthole/ssh/wire"
)

// noParts fails when a part file was left behind.
func noParts(t *testing.T, dir string) {
	t.Helper()
	entries, err := os.ReadDir(dir)
	must(t, err)
	for _, e := range entries {
		if strings.Contains(e.Name(), ".part-") {
			t.Errorf("%s was left behind", e.Name())
		}
	}
}

func TestPutReplacesInOneStepAndKeepsModeAndOwner(t *testing.T) {
	backends(t, func(t *testing.T, shell bool) {
		m := machine(t)
		if shell {
			m.SFTP = nil
		}
		p := makeFile(t, "old", m.Dir, "config")
		must(t, os.Chmod(p, 0o640))
		if os.Geteuid() == 0 {
			must(t, os.Chown(p, 1234, 2345))
			must(t, syscall.Chmod(p, 0o4750)) // which chown clears
		}
		var before, after syscall.Stat_t
		must(t, syscall.Stat(p, &before))
		held, err := os.Open(p)
		must(t, err)
		defer held.Close()
		must(t, os.Symlink("config", m.Dir+"/link"))
		ctx, fs := open(t, m)

		_, err = files.Put(ctx, fs, "config", []byte("new"), files.PutOptions{})
		wantCode(t, "without replace", err, wire.CodeExists)
		wantContent(t, p, "old")
		when := time.Unix(1_500_000_000, 0)
		e, err := files.Put(ctx, fs, "link", []byte("new"), files.PutOptions{Replace: true, Modified: &when})
		must(t, err)
		wantContent(t, p, "new")
		if e.Size != 3 || !e.Modified.Equal(when) {
			t.Errorf("got %+v", e)
		}
		if target, err := os.Readlink(m.Dir + "/link"); err != nil || target != "config" {
			t.Errorf("the link is now %q, %v", target, err)
		}
		must(t, syscall.Stat(p, &after))
		if after.Mode != before.Mode || after.Uid != before.Uid || after.Gid != before.Gid {
			t.Errorf("mode %o owner %d:%d, want %o %d:%d", after.Mode, after.Uid, after.Gid, before.Mode, before.Uid, before.Gid)
		}
		b := make([]byte, 10)
		if n, _ := held.Read(b); string(b[:n]) != "old" {
			t.Errorf("who had it open reads %q", b[:n])
		}
		_, err = files.Put(ctx, fs, "no/such/dir", []byte("x"), files.PutOptions{})
		wantCode(t, "no directory", err, wire.CodeNotFound)
		_, err = files.Put(ctx, fs, ".", []byte("x"), files.PutOptions{Replace: true})
		wantCode(t, "a directory", err, wire.CodeIsDir)
		noParts(t, m.Dir)
	})
}

// Root edits what nobody may read, such as /etc/shadow of some systems.
func TestPutKeepsAModeThatAllowsNothing(t *testing.T) {
	backends(t, func(t *testing.T, shell bool) {
		m := machine(t)
		if shell {
			m.SFTP = nil
		}
		must(t, os.Chmod(makeFile(t, "old", m.Dir, "shadow"), 0))
		ctx, fs := open(t, m)
		none := uint32(0)
		for name, o := range map[string]files.PutOptions{"shadow": {Replace: true}, "new": {Mode: &none}} {
			e, err := files.Put(ctx, fs, name, []byte("secret"), o)
			must(t, err)
			info, err := os.Stat(m.Dir + "/" + name)
			must(t, err)
			if info.Mode().Perm() != 0 || e.Mode != 0 || info.Size() != 6 {
				t.Errorf("%s: mode %o, %d bytes, told %+v", name, info.Mode().Perm(), info.Size(), e)
			}
		}
	})
}

// breaking fails at the rename, or at the bytes.
type breaking struct {
	fsys.FS
	write bool
}

func (b breaking) Rename(context.Context, string, string, bool) error {
	return &fsys.Error{Code: wire.CodeFileFailed, Message: "no"}
}

func (b breaking) Write(ctx context.Context, p string, o fsys.WriteOptions) (fsys.Writer, error) {
	w, err := b.FS.Write(ctx, p, o)
	if b.write && err == nil {
		w = full{w}
	}
	return w, err
}

// The longest names leave no room for the mark of a part file.
func TestPutTakesTheLongestNames(t *testing.T) {
	backends(t, func(t *testing.T, shell bool) {
		m := machine(t)
		if shell {
			m.SFTP = nil
		}
		ctx, fs := open(t, m)
		for _, name := range []string{strings.Repeat("n", 255), strings.Repeat("ä", 127) + "x", strings.Repeat("\x80", 255)} {
			_, err := files.Put(ctx, fs, m.Dir+"/"+name, []byte("new"), files.PutOptions{})
			must(t, err)
			wantContent(t, m.Dir+"/"+name, "new")
		}
		noParts(t, m.Dir)
	})
}

// gone is a connection that ends before the rename: nothing can be cleared up either.
type gone struct{ fsys.FS }

func (gone) Rename(context.Context, string, string, bool) error { return lost() }
func (gone) Remove(context.Context, string) error               { return lost() }

func lost() error { return &fsys.Error{Code: wire.CodeLost, Message: "gone"} }

// What a cut left is taken by the next go; what somebody else has of that name stays.
func TestPutLeavesNoPartsOverCuts(t *testing.T) {
	backends(t, func(t *testing.T, shell bool) {
		for _, again := range []files.PutOptions{{Replace: true}, {}} {
			m := machine(t)
			if shell {
				m.SFTP = nil
			}
			putOverACut(t, m, again)
		}
	})
}

func putOverACut(t *testing.T, m fstest.Machine, again files.PutOptions) {
	t.Helper()
	ctx, fs := open(t, m)
	_, err := files.Put(ctx, gone{fs}, "file", []byte("new"), files.PutOptions{Replace: true})
	wantCode(t, "cut", err, wire.CodeLost)
	left, err := filepath.Glob(m.Dir + "/file.part-*")
	if err != nil || len(left) != 1 {
		t.Fatalf("the cut left %q, %v", left, err)
	}
	_, err = files.Put(ctx, fs, "file", []byte("new"), again)
	must(t, err)
	wantContent(t, m.Dir+"/file", "new")
	noParts(t, m.Dir)
	must(t, os.Remove(m.Dir+"/file"))
	must(t, os.Mkdir(left[0], 0o700))
	makeFile(t, "precious", m.Dir, filepath.Base(left[0])+"/inside")
	_, err = files.Put(ctx, fs, "file", []byte("new"), again)
	must(t, err)
	wantContent(t, left[0]+"/inside", "precious")
}

type full struct{ fsys.Writer }

func (full) Write([]byte) (int, error) {
	return 0, &fsys.Error{Code: wire.CodeNoSpace, Message: "full"}
}

func TestPutThatFailsLeavesTheOldFileAndNothingElse(t *testing.T) {
	m := machine(t)
	p := makeFile(t, "old", m.Dir, "config")
	ctx, fs := open(t, m)
	_, err := files.Put(ctx, breaking{FS: fs}, "config", []byte("new"), files.PutOptions{Replace: true})
	wantCode(t, "rename fails", err, wire.CodeFileFailed)
	_, err = files.Put(ctx, breaking{fs, true}, "config", []byte("new"), files.PutOptions{Replace: true})
	wantCode(t, "disk full", err, wire.CodeNoSpace)
	wantContent(t, p, "old")
	noParts(t, m.Dir)
}
