//go:build linux

package fstest

import (
	"bytes"
	"errors"
	"io/fs"
	"os"
	"strings"
	"syscall"
	"time"

	"porthole/ssh/files/fsys"
	"porthole/ssh/wire"
)

func (s *scene) wantContent(name string, want []byte) {
	s.Helper()
	got, err := os.ReadFile(s.path(name))
	if err != nil || !bytes.Equal(got, want) {
		s.Errorf("%q has %d bytes, %v; want %d", name, len(got), err, len(want))
	}
}

func (s *scene) wantGone(name string) {
	s.Helper()
	if _, err := os.Lstat(s.path(name)); !errors.Is(err, fs.ErrNotExist) {
		s.Errorf("%q is still there: %v", name, err)
	}
}

func (s *scene) writes() {
	data := Noise(3, 2<<20+5)
	for _, name := range Names {
		content := []byte("content of " + name)
		if err := Write(s.ctx, s.FS, s.path(name), fsys.WriteOptions{}, content); err != nil {
			s.Errorf("write %q: %v", name, err)
		}
		s.wantContent(name, content)
	}
	s.file("file", strings.Repeat("long before", 1000))
	s.must(Write(s.ctx, s.FS, s.path("file"), fsys.WriteOptions{Gzip: true}, data))
	s.wantContent("file", data)

	// Goes on at the end, in the middle, and behind the end.
	half := len(data) / 2
	s.must(os.Truncate(s.path("file"), int64(half)))
	w, err := s.FS.Write(s.ctx, s.path("file"), fsys.WriteOptions{Offset: int64(half)})
	s.must(err)
	if got := w.Confirmed(); got != int64(half) {
		s.Errorf("%d bytes are confirmed before the first, want %d", got, half)
	}
	_, err = w.Write(data[half:])
	s.must(err)
	s.must(w.Close())
	if got := w.Confirmed(); got != int64(len(data)) {
		s.Errorf("%d bytes are confirmed, want %d", got, len(data))
	}
	s.wantContent("file", data)
	if s.AppendOnly {
		err := Write(s.ctx, s.FS, s.path("file"), fsys.WriteOptions{Offset: 11}, []byte("middle"))
		s.wantCode(err, "write in the middle", wire.CodeUnsupported)
		s.wantContent("file", data)
	} else {
		s.must(Write(s.ctx, s.FS, s.path("file"), fsys.WriteOptions{Offset: 11}, []byte("middle")))
		s.wantContent("file", bytes.Join([][]byte{data[:11], []byte("middle"), data[17:]}, nil))
		s.must(Write(s.ctx, s.FS, s.path("hole"), fsys.WriteOptions{Offset: 3}, []byte("x")))
		s.wantContent("hole", []byte("\x00\x00\x00x"))
	}

	s.must(os.Symlink("file", s.path("link")))
	s.must(Write(s.ctx, s.FS, s.path("link"), fsys.WriteOptions{}, []byte("by link")))
	s.wantContent("file", []byte("by link"))
}

func (s *scene) writeNew() {
	s.file("there", "old")
	s.must(os.Symlink("nowhere", s.path("dangling")))
	for _, name := range []string{"there", "dangling"} {
		err := Write(s.ctx, s.FS, s.path(name), fsys.WriteOptions{New: true}, []byte("new"))
		s.wantCode(err, "new "+name, wire.CodeExists)
	}
	s.wantContent("there", []byte("old"))
	s.wantGone("nowhere")
	s.must(Write(s.ctx, s.FS, s.path("new"), fsys.WriteOptions{New: true}, []byte("new")))
	s.wantContent("new", []byte("new"))
}

func (s *scene) writeModes() {
	for _, mode := range []uint32{0o600, 0o755, 0o444, 0o4750} {
		s.must(Write(s.ctx, s.FS, s.path("file"), fsys.WriteOptions{Mode: mode, New: true}, []byte("x")))
		var got syscall.Stat_t
		s.must(syscall.Stat(s.path("file"), &got))
		if got.Mode&0o7777 != mode {
			s.Errorf("mode is %o, want %o", got.Mode&0o7777, mode)
		}
		s.must(os.Remove(s.path("file")))
	}
	s.file("file", "old")
	s.must(syscall.Chmod(s.path("file"), 0o640))
	s.must(Write(s.ctx, s.FS, s.path("file"), fsys.WriteOptions{Mode: 0o777}, []byte("x")))
	if info, err := os.Stat(s.path("file")); err != nil || info.Mode().Perm() != 0o640 {
		s.Errorf("a file that was there has mode %v, %v", info.Mode(), err)
	}
}

func (s *scene) writeErrors() {
	s.kinds()
	for name, codes := range map[string][]wire.ErrorCode{
		"dir": {wire.CodeIsDir}, "no/dir": {wire.CodeNotFound}, "file/x": {wire.CodeNotDir, wire.CodeNotFound}, "fifo": {wire.CodeSpecialFile},
		strings.Repeat("n", 256): {wire.CodeNameTooLong, wire.CodeFileFailed},
	} {
		err := Write(s.ctx, s.FS, s.path(name), fsys.WriteOptions{}, []byte("x"))
		s.wantCode(err, "write "+name, codes...)
	}
	err := Write(s.ctx, s.FS, "/proc/version", fsys.WriteOptions{}, []byte("x"))
	s.wantCode(err, "write to /proc", wire.CodePermission, wire.CodeFileFailed, wire.CodeReadOnly)
	if os.Geteuid() != 0 {
		s.must(os.Mkdir(s.path("closed"), 0o500))
		err := Write(s.ctx, s.FS, s.path("closed/x"), fsys.WriteOptions{}, []byte("x"))
		s.wantCode(err, "write to closed", wire.CodePermission)
	}
}

func (s *scene) directories() {
	for _, name := range Names {
		if err := s.FS.Mkdir(s.ctx, s.path(name), 0); err != nil {
			s.Errorf("mkdir %q: %v", name, err)
		}
		if info, err := os.Stat(s.path(name)); err != nil || !info.IsDir() {
			s.Errorf("%q: %v", name, err)
		}
		if err := s.FS.Remove(s.ctx, s.path(name)); err != nil {
			s.Errorf("remove %q: %v", name, err)
		}
		s.wantGone(name)
	}
	s.must(s.FS.Mkdir(s.ctx, s.path("dir"), 0o701))
	if info, err := os.Stat(s.path("dir")); err != nil || info.Mode().Perm() != 0o701 {
		s.Errorf("mode is %v, %v", info.Mode(), err)
	}
	s.wantCode(s.FS.Mkdir(s.ctx, s.path("dir"), 0), "again", wire.CodeExists)
	s.wantCode(s.FS.Mkdir(s.ctx, s.path("no/dir"), 0), "no parent", wire.CodeNotFound)
	s.file("dir/file", "x")
	s.wantCode(s.FS.Remove(s.ctx, s.path("dir")), "remove a full directory", wire.CodeNotEmpty)
}

func (s *scene) renames() {
	for _, name := range Names {
		s.file("from", name)
		if err := s.FS.Rename(s.ctx, s.path("from"), s.path(name), false); err != nil {
			s.Errorf("rename to %q: %v", name, err)
		}
		s.wantContent(name, []byte(name))
		if err := s.FS.Rename(s.ctx, s.path(name), s.path("to"), true); err != nil {
			s.Errorf("rename from %q: %v", name, err)
		}
		s.wantContent("to", []byte(name))
		s.wantGone(name)
	}
	s.file("a", "a")
	s.file("b", "b")
	s.wantCode(s.FS.Rename(s.ctx, s.path("a"), s.path("b"), false), "onto a file", wire.CodeExists)
	s.wantContent("a", []byte("a"))
	s.wantContent("b", []byte("b"))
	s.must(s.FS.Rename(s.ctx, s.path("a"), s.path("b"), true))
	s.wantContent("b", []byte("a"))
	s.wantGone("a")

	s.must(os.Mkdir(s.path("dir"), 0o700))
	s.must(os.Symlink("dir", s.path("link")))
	s.wantCode(s.FS.Rename(s.ctx, s.path("b"), s.path("dir"), true), "onto a directory", wire.CodeIsDir, wire.CodeExists, wire.CodeFileFailed)
	s.wantContent("b", []byte("a"))
	s.must(s.FS.Rename(s.ctx, s.path("b"), s.path("link"), true)) // the link itself, not what it leads to
	s.wantContent("link", []byte("a"))
	s.must(s.FS.Rename(s.ctx, s.path("dir"), s.path("moved"), false))
	s.wantGone("dir")
	s.wantCode(s.FS.Rename(s.ctx, s.path("nothing"), s.path("x"), true), "nothing", wire.CodeNotFound)
	s.wantCode(s.FS.Rename(s.ctx, s.path("link"), s.path("no/x"), true), "into nothing", wire.CodeNotFound, wire.CodeFileFailed)
}

func (s *scene) removal() {
	s.kinds()
	for name := range kindsWanted {
		if err := s.FS.Remove(s.ctx, s.path(name)); err != nil {
			s.Errorf("remove %q: %v", name, err)
		}
		s.wantGone(name)
	}
	s.wantCode(s.FS.Remove(s.ctx, s.path("nothing")), "nothing", wire.CodeNotFound)
	s.must(os.Mkdir(s.path("dir"), 0o700))
	s.must(os.Symlink("dir", s.path("link")))
	s.must(s.FS.Remove(s.ctx, s.path("link")))
	if _, err := os.Stat(s.path("dir")); err != nil {
		s.Errorf("what a link led to is gone: %v", err)
	}
}

func (s *scene) attributes() {
	path := s.file("-file's", "x")
	for _, mode := range []uint32{0o4711, 0o644, 0o1777} {
		s.must(s.FS.Chmod(s.ctx, path, mode))
		var got syscall.Stat_t
		s.must(syscall.Stat(path, &got))
		if got.Mode&0o7777 != mode {
			s.Errorf("mode is %o, want %o", got.Mode&0o7777, mode)
		}
	}
	s.must(s.FS.SetModified(s.ctx, path, clockOfTests))
	if info, err := os.Stat(path); err != nil || !info.ModTime().Equal(clockOfTests) {
		s.Errorf("modified at %v, %v", info.ModTime(), err)
	}
	s.must(s.FS.Chown(s.ctx, path, int64(os.Getuid()), int64(os.Getgid())))
	s.must(s.FS.Chown(s.ctx, path, -1, int64(os.Getgid())))
	s.must(s.FS.Chown(s.ctx, path, int64(os.Getuid()), -1))
	if os.Geteuid() == 0 {
		s.must(s.FS.Chown(s.ctx, path, 12345, 54321))
		e, err := s.FS.Stat(s.ctx, path, false)
		if err != nil || e.UID != 12345 || e.GID != 54321 || e.Owner != "" {
			s.Errorf("owner is %+v, %v", e, err)
		}
	} else {
		s.wantCode(s.FS.Chown(s.ctx, path, 0, -1), "give away", wire.CodePermission)
	}
	s.wantCode(s.FS.Chmod(s.ctx, s.path("nothing"), 0o600), "chmod", wire.CodeNotFound)
	s.wantCode(s.FS.SetModified(s.ctx, s.path("nothing"), time.Now()), "touch", wire.CodeNotFound)
	s.wantGone("nothing")
}

func (s *scene) truncate() {
	path := s.file("file", "0123456789")
	s.must(s.FS.Truncate(s.ctx, path, 4))
	s.wantContent("file", []byte("0123"))
	s.must(s.FS.Truncate(s.ctx, path, 6))
	s.wantContent("file", []byte("0123\x00\x00"))
	s.must(s.FS.Truncate(s.ctx, path, 0))
	s.wantContent("file", nil)
	s.wantCode(s.FS.Truncate(s.ctx, s.path("nothing"), 0), "nothing", wire.CodeNotFound)
	s.wantGone("nothing")
}

func (s *scene) long() {
	dir := s.dir
	for len(dir) < 4000-2 {
		dir += "/" + strings.Repeat("d", min(250, 4000-2-len(dir)-1+1))
		if err := s.FS.Mkdir(s.ctx, dir, 0); err != nil {
			s.Fatalf("mkdir of %d bytes: %v", len(dir), err)
		}
	}
	path := dir + "/f"
	if len(path) < 3990 {
		s.Fatalf("the path has %d bytes", len(path))
	}
	s.must(Write(s.ctx, s.FS, path, fsys.WriteOptions{}, []byte("deep")))
	s.wantRead(path, fsys.ReadOptions{Length: -1}, []byte("deep"))
	if got := s.list(dir); len(got) != 1 {
		s.Errorf("it lists %v", got)
	}
	_, err := s.FS.Stat(s.ctx, path+strings.Repeat("/d", 100), false)
	s.wantCode(err, "a path that is too long", wire.CodeNameTooLong, wire.CodeFileFailed, wire.CodeNotFound)
	s.wantCode(s.FS.Mkdir(s.ctx, s.path(strings.Repeat("n", 256)), 0), "a name that is too long", wire.CodeNameTooLong, wire.CodeFileFailed)
}

func (s *scene) nul() {
	_, err := s.FS.Stat(s.ctx, s.path("a\x00b"), false)
	s.wantCode(err, "stat", wire.CodeInvalid, wire.CodeNotFound)
	s.wantCode(Write(s.ctx, s.FS, s.path("a\x00b"), fsys.WriteOptions{}, nil), "write", wire.CodeInvalid, wire.CodeNotFound, wire.CodeFileFailed)
	s.wantGone("a")
}
