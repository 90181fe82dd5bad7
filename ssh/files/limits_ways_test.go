//go:build linux

package files_test

import (
	"context"
	"errors"
	"io"
	"maps"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"porthole/ssh/files"
	"porthole/ssh/files/fstest"
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

// way is something that tells of a file at p, or of what is below it.
type way func(p string) error

// readingWays are all that tell of a file's content.
func readingWays(ctx context.Context, peer fsys.Peer, fs fsys.FS, size int64) map[string]way {
	read := func(o fsys.ReadOptions) way {
		return func(p string) error {
			r, err := fs.Read(ctx, p, o)
			if err == nil {
				_ = r.Close()
			}
			return err
		}
	}
	entry := func(size int64, o fsys.ReadOptions) way {
		return func(p string) error {
			quick := fs.(interface {
				ReadEntry(context.Context, string, fsys.Entry, fsys.ReadOptions) (io.ReadCloser, error)
			})
			r, err := quick.ReadEntry(ctx, p, fsys.Entry{Type: fsys.File, Size: size}, o)
			if err == nil {
				_ = r.Close()
			}
			return err
		}
	}
	return map[string]way{
		"read":         read(fsys.ReadOptions{Length: -1}),
		"a range":      read(fsys.ReadOptions{Offset: 3, Length: 5}),
		"packed":       read(fsys.ReadOptions{Length: -1, Gzip: true}),
		"special":      read(fsys.ReadOptions{Length: 10, Special: true}),
		"large entry":  entry(size, fsys.ReadOptions{Length: -1}),
		"small entry":  entry(10, fsys.ReadOptions{Length: -1}),
		"packed entry": entry(size, fsys.ReadOptions{Length: -1, Gzip: true}),
		"in one step": func(p string) error {
			quick := fs.(interface {
				ReadSmall(context.Context, string, fsys.Entry) ([]byte, bool, bool, error)
			})
			_, _, _, err := quick.ReadSmall(ctx, p, fsys.Entry{Type: fsys.File, Size: 10})
			return err
		},
		"hash":         func(p string) error { _, err := fs.Hash(ctx, p, -1); return err },
		"hash of part": func(p string) error { _, err := fs.Hash(ctx, p, 1); return err },
		"digest":       func(p string) error { _, err := fs.Digest(ctx, p, -1); return err },
		"tree":         func(p string) error { return treeFault(ctx, fs, p) },
		"follow": func(p string) error {
			ch, err := files.Follow(ctx, peer, fs, p, 10)
			if err == nil {
				_ = ch.Close()
			}
			return err
		},
		"follow from now on": func(p string) error {
			ch, err := files.Follow(ctx, peer, fs, p, 0)
			if err == nil {
				_ = ch.Close()
			}
			return err
		},
	}
}

// treeFault gives the first fault of a tree; links are no faults, and not followed.
func treeFault(ctx context.Context, fs fsys.FS, p string) error {
	if e, err := fs.Stat(ctx, p, false); err == nil && e.Type == fsys.Link {
		return &fsys.Error{Code: wire.CodeNotAllowed, Message: "It is not followed."}
	}
	tree := files.OpenTree(ctx, fs, []string{p}, nil)
	defer tree.Close()
	for {
		item, err := tree.Next(ctx)
		if err != nil {
			return nil
		}
		if item.Kind == files.TreeFault {
			return item.Err
		}
	}
}

// knowingWays tell that something is there, and what it is.
func knowingWays(ctx context.Context, fs fsys.FS) map[string]way {
	return map[string]way{
		"stat":      func(p string) error { _, err := fs.Stat(ctx, p, true); return err },
		"real path": func(p string) error { _, err := fs.RealPath(ctx, p); return err },
		"space":     func(p string) error { _, err := fs.Space(ctx, p); return err },
		"names":     func(p string) error { _, err := fs.(fsys.LinkCounter).Links(ctx, p); return err },
		"write": func(p string) error {
			_, err := fs.Write(ctx, p, fsys.WriteOptions{Offset: 1})
			return err
		},
		"write packed": func(p string) error {
			_, err := fs.Write(ctx, p, fsys.WriteOptions{Gzip: true})
			return err
		},
		"put": func(p string) error {
			_, err := files.Put(ctx, fs, p, []byte("x"), files.PutOptions{Replace: true})
			return err
		},
		"save": func(p string) error { _, err := files.Save(ctx, fs, p, []byte("x")); return err },
	}
}

// Packing, hashing and following are done by programs on the device, which know no limits.
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
		must(t, os.Symlink(secret, m.Dir+"/open/link"))
		must(t, os.Symlink(m.Dir+"/closed", m.Dir+"/open/dirlink"))
		ctx, fs := open(t, m)
		allowed := []string{m.Dir + "/open"}
		both := files.Limited(fs, files.Limits{ReadPaths: allowed, WritePaths: allowed})
		ways := readingWays(ctx, m.Peer(), both, int64(len(text)))
		maps.Copy(ways, knowingWays(ctx, both))
		count := opened(t, secret, small)
		for limits, ways := range map[string]map[string]way{
			"reading and writing":  ways,
			"reading":              readingWays(ctx, m.Peer(), files.Limited(fs, files.Limits{ReadPaths: allowed}), int64(len(text))),
			"reading of anything":  readingWays(ctx, m.Peer(), files.Limited(fs, files.Limits{ReadNothing: true}), int64(len(text))),
			"reading, and changes": readingWays(ctx, m.Peer(), files.Limited(fs, files.Limits{ReadPaths: allowed, ReadOnly: true}), int64(len(text))),
		} {
			for name, way := range ways {
				for _, p := range []string{secret, small, "closed/secret", "open/../closed/small", "open/link", "open/dirlink/small"} {
					wantCode(t, limits+" limited: "+name+" of "+filepath.Base(p), way(p), wire.CodeNotAllowed)
				}
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

// With limits on reading alone all may be changed: that must be no way to read.
func TestWhatMayNotBeReadCannotBeMovedToWhereItMay(t *testing.T) {
	backends(t, func(t *testing.T, shell bool) {
		const part = ".part-0123abcd"
		ctx, fs, home := cage(t, files.Limits{ReadPaths: []string{"/open", "/later/on"}}, shell)
		must(t, os.Symlink("../secret", home+"/open/into"))
		refused := map[string]error{
			"move to a readable folder":   fs.Rename(ctx, "secret/file", "open/got", false),
			"move a folder there":         fs.Rename(ctx, "secret", "open/got", false),
			"move by a link":              fs.Rename(ctx, "open/into/file", "open/got", false),
			"move over what is there":     fs.Rename(ctx, "secret/file", "open/file", true),
			"move to a part's name":       fs.Rename(ctx, "secret/file", "secret/file"+part, false),
			"move to where a path begins": fs.Rename(ctx, "secret", "later", false),
			"a link where a path begins":  fs.Symlink(ctx, home+"/secret", "later"),
		}
		must(t, fs.Mkdir(ctx, "later", 0))
		refused["a link for a path"] = fs.Symlink(ctx, home+"/secret", "later/on")
		must(t, fs.Mkdir(ctx, "dir"+part, 0))
		must(t, fs.Rename(ctx, "secret/file", "dir"+part+"/file", false))
		refused["move in a folder named like a part"] = fs.Rename(ctx, "dir"+part, "open/got", false)
		for what, err := range refused {
			wantCode(t, what, err, wire.CodeNotAllowed)
		}
		wantContent(t, home+"/dir"+part+"/file", "secret")
		must(t, fs.Rename(ctx, "open/file", "open/moved", false))
		must(t, fs.Rename(ctx, "open/moved", "secret/moved", false))
	})
}

func TestAnUploadToWhereNothingIsReadCanBeComparedAndNamed(t *testing.T) {
	backends(t, func(t *testing.T, shell bool) {
		const part = "secret/new.part-0123abcd"
		ctx, fs, home := cage(t, files.Limits{ReadPaths: []string{"/open", "/secret/one"}}, shell)
		must(t, fstest.Write(ctx, fs, part, fsys.WriteOptions{New: true}, []byte("abc")))
		const sum = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
		for _, of := range []func(context.Context, string, int64) (string, error){fs.Hash, fs.Digest} {
			if got, err := of(ctx, part, -1); err != nil || got != sum {
				t.Errorf("the part has %s, %v", got, err)
			}
		}
		must(t, os.Symlink("file", home+"/secret/link.part-0123abcd"))
		for _, p := range []string{"secret/file", "secret/link.part-0123abcd"} {
			_, err := fs.Hash(ctx, p, -1)
			wantCode(t, "hash of "+p, err, wire.CodeNotAllowed)
		}
		must(t, fs.Rename(ctx, part, "secret/file", true))
		wantContent(t, home+"/secret/file", "abc")
		_, err := files.Put(ctx, fs, "secret/one", []byte("one"), files.PutOptions{})
		must(t, err)
		_, err = files.Save(ctx, fs, home+"/secret/one", []byte("two"))
		must(t, err)
		wantContent(t, home+"/secret/one", "two")
	})
}

func TestAListingDoesNotTellWhatLinksLeadToWhereNothingMayBeKnown(t *testing.T) {
	backends(t, func(t *testing.T, shell bool) {
		ctx, fs, _ := cage(t, files.Limits{ReadPaths: []string{"/open"}, ReadOnly: true}, shell)
		got := map[string]fsys.Type{}
		entries, err := fstest.List(ctx, fs, "alias")
		must(t, err)
		for _, e := range entries {
			got[e.Name] = e.TargetType
		}
		for name, want := range map[string]fsys.Type{
			"abs": fsys.Unknown, "tofile": fsys.Unknown, "chain": fsys.Unknown, "dangling": fsys.Unknown, "inside": fsys.File,
		} {
			e, err := fs.Stat(ctx, "open/"+name, false)
			if got[name] != want || err != nil || e.TargetType != want {
				t.Errorf("%s leads to %q in the listing, to %q by itself, %v; want %q", name, got[name], e.TargetType, err, want)
			}
		}
	})
}
