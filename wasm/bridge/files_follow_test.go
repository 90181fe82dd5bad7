//go:build js

package bridge_test

import (
	"sync/atomic"
	"syscall/js"
	"testing"

	"porthole/ssh/sshtest"
	"porthole/wasm/jsval"
)

func TestWhatIsAppendedToAFileIsFollowed(t *testing.T) {
	s := newSFTP(t)
	s.up("/log", []byte("one\ntwo\nthree\n"))
	screen := s.screen()
	session := s.await(s.files.Call("follow", "/log", 2, screen.sink))
	wantContract(t, "GoSession", session)
	screen.until(0, "two\nthree\n")
	upload := s.await(s.files.Call("upload", "/log", map[string]any{"offset": 14, "fresh": false, "mode": nil, "gzip": false}))
	s.await(upload.Call("write", jsval.Bytes([]byte("four\n"))))
	s.await(upload.Call("finish"))
	screen.until(0, "four\n")
	s.rejects(session.Call("write", data(1)), "unsupported")
	s.await(session.Call("close"))
	s.await(session.Get("closed"))
	if got := screen.String(); got != "two\nthree\nfour\n" {
		t.Errorf("what was followed is %q", got)
	}
	s.rejects(s.files.Call("follow", "/gone", 2, screen.sink), "not_found")
	limits := noLimits()
	limits["readPaths"] = []any{"/var"}
	s.rejects(s.await(s.connection.Call("files", limits)).Call("follow", "/log", 2, screen.sink), "not_allowed")
}

func TestAFileThatIsFollowedEndsWithTheFiles(t *testing.T) {
	s := newSFTP(t)
	s.up("/log", nil)
	session := s.await(s.files.Call("follow", "/log", 0, s.screen().sink))
	s.await(s.files.Call("close"))
	if end := s.await(session.Get("closed")); end.Get("error").Get("code").String() != "closed" {
		t.Errorf("it ended with %s", js.Global().Get("JSON").Call("stringify", end))
	}
}

func TestADeviceThatDoesNotTellOfItsShellIsNull(t *testing.T) {
	s := newSFTP(t)
	if got := s.await(s.files.Call("shellState")); !got.IsNull() {
		t.Errorf("the shell is %s", js.Global().Get("JSON").Call("stringify", got))
	}
}

// A program on the device knows no limits: none is started for a file that may not be read.
func TestAFileBeyondTheLimitsIsNotFollowedByTheDevice(t *testing.T) {
	var commands atomic.Int32
	w := newWorld(t, sshtest.Options{
		Subsystems: map[string]func(*sshtest.Session){"sftp": sshtest.MemorySFTP()},
		Exec: func(s *sshtest.Session) {
			commands.Add(1)
			sshtest.Scripted(s)
		},
	})
	s := &shelves{world: w, connection: w.open(nil)}
	s.files = w.await(s.connection.Call("files", noLimits()))
	s.up("/log", []byte("secret\n"))
	limits := noLimits()
	limits["readPaths"] = []any{"/var"}
	limited := s.await(s.connection.Call("files", limits))
	before := commands.Load()
	s.rejects(limited.Call("follow", "/log", 2, s.screen().sink), "not_allowed")
	if got := commands.Load(); got != before {
		t.Errorf("%d commands ran for a file that may not be read", got-before)
	}
}
