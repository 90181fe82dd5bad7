//go:build linux

package sftpfs_test

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"testing"
	"time"

	"porthole/ssh/files/fstest"
	"porthole/ssh/files/fsys"
	"porthole/ssh/wire"
)

// newPutter is what ssh/files asks a backend for.
type newPutter interface {
	PutNew(ctx context.Context, path, part string, data []byte, mode uint32, modified *time.Time) (fsys.Entry, error)
}

// putters are OpenSSH's server, and one that renames over what is there.
func putters(t *testing.T, test func(t *testing.T, ctx context.Context, dir string, put newPutter)) {
	t.Helper()
	run := func(name, dir string, ctx context.Context, fs fsys.FS) {
		t.Run(name, func(t *testing.T) {
			put, ok := fs.(newPutter)
			if !ok {
				t.Fatal("it has no way for it")
			}
			test(t, ctx, dir, put)
		})
	}
	m := machine(t)
	ctx, fs := open(t, m)
	run("OpenSSH", m.Dir, ctx, fs)
	ctx, fs = openPeer(t, served(serveGo))
	run("pkg/sftp", t.TempDir(), ctx, fs)
}

func TestANewFileIsPutInOneStep(t *testing.T) {
	putters(t, func(t *testing.T, ctx context.Context, dir string, put newPutter) {
		when := time.Date(2020, 5, 17, 3, 4, 0, 0, time.UTC)
		for i, name := range fstest.Names {
			path, data := dir+"/"+name, fstest.Noise(uint64(i), 500*i)
			e, err := put.PutNew(ctx, path, dir+"/a.part", data, 0o640, &when)
			if err != nil || e.Name != name || e.Size != int64(len(data)) || e.Mode != 0o640 || !e.Modified.Equal(when) {
				t.Errorf("%q: %+v, %v", name, e, err)
			}
			if got, err := os.ReadFile(path); err != nil || string(got) != string(data) {
				t.Errorf("%q has %d bytes, %v; want %d", name, len(got), err, len(data))
			}
		}
	})
}

func TestANewFileLeavesWhatIsThere(t *testing.T) {
	putters(t, func(t *testing.T, ctx context.Context, dir string, put newPutter) {
		write(t, dir+"/file", []byte("precious"))
		for _, err := range []error{os.Symlink("nowhere", dir+"/link"), os.Mkdir(dir+"/folder", 0o700)} {
			if err != nil {
				t.Fatal(err)
			}
		}
		for name, want := range map[string]wire.ErrorCode{
			"file": wire.CodeExists, "link": wire.CodeExists, "folder": wire.CodeExists,
			"no/such/file": wire.CodeNotFound, "file/in": wire.CodeNotDir,
		} {
			_, err := put.PutNew(ctx, dir+"/"+name, dir+"/"+name+".part", []byte("new"), 0, nil)
			var told *fsys.Error
			if !errors.As(err, &told) || told.Code != want {
				t.Errorf("%s: %v, want %s", name, err, want)
			}
		}
		if got, err := os.ReadFile(dir + "/file"); err != nil || string(got) != "precious" {
			t.Errorf("the file has %q, %v", got, err)
		}
		ends := time.Now().Add(5 * time.Second)
		for left := []string{""}; len(left) > 0; {
			if left, _ = filepath.Glob(dir + "/*.part"); time.Now().After(ends) {
				t.Fatalf("%q were left behind", left)
			}
		}
	})
}
