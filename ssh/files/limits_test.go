//go:build linux

package files_test

import (
	"context"
	"errors"
	"io"
	"os"
	"strings"
	"testing"

	"porthole/ssh/files"
	"porthole/ssh/files/fstest"
	"porthole/ssh/files/fsys"
	"porthole/ssh/wire"
)

// cage is a home directory with an allowed folder and a secret, which every trick is
// about to reach.
func cage(t *testing.T, l files.Limits, shell bool) (context.Context, fsys.FS, string) {
	t.Helper()
	m := machine(t)
	if shell {
		m.SFTP = nil
	}
	makeFile(t, "secret", m.Dir, "secret", "file")
	makeFile(t, "allowed", m.Dir, "open", "file")
	makeFile(t, "neighbour", m.Dir, "open-not", "file")
	for name, target := range map[string]string{
		"up": "..", "abs": m.Dir + "/secret", "tofile": "../secret/file", "chain": "up/secret", "dangling": "../secret/made",
		"inside": "file", "loop": "loop",
	} {
		must(t, os.Symlink(target, m.Dir+"/open/"+name))
	}
	must(t, os.Symlink("open", m.Dir+"/alias"))
	for i, p := range l.ReadPaths {
		l.ReadPaths[i] = m.Dir + p
	}
	for i, p := range l.WritePaths {
		l.WritePaths[i] = m.Dir + p
	}
	ctx, fs := open(t, m)
	return ctx, files.Limited(fs, l), m.Dir
}

func backends(t *testing.T, run func(t *testing.T, shell bool)) {
	t.Helper()
	t.Run("sftp", func(t *testing.T) { run(t, false) })
	t.Run("shell", func(t *testing.T) { run(t, true) })
}

func TestReadPathsCannotBeEscaped(t *testing.T) {
	backends(t, func(t *testing.T, shell bool) {
		ctx, fs, home := cage(t, files.Limits{ReadPaths: []string{"/open"}, ReadOnly: true}, shell)
		for _, p := range []string{
			"secret/file", "open/../secret/file", "open/up/secret/file", "open/abs/file", "open/tofile", "open/chain/file",
			"open-not/file", home + "/secret/file", "alias/../secret/file", "./open/./../secret/file", "open//..//secret//file",
			"open/dangling", "/etc/passwd", "../../../../../../etc/passwd",
		} {
			_, err := fstest.Read(ctx, fs, p, fsys.ReadOptions{Length: -1})
			wantCode(t, "read "+p, err, wire.CodeNotAllowed)
			_, err = fs.Stat(ctx, p, true)
			wantCode(t, "stat "+p, err, wire.CodeNotAllowed)
			_, err = fs.Hash(ctx, p, -1)
			wantCode(t, "hash "+p, err, wire.CodeNotAllowed)
			_, err = fs.RealPath(ctx, p)
			wantCode(t, "real path "+p, err, wire.CodeNotAllowed)
		}
		for _, p := range []string{".", "secret", "open/up", "open/abs", "open/..", "/"} {
			_, err := fstest.List(ctx, fs, p)
			wantCode(t, "list "+p, err, wire.CodeNotAllowed)
		}
		if err := func() error { _, err := fs.ReadLink(ctx, "open/../secret/x"); return err }(); err == nil {
			t.Error("a link outside was read")
		}
		for _, p := range []string{"open/file", "alias/file", "open/inside", "open/up/open/file", home + "/open/file"} {
			data, err := fstest.Read(ctx, fs, p, fsys.ReadOptions{Length: -1})
			if err != nil || string(data) != "allowed" {
				t.Errorf("read %s: %q, %v", p, data, err)
			}
		}
		if _, err := fstest.List(ctx, fs, "open"); err != nil {
			t.Error(err)
		}
		_, err := fs.RealPath(ctx, "open/loop")
		if err == nil {
			t.Error("a loop is allowed")
		}
	})
}

func TestWritePathsCannotBeEscaped(t *testing.T) {
	backends(t, func(t *testing.T, shell bool) {
		ctx, fs, home := cage(t, files.Limits{WritePaths: []string{"/open"}}, shell)
		for _, p := range []string{
			"secret/file", "secret/new", "open/../secret/new", "open/up/new", "open/abs/new", "open/tofile", "open/dangling",
			"new", "open-not/new", "/tmp/porthole-escaped",
		} {
			wantCode(t, "write "+p, fstest.Write(ctx, fs, p, fsys.WriteOptions{}, []byte("x")), wire.CodeNotAllowed)
			wantCode(t, "truncate "+p, fs.Truncate(ctx, p, 0), wire.CodeNotAllowed)
			wantCode(t, "chmod "+p, fs.Chmod(ctx, p, 0o777), wire.CodeNotAllowed)
		}
		for _, p := range []string{"secret/file", "open/up/secret/file", "open/abs/file", "open-not", "alias", "open/.."} {
			wantCode(t, "remove "+p, fs.Remove(ctx, p), wire.CodeNotAllowed)
			wantCode(t, "rename from "+p, fs.Rename(ctx, p, "open/got", false), wire.CodeNotAllowed)
			wantCode(t, "rename to "+p, fs.Rename(ctx, "open/file", p, true), wire.CodeNotAllowed)
		}
		wantCode(t, "mkdir", fs.Mkdir(ctx, "open/up/dir", 0), wire.CodeNotAllowed)
		wantCode(t, "symlink", fs.Symlink(ctx, "x", "open/abs/link"), wire.CodeNotAllowed)
		wantContent(t, home+"/secret/file", "secret")
		if _, err := os.Lstat(home + "/secret/made"); err == nil {
			t.Error("a dangling link led out")
		}
		// A link of one's own leads out as little, and can be removed like any other.
		must(t, fs.Symlink(ctx, home+"/secret", "open/mine"))
		wantCode(t, "by a link of one's own", fstest.Write(ctx, fs, "open/mine/new", fsys.WriteOptions{}, nil), wire.CodeNotAllowed)
		must(t, fs.Remove(ctx, "open/mine"))
		must(t, fs.Remove(ctx, "open/tofile"))
		must(t, fstest.Write(ctx, fs, "alias/new", fsys.WriteOptions{New: true}, []byte("new")))
		wantContent(t, home+"/open/new", "new")
		must(t, fs.Rename(ctx, "open/new", "open/newer", false))
		_, err := files.RemoveAll(ctx, fs, "open/up/secret", nil)
		wantCode(t, "remove all", err, wire.CodeNotAllowed)
	})
}

func TestReadOnlyAndReadNothing(t *testing.T) {
	ctx, fs, home := cage(t, files.Limits{ReadOnly: true}, false)
	for what, err := range map[string]error{
		"write": fstest.Write(ctx, fs, "new", fsys.WriteOptions{}, nil), "mkdir": fs.Mkdir(ctx, "d", 0), "remove": fs.Remove(ctx, "open/file"),
		"rename": fs.Rename(ctx, "open/file", "x", true), "chmod": fs.Chmod(ctx, "open/file", 0), "chown": fs.Chown(ctx, "open/file", 0, 0),
		"truncate": fs.Truncate(ctx, "open/file", 0), "symlink": fs.Symlink(ctx, "a", "b"),
	} {
		wantCode(t, what, err, wire.CodeNotAllowed)
	}
	wantContent(t, home+"/open/file", "allowed")

	ctx, fs, home = cage(t, files.Limits{ReadNothing: true, WritePaths: []string{"/open"}}, false)
	_, err := fstest.List(ctx, fs, "open")
	wantCode(t, "list", err, wire.CodeNotAllowed)
	_, err = fstest.Read(ctx, fs, "open/file", fsys.ReadOptions{Length: -1})
	wantCode(t, "read", err, wire.CodeNotAllowed)
	_, err = fs.Stat(ctx, "secret/file", true)
	wantCode(t, "stat", err, wire.CodeNotAllowed)
	_, err = files.Put(ctx, fs, "open/put", []byte("x"), files.PutOptions{})
	must(t, err)
	wantContent(t, home+"/open/put", "x")
}

func TestLargestFile(t *testing.T) {
	backends(t, func(t *testing.T, shell bool) {
		ctx, fs, home := cage(t, files.Limits{MaxBytes: 100}, shell)
		makeFile(t, strings.Repeat("x", 101), home, "large")
		makeFile(t, strings.Repeat("x", 100), home, "fits")
		_, err := fstest.Read(ctx, fs, "large", fsys.ReadOptions{Length: -1})
		wantCode(t, "read", err, wire.CodeTooLarge)
		_, err = fstest.Read(ctx, fs, "large", fsys.ReadOptions{Offset: 90, Length: 5})
		wantCode(t, "a part of it", err, wire.CodeTooLarge)
		if data, err := fstest.Read(ctx, fs, "fits", fsys.ReadOptions{Length: -1}); err != nil || len(data) != 100 {
			t.Errorf("%d bytes, %v", len(data), err)
		}
		// Sizes lie: what is said to be empty ends at the limit too.
		_, err = fstest.Read(ctx, fs, "/proc/meminfo", fsys.ReadOptions{Length: -1})
		wantCode(t, "a file of /proc", err, wire.CodeTooLarge)
		wantCode(t, "write", fstest.Write(ctx, fs, "w", fsys.WriteOptions{}, make([]byte, 101)), wire.CodeTooLarge)
		wantCode(t, "write behind", fstest.Write(ctx, fs, "fits", fsys.WriteOptions{Offset: 100}, []byte("x")), wire.CodeTooLarge)
		wantCode(t, "truncate", fs.Truncate(ctx, "fits", 101), wire.CodeTooLarge)
		tree := files.OpenTree(ctx, fs, []string{"large", "fits"}, nil)
		defer tree.Close()
		var kinds []string
		for {
			item, err := tree.Next(ctx)
			if errors.Is(err, io.EOF) {
				break
			}
			must(t, err)
			kinds = append(kinds, string(item.Kind)+" "+item.Path)
		}
		if got, want := strings.Join(kinds, ", "), "entry large, fault large, entry fits, data "; got != want {
			t.Errorf("tree gives %q, want %q", got, want)
		}
	})
}

// strict is a device that gives no real path of what does not exist, as realpath(3).
type strict struct{ fsys.FS }

func (s strict) RealPath(ctx context.Context, p string) (string, error) {
	if _, err := s.Stat(ctx, p, true); err != nil {
		return "", err
	}
	return s.FS.RealPath(ctx, p)
}

func TestDanglingLinksLeadNowhereWhereTheDeviceDoesNotResolveThem(t *testing.T) {
	m := machine(t)
	must(t, os.MkdirAll(m.Dir+"/open/sub", 0o755))
	must(t, os.MkdirAll(m.Dir+"/secret", 0o755))
	for name, target := range map[string]string{
		"relative": "../secret/made", "absolute": m.Dir + "/secret/made", "chain": "relative", "inside": "sub/made", "loop": "loop",
	} {
		must(t, os.Symlink(target, m.Dir+"/open/"+name))
	}
	ctx, inner := open(t, m)
	fs := files.Limited(strict{inner}, files.Limits{WritePaths: []string{m.Dir + "/open"}})
	for _, name := range []string{"relative", "absolute", "chain"} {
		wantCode(t, name, fstest.Write(ctx, fs, "open/"+name, fsys.WriteOptions{}, []byte("x")), wire.CodeNotAllowed)
	}
	if err := fstest.Write(ctx, fs, "open/loop", fsys.WriteOptions{}, []byte("x")); err == nil {
		t.Error("a loop was written to")
	}
	must(t, fstest.Write(ctx, fs, "open/inside", fsys.WriteOptions{}, []byte("x")))
	must(t, fstest.Write(ctx, fs, "open/new", fsys.WriteOptions{}, []byte("x")))
	wantContent(t, m.Dir+"/open/sub/made", "x")
	if entries, err := os.ReadDir(m.Dir + "/secret"); err != nil || len(entries) > 0 {
		t.Errorf("made outside: %v, %v", entries, err)
	}
}
