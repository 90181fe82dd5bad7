//go:build linux

package files_test

import (
	"context"
	"errors"
	"io"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"porthole/ssh/files"
	"porthole/ssh/files/fsys"
	"porthole/ssh/wire"
)

// opened counts how often files were opened since it was called.
func opened(t *testing.T, paths ...string) (count func() int) {
	t.Helper()
	fd, err := syscall.InotifyInit1(syscall.IN_NONBLOCK | syscall.IN_CLOEXEC)
	must(t, err)
	t.Cleanup(func() { _ = syscall.Close(fd) })
	for _, p := range paths {
		_, err := syscall.InotifyAddWatch(fd, p, syscall.IN_OPEN|syscall.IN_ACCESS)
		must(t, err)
	}
	return func() int {
		b := make([]byte, 64<<10)
		n, err := syscall.Read(fd, b)
		if errors.Is(err, syscall.EAGAIN) {
			return 0
		}
		must(t, err)
		return n / syscall.SizeofInotifyEvent
	}
}

// Packing and hashing are done by programs on the device, which know no limits.
func TestNoWayToAFileThatMayNotBeReadOpensIt(t *testing.T) {
	backends(t, func(t *testing.T, shell bool) {
		m := machine(t)
		if shell {
			m.SFTP = nil
		}
		text := strings.Repeat("a secret\n", 200_000)
		secret := makeFile(t, text, m.Dir, "closed", "secret")
		small := makeFile(t, "a small secret\n", m.Dir, "closed", "small")
		makeFile(t, "open", m.Dir, "open", "file")
		must(t, syscall.Symlink(secret, m.Dir+"/open/link"))
		must(t, syscall.Symlink(m.Dir+"/closed", m.Dir+"/open/dirlink"))
		ctx, fs := open(t, m)
		allowed := []string{m.Dir + "/open"}
		limited := files.Limited(fs, files.Limits{ReadPaths: allowed, WritePaths: allowed})
		count := opened(t, secret, small)

		read := func(o fsys.ReadOptions) func(string) error {
			return func(p string) error {
				r, err := limited.Read(ctx, p, o)
				if err == nil {
					_ = r.Close()
				}
				return err
			}
		}
		entry := func(size int64, o fsys.ReadOptions) func(string) error {
			return func(p string) error {
				quick := limited.(interface {
					ReadEntry(context.Context, string, fsys.Entry, fsys.ReadOptions) (io.ReadCloser, error)
				})
				r, err := quick.ReadEntry(ctx, p, fsys.Entry{Type: fsys.File, Size: size}, o)
				if err == nil {
					_ = r.Close()
				}
				return err
			}
		}
		ways := map[string]func(p string) error{
			"read":         read(fsys.ReadOptions{Length: -1}),
			"a range":      read(fsys.ReadOptions{Offset: 3, Length: 5}),
			"packed":       read(fsys.ReadOptions{Length: -1, Gzip: true}),
			"special":      read(fsys.ReadOptions{Length: 10, Special: true}),
			"large entry":  entry(int64(len(text)), fsys.ReadOptions{Length: -1}),
			"small entry":  entry(10, fsys.ReadOptions{Length: -1}),
			"packed entry": entry(int64(len(text)), fsys.ReadOptions{Length: -1, Gzip: true}),
			"hash":         func(p string) error { _, err := limited.Hash(ctx, p, -1); return err },
			"hash of part": func(p string) error { _, err := limited.Hash(ctx, p, 1); return err },
			"digest":       func(p string) error { _, err := limited.Digest(ctx, p, -1); return err },
			"write": func(p string) error {
				_, err := limited.Write(ctx, p, fsys.WriteOptions{Offset: 1})
				return err
			},
			"write packed": func(p string) error {
				_, err := limited.Write(ctx, p, fsys.WriteOptions{Gzip: true})
				return err
			},
			"put": func(p string) error {
				_, err := files.Put(ctx, limited, p, []byte("x"), files.PutOptions{Replace: true})
				return err
			},
		}
		for name, way := range ways {
			for _, p := range []string{secret, small, "closed/secret", "open/../closed/small", "open/link", "open/dirlink/small"} {
				wantCode(t, name+" of "+filepath.Base(p), way(p), wire.CodeNotAllowed)
			}
		}
		if n := count(); n > 0 {
			t.Errorf("what may not be read was opened, or read, %d times", n)
		}
		// The test would see it: without limits each of them opens the file.
		r, err := fs.Read(ctx, secret, fsys.ReadOptions{Length: -1, Gzip: true})
		must(t, err)
		_, err = io.Copy(io.Discard, r)
		must(t, err)
		if count() == 0 {
			t.Error("a file that was read was not seen to be opened")
		}
	})
}
