//go:build linux

package fstest

import (
	"fmt"
	"net"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"time"

	"porthole/ssh/files/fsys"
	"porthole/ssh/wire"
)

// clockOfTests is a time with seconds, in a year that is not this one.
var clockOfTests = time.Date(2021, 3, 4, 5, 6, 7, 0, time.UTC)

// kinds makes one of each.
func (s *scene) kinds() {
	s.Helper()
	s.file("file", "12345")
	s.must(os.Mkdir(s.path("dir"), 0o750))
	s.must(syscall.Mkfifo(s.path("fifo"), 0o600))
	s.must(os.Symlink("file", s.path("link to file")))
	s.must(os.Symlink("../"+filepath.Base(s.dir)+"/dir", s.path("link to dir")))
	s.must(os.Symlink("no -> where\n./x", s.path("dangling")))
	s.must(os.Symlink("loop", s.path("loop")))
	s.must(os.Symlink("fifo", s.path("link -> arrow")))
	l, err := (&net.ListenConfig{}).Listen(s.ctx, "unix", s.path("s"))
	s.must(err)
	s.Cleanup(func() { _ = l.Close() })
	s.must(os.Chtimes(s.path("file"), clockOfTests, clockOfTests))
	s.must(syscall.Chmod(s.path("file"), 0o4751))
}

var kindsWanted = map[string]struct {
	kind, leads fsys.Type
	target      string
}{
	"file": {fsys.File, "", ""}, "dir": {fsys.Dir, "", ""}, "fifo": {fsys.FIFO, "", ""}, "s": {fsys.Socket, "", ""},
	"link to file": {fsys.Link, fsys.File, "file"}, "link to dir": {fsys.Link, fsys.Dir, "*"},
	"dangling": {fsys.Link, fsys.Unknown, "no -> where\n./x"}, "loop": {fsys.Link, fsys.Unknown, "loop"},
	"link -> arrow": {fsys.Link, fsys.FIFO, "fifo"},
}

func (s *scene) checkKind(how, name string, e fsys.Entry) {
	s.Helper()
	want := kindsWanted[name]
	if e.Name != name || e.Type != want.kind {
		s.Errorf("%s of %q is %q, %s; want %s", how, name, e.Name, e.Type, want.kind)
	}
	if e.Type != fsys.Link || (s.NoLinkDetails || s.NoReadLink) && e.Target == "" {
		return
	}
	if want.target != "*" && e.Target != want.target {
		s.Errorf("%s of %q leads to %q, want %q", how, name, e.Target, want.target)
	}
	if e.TargetType != want.leads {
		s.Errorf("%s of %q leads to a %s, want %s", how, name, e.TargetType, want.leads)
	}
}

func (s *scene) checkFile(how string, e fsys.Entry) {
	s.Helper()
	want := clockOfTests
	if s.MinuteTimes {
		want = want.Truncate(24 * time.Hour) // of another year
	}
	if e.Size != 5 || e.Mode != 0o4751 || !e.Modified.Equal(want) || e.UID != int64(os.Getuid()) || e.GID != int64(os.Getgid()) {
		s.Errorf("%s is %+v, want 5 bytes of %v, mode 4751", how, e, want)
	}
}

func (s *scene) listing() {
	s.kinds()
	for _, name := range Names {
		s.must(os.WriteFile(s.path(name), []byte(name), 0o600))
	}
	got := s.list(s.dir)
	if want := len(kindsWanted) + len(Names); len(got) != want {
		s.Errorf("%d entries are listed, want %d", len(got), want)
	}
	for _, name := range Names {
		e, listed := got[name]
		if !listed || e.Type != fsys.File || e.Size != int64(len(name)) || e.Mode != 0o600 {
			s.Errorf("%q is listed %v as %+v", name, listed, e)
		}
	}
	for name := range kindsWanted {
		s.checkKind("listing", name, got[name])
	}
	s.checkFile("listing", got["file"])
}

func (s *scene) emptyDirectory() {
	if got := s.list(s.dir); len(got) != 0 {
		s.Errorf("it lists %v", got)
	}
	s.must(os.Symlink(s.dir, s.path("self")))
	if got := s.list(s.path("self")); len(got) != 1 {
		s.Errorf("a link to a directory lists %v", got)
	}
}

func (s *scene) thousand() {
	for i := range 1000 {
		name := fmt.Sprintf("entry %d", i)
		if i%100 == 0 {
			s.must(os.Symlink("entry 1", s.path(name)))
			continue
		}
		s.file(name, strings.Repeat("x", i%7))
	}
	got := s.list(s.dir)
	if len(got) != 1000 || got["entry 999"].Size != 999%7 || got["entry 500"].TargetType != fsys.File && !s.NoLinkDetails {
		s.Errorf("%d entries, the last is %+v, a link is %+v", len(got), got["entry 999"], got["entry 500"])
	}
}

func (s *scene) listErrors() {
	s.kinds()
	for name, code := range map[string]wire.ErrorCode{
		"file": wire.CodeNotDir, "nothing": wire.CodeNotFound, "fifo": wire.CodeNotDir, "file/x": wire.CodeNotDir, "dangling": wire.CodeNotFound,
	} {
		_, err := List(s.ctx, s.FS, s.path(name))
		s.wantCode(err, "list "+name, code)
	}
	_, err := List(s.ctx, s.FS, s.path("loop"))
	s.wantCode(err, "list loop", loopCodes...)
	if os.Geteuid() != 0 {
		s.must(os.Mkdir(s.path("closed"), 0))
		_, err := List(s.ctx, s.FS, s.path("closed"))
		s.wantCode(err, "list closed", wire.CodePermission)
	}
}

func (s *scene) stat() {
	s.kinds()
	for name := range kindsWanted {
		e, err := s.FS.Stat(s.ctx, s.path(name), false)
		if err != nil {
			s.Errorf("stat %q: %v", name, err)
			continue
		}
		s.checkKind("stat", name, e)
	}
	for name, kind := range map[string]fsys.Type{"link to file": fsys.File, "link to dir": fsys.Dir, "link -> arrow": fsys.FIFO, "file": fsys.File} {
		e, err := s.FS.Stat(s.ctx, s.path(name), true)
		if err != nil || e.Type != kind || e.Name != name {
			s.Errorf("what %q leads to is %+v, %v; want %s", name, e, err, kind)
		}
	}
	for _, name := range Names {
		s.must(os.WriteFile(s.path(name), []byte(name), 0o600))
		if e, err := s.FS.Stat(s.ctx, s.path(name), false); err != nil || e.Name != name || e.Size != int64(len(name)) {
			s.Errorf("%q is %+v, %v", name, e, err)
		}
	}
	e, err := s.FS.Stat(s.ctx, s.path("file"), false)
	s.must(err)
	s.checkFile("stat", e)
	e, err = s.FS.Stat(s.ctx, "/", false)
	if err != nil || e.Name != "/" || e.Type != fsys.Dir {
		s.Errorf("the root is %+v, %v", e, err)
	}
	e, err = s.FS.Stat(s.ctx, "/dev/null", false)
	if err != nil || e.Type != fsys.Char {
		s.Errorf("/dev/null is %+v, %v", e, err)
	}
	_, err = s.FS.Stat(s.ctx, s.path("nothing"), false)
	s.wantCode(err, "stat nothing", wire.CodeNotFound)
	_, err = s.FS.Stat(s.ctx, s.path("dangling"), true)
	s.wantCode(err, "follow dangling", wire.CodeNotFound)
	_, err = s.FS.Stat(s.ctx, s.path("loop"), true)
	s.wantCode(err, "follow loop", loopCodes...)
	_, err = s.FS.Stat(s.ctx, s.path("file/x"), false)
	s.wantCode(err, "through a file", wire.CodeNotDir, wire.CodeNotFound)
}

func (s *scene) links() {
	names := Names
	if s.NoReadLink {
		names = Names[:8]
	}
	for i, target := range append([]string{"/", "../..", "-n"}, names...) {
		name := s.path(fmt.Sprint("link", i))
		if err := s.FS.Symlink(s.ctx, target, name); err != nil {
			s.Errorf("link to %q: %v", target, err)
			continue
		}
		if got, err := os.Readlink(name); err != nil || got != target {
			s.Errorf("link to %q leads to %q, %v", target, got, err)
		}
		if got, err := s.FS.ReadLink(s.ctx, name); err != nil || got != target {
			s.Errorf("link to %q is read as %q, %v", target, got, err)
		}
	}
	s.must(os.Mkdir(s.path("dir"), 0o700))
	s.wantCode(s.FS.Symlink(s.ctx, "x", s.path("link1")), "where a link is", wire.CodeExists)
	s.wantCode(s.FS.Symlink(s.ctx, "x", s.path("dir")), "where a directory is", wire.CodeExists)
	_, err := s.FS.ReadLink(s.ctx, s.path("dir"))
	s.wantCode(err, "no link", wire.CodeInvalid, wire.CodeFileFailed)
	_, err = s.FS.ReadLink(s.ctx, s.path("nothing"))
	s.wantCode(err, "nothing", wire.CodeNotFound)
}

func (s *scene) realPaths() {
	s.kinds()
	for path, want := range map[string]string{
		s.dir + "/./dir/../file": s.dir + "/file", s.dir + "/link to dir/": s.dir + "/dir",
		s.dir + "/link to dir/..": s.dir, "/": "/", ".": s.FS.Info().Home, "": s.FS.Info().Home, "/..": "/",
	} {
		if got, err := s.FS.RealPath(s.ctx, path); err != nil || got != want {
			s.Errorf("%q is really %q, %v; want %q", path, got, err, want)
		}
	}
	got, err := s.FS.RealPath(s.ctx, s.path("link to file"))
	if s.NoReadLink {
		s.wantCode(err, "link to a file", wire.CodeUnsupported)
	} else if err != nil || got != s.path("file") {
		s.Errorf("a link to a file is really %q, %v", got, err)
	}
	for _, name := range Names {
		s.must(os.Mkdir(s.path(name), 0o700))
		if got, err := s.FS.RealPath(s.ctx, s.path(name)); err != nil || got != s.path(name) {
			s.Errorf("%q is really %q, %v", s.path(name), got, err)
		}
	}
	_, err = s.FS.RealPath(s.ctx, s.path("nothing/at all"))
	s.wantCode(err, "nothing", wire.CodeNotFound)
	_, err = s.FS.RealPath(s.ctx, s.path("loop"))
	s.wantCode(err, "loop", loopCodes...)
}
