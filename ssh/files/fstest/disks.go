//go:build linux

package fstest

import (
	"bufio"
	"bytes"
	"errors"
	"os/exec"
	"strconv"
	"strings"
	"testing"
	"time"

	"porthole/ssh/files/fsys"
	"porthole/ssh/wire"
)

// Namespace runs a shell script, which finds a path in $0, where mounts are nobody else's,
// until the test ends. It returns what goes before a command that shall run there.
func Namespace(tb testing.TB, script, path string) []string {
	tb.Helper()
	must := func(err error) {
		tb.Helper()
		if err != nil {
			tb.Fatal(err)
		}
	}
	keeper := exec.Command("unshare", "-rm", "/bin/sh", "-c", script+" && echo ready && exec cat", path) //nolint:noctx // ends by its pipe
	stdin, err := keeper.StdinPipe()
	must(err)
	stdout, err := keeper.StdoutPipe()
	must(err)
	var said bytes.Buffer
	keeper.Stderr = &said
	must(keeper.Start())
	tb.Cleanup(func() {
		_ = stdin.Close()
		_ = keeper.Wait() // it ends with its pipe
	})
	if line, err := bufio.NewReader(stdout).ReadString('\n'); err != nil || line != "ready\n" {
		tb.Fatalf("no mounts of its own: %q, %v, %s", line, err, said.String())
	}
	enter, err := exec.LookPath("nsenter")
	must(err)
	// Who made the namespaces may enter them, and is root there already.
	return []string{enter, "--preserve-credentials", "-U", "-m", "-t", strconv.Itoa(keeper.Process.Pid)}
}

// mounted opens the device anew, with a small file system of its own at the scene's
// directory, prepared by a shell command that finds its path in $0.
func (s *scene) mounted(options, prepare string) fsys.FS {
	s.Helper()
	return s.Mounted(s.T, Namespace(s.T, "mount -t tmpfs -o "+options+` none "$0" && `+prepare, s.dir))
}

// wantSentence checks that an error says what the person can do.
func (s *scene) wantSentence(err error, words ...string) {
	s.Helper()
	var e *fsys.Error
	if !errors.As(err, &e) {
		s.Errorf("got %v", err)
		return
	}
	for _, word := range words {
		if !strings.Contains(e.Message, word) {
			s.Errorf("%q does not say %q", e.Message, word)
		}
	}
}

// fullDisk: what arrived stays, and the rest follows when there is room.
func (s *scene) fullDisk() {
	fs := s.mounted("size=2m", `head -c 1048576 /dev/zero >"$0/other" && echo old >"$0/big"`)
	data := Noise(6, 3<<19) // fits when the other file is gone
	part := s.path("big.part-1")
	w, err := fs.Write(s.ctx, part, fsys.WriteOptions{New: true})
	s.must(err)
	_, err = w.Write(data)
	if closeErr := w.Close(); err == nil {
		err = closeErr
	}
	s.wantCode(err, "write to a full disk", wire.CodeNoSpace)
	s.wantSentence(err, "big.part-1", "full", "go on")
	at := w.Confirmed()
	e, err := fs.Stat(s.ctx, part, false)
	// Behind what is confirmed there may be holes: a request may fit when one before it did not.
	if err != nil || e.Size < at || e.Size > int64(len(data)) || at > 1<<20 || at < 1<<18 && !s.AppendOnly {
		s.Fatalf("the part has %d bytes, %v, %d of them are confirmed", e.Size, err, at)
	}
	if got, err := Read(s.ctx, fs, part, fsys.ReadOptions{Length: at}); err != nil || !bytes.Equal(got, data[:at]) {
		s.Errorf("what is confirmed is not what was written: %d bytes, %v", len(got), err)
	}
	if got, err := Read(s.ctx, fs, s.path("big"), fsys.ReadOptions{Length: -1}); err != nil || string(got) != "old\n" {
		s.Errorf("what was there before is %q, %v", got, err)
	}
	s.must(fs.Remove(s.ctx, s.path("other")))
	if s.AppendOnly { // it goes on at the end, wherever that is
		s.must(fs.Truncate(s.ctx, part, at))
	}
	s.must(Write(s.ctx, fs, part, fsys.WriteOptions{Offset: at}, data[at:]))
	s.must(fs.Rename(s.ctx, part, s.path("big"), true))
	if got, err := Read(s.ctx, fs, s.path("big"), fsys.ReadOptions{Length: -1}); err != nil || !bytes.Equal(got, data) {
		s.Errorf("%d bytes arrived, %v", len(got), err)
	}
}

// noMoreFiles: a disk can have room and no place for another file.
func (s *scene) noMoreFiles() {
	fs := s.mounted("size=4m,nr_inodes=3", `echo old >"$0/there" && echo old >"$0/last"`)
	err := Write(s.ctx, fs, s.path("new"), fsys.WriteOptions{New: true}, []byte("x"))
	s.wantCode(err, "one file too many", wire.CodeNoSpace)
	s.wantCode(fs.Mkdir(s.ctx, s.path("dir"), 0), "one directory too many", wire.CodeNoSpace)
	s.must(Write(s.ctx, fs, s.path("there"), fsys.WriteOptions{}, []byte("more")))
}

// readOnlyDisk: nothing is changed, and each try says why.
func (s *scene) readOnlyDisk() {
	fs := s.mounted("size=1m", `mkdir "$0/dir" && echo old >"$0/there" && mount -o remount,ro "$0"`)
	there, other := s.path("there"), s.path("new")
	for what, err := range map[string]error{
		"write anew":    Write(s.ctx, fs, other, fsys.WriteOptions{New: true}, []byte("x")),
		"write":         Write(s.ctx, fs, there, fsys.WriteOptions{}, []byte("x")),
		"go on writing": Write(s.ctx, fs, there, fsys.WriteOptions{Offset: 4}, []byte("x")),
		"mkdir":         fs.Mkdir(s.ctx, other, 0),
		"rename":        fs.Rename(s.ctx, there, other, false),
		"replace":       fs.Rename(s.ctx, there, s.path("there2"), true),
		"remove":        fs.Remove(s.ctx, there),
		"remove dir":    fs.Remove(s.ctx, s.path("dir")),
		"chmod":         fs.Chmod(s.ctx, there, 0o600),
		"set time":      fs.SetModified(s.ctx, there, time.Unix(1, 0)),
		"truncate":      fs.Truncate(s.ctx, there, 1),
		"symlink":       fs.Symlink(s.ctx, "there", other),
	} {
		s.wantCode(err, what, wire.CodeReadOnly)
		s.wantSentence(err, "read-only")
	}
	if got, err := Read(s.ctx, fs, there, fsys.ReadOptions{Length: -1}); err != nil || string(got) != "old\n" {
		s.Errorf("what is there is %q, %v", got, err)
	}
}
