//go:build js

package bridge_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"maps"
	"runtime"
	"slices"
	"syscall/js"
	"testing"
	"time"

	"porthole/ssh/files/fsys"
	"porthole/ssh/sshtest"
	"porthole/ssh/wire"
	"porthole/wasm/jsval"
)

// newSFTP is a connection to a device with an empty file system in memory behind SFTP.
func newSFTP(t *testing.T) *shelves {
	t.Helper()
	w := newWorld(t, sshtest.Options{Subsystems: map[string]func(*sshtest.Session){"sftp": sshtest.MemorySFTP()}})
	s := &shelves{world: w, connection: w.open(nil)}
	s.files = w.await(s.connection.Call("files", noLimits()))
	return s
}

// up writes a file.
func (s *shelves) up(path string, content []byte) {
	s.t.Helper()
	upload := s.await(s.files.Call("upload", path, anyTarget()))
	for rest := content; len(rest) > 0; {
		n := min(len(rest), 256<<10)
		s.await(upload.Call("write", jsval.Bytes(rest[:n])))
		rest = rest[n:]
	}
	s.await(upload.Call("finish"))
}

// down reads a file.
func (s *shelves) down(path string, options map[string]any) []byte {
	s.t.Helper()
	got, err := s.pull(s.await(s.files.Call("download", path, options)))
	if err != nil {
		s.t.Fatal(err)
	}
	return got
}

// names lists a directory.
func (s *shelves) names(path string) []string {
	s.t.Helper()
	sink, text := s.batches()
	s.await(s.files.Call("list", path, sink))
	var names []string
	for _, e := range split(s.t, text()) {
		names = append(names, e[0])
	}
	slices.Sort(names)
	return names
}

func TestALargeFileGoesThereAndBackOverSFTP(t *testing.T) {
	s := newSFTP(t)
	if got := s.files.Get("info").Get("backend").String(); got != "sftp" {
		t.Errorf("the backend is %q", got)
	}
	content := someBytes(12<<20 + 3)
	begin := time.Now()
	s.up("/large", content)
	sent := time.Since(begin)
	begin = time.Now()
	got := s.down("/large", anyFile(0, -1))
	if !bytes.Equal(got, content) {
		t.Errorf("%d bytes came back, want %d as they were", len(got), len(content))
	}
	t.Logf("%d bytes: up in %v, down in %v", len(content), sent, time.Since(begin))
	if got := s.down("/large", anyFile(12<<20, -1)); !bytes.Equal(got, content[12<<20:]) {
		t.Errorf("the last bytes are %v", got)
	}
	if got := s.down("/large", anyFile(1000, 7)); !bytes.Equal(got, content[1000:1007]) {
		t.Errorf("a part is %v", got)
	}
	if got, _ := jsval.GoBytes(s.await(s.files.Call("read", "/large", 5, 100))); !bytes.Equal(got, content[5:105]) {
		t.Errorf("a piece is %v", got)
	}
	if got, _ := jsval.GoBytes(s.await(s.files.Call("read", "/large", 1<<40, 100))); len(got) != 0 {
		t.Errorf("behind the end are %v", got)
	}
}

func TestEachCallReachesTheDevice(t *testing.T) {
	s := newSFTP(t)
	s.await(s.files.Call("mkdir", "/d", 0))
	s.up("/d/a\uefff b", []byte("hello"))
	s.await(s.files.Call("symlink", "a", "/d/link"))
	if got := s.await(s.files.Call("readLink", "/d/link")).String(); got != "a" {
		t.Errorf("the link leads to %q", got)
	}
	if got := s.names("/d"); fmt.Sprintf("%q", got) != `["a`+"\\uefff"+` b" "link"]` {
		t.Errorf("the directory has %q", got)
	}
	s.rejects(s.files.Call("upload", "/d/a\uefff b", map[string]any{"offset": 0, "fresh": true, "mode": 0o600, "gzip": false}), "exists")
	s.await(s.files.Call("rename", "/d/a\uefff b", "/d/b", false))
	s.await(s.files.Call("setModified", "/d/b", 1_600_000_000_000))
	s.await(s.files.Call("chmod", "/d/b", 0o640, false))
	if e := split(t, s.await(s.files.Call("stat", "/d/b", true)).String())[0]; e[0] != "b" || e[1] != "file" || e[2] != "5" {
		t.Errorf("it is %q", e)
	}
	if got := s.await(s.files.Call("realPath", "/d/../d/b")).String(); got != "/d/b" {
		t.Errorf("the real path is %q", got)
	}
	put := func(replace bool) js.Value {
		return s.files.Call("put", "/d/c", jsval.Bytes([]byte("edited")), map[string]any{"replace": replace, "mode": nil, "modifiedMs": nil})
	}
	if e := split(t, s.await(put(false)).String())[0]; e[0] != "c" || e[2] != "6" {
		t.Errorf("what was put is %q", e)
	}
	s.rejects(put(false), "exists")
	s.await(put(true))
	saved := s.await(s.files.Call("save", "/d/c", jsval.Bytes([]byte("edited"))))
	if e := split(t, saved.Get("entry").String())[0]; e[0] != "c" || e[2] != "6" || saved.Get("note").String() != "" {
		t.Errorf("what was saved is %q, %q", e, saved.Get("note").String())
	}
	never := js.Global().Get("Function").New("return () => { throw new Error('nobody listens'); }").Invoke()
	count := s.await(s.files.Call("count", "/d", never))
	if got := js.Global().Get("JSON").Call("stringify", count).String(); !sameJSON(got, `{"files":2,"folders":1,"others":1,"bytes":11}`) {
		t.Errorf("counted %s", got)
	}
	if got := s.await(s.files.Call("remove", "/d", never)).Get("removed").Int(); got != 4 {
		t.Errorf("%d are gone, want 4", got)
	}
	s.rejects(s.files.Call("stat", "/d", false), "not_found")
	s.rejects(s.files.Call("download", "/d/b", anyFile(0, -1)), "not_found")
}

func TestLimitsAreKeptByTheBridge(t *testing.T) {
	s := newSFTP(t)
	s.up("/f", someBytes(100))
	limited := func(changes map[string]any) js.Value {
		limits := noLimits()
		maps.Copy(limits, changes)
		return s.await(s.connection.Call("files", limits))
	}
	s.rejects(limited(map[string]any{"readOnly": true}).Call("mkdir", "/x", 0), "not_allowed")
	s.rejects(limited(map[string]any{"readNothing": true}).Call("download", "/f", anyFile(0, -1)), "not_allowed")
	s.rejects(limited(map[string]any{"maxBytes": 99}).Call("download", "/f", anyFile(0, -1)), "too_large")
	s.rejects(limited(map[string]any{"readPaths": []any{"/var"}}).Call("read", "/f", 0, 10), "not_allowed")
	for name, wrong := range map[string]any{
		"nothing": nil, "no limits": map[string]any{}, "a path of none": map[string]any{"readPaths": []any{""}},
		"a negative size": map[string]any{"maxBytes": -1}, "a text": map[string]any{"readOnly": "no"},
	} {
		t.Log(name)
		limits := any(nil)
		if changes, ok := wrong.(map[string]any); ok && len(changes) > 0 {
			all := noLimits()
			maps.Copy(all, changes)
			limits = all
		} else if ok {
			limits = changes
		}
		s.rejects(s.connection.Call("files", limits), "invalid")
	}
}

func TestADeviceWithoutFilesSaysSo(t *testing.T) {
	w := newWorld(t, sshtest.Options{})
	connection := w.open(nil)
	w.rejects(connection.Call("files", noLimits()), "files_refused")
	w.shell(connection, w.screen()) // the connection is as good as before
}

func TestALostConnectionEndsARealDownload(t *testing.T) {
	s := newSFTP(t)
	s.up("/large", someBytes(8<<20))
	download := s.await(s.files.Call("download", "/large", anyFile(0, -1)))
	s.await(download.Call("read"))
	s.unplug()
	_, err := s.pull(download)
	var thrown *jsval.Error
	if !errors.As(err, &thrown) || thrown.Value.Get("code").String() != "lost" {
		t.Errorf("the download ended with %v", err)
	}
	if got := s.await(s.files.Get("closed")).Get("code").String(); got != "lost" {
		t.Errorf("the files closed with %s", got)
	}
	s.rejects(s.files.Call("stat", "/large", true), "closed")
}

func TestWrongArgumentsOfFilesAreRejectedNotFatal(t *testing.T) {
	s := newSFTP(t)
	s.up("/f", nil)
	object := js.Global().Get("Object")
	keys, _ := jsval.Strings(object.Call("keys", s.files))
	for _, key := range keys {
		if s.files.Get(key).Type() != js.TypeFunction || slices.Contains([]string{"close", "shellState"}, key) {
			continue
		}
		wrong := [][]any{{}, {nil, nil, nil, nil}, {7, 7, 7, 7}}
		if s.files.Get(key).Get("length").Int() > 1 && key != "tree" {
			wrong = append(wrong, []any{"/f", map[string]any{}, map[string]any{}, -2})
		}
		for _, args := range wrong {
			t.Log(key, args)
			s.rejects(s.files.Call(key, args...), "invalid")
		}
	}
	upload := s.await(s.files.Call("upload", "/f", anyTarget()))
	s.rejects(upload.Call("write", "text"), "invalid")
	s.rejects(upload.Call("write"), "invalid")
	s.await(upload.Call("finish"))
	s.rejects(s.files.Call("read", "/f", 0, 8<<20+1), "invalid")
	s.rejects(s.files.Call("mkdir", "/x", 0o10000), "invalid")
}

func TestNothingOfFilesLeaksOverAHundredCycles(t *testing.T) {
	s := newSFTP(t)
	s.up("/f", someBytes(300_000))
	sink, _ := s.batches()
	once := func() {
		files := s.await(s.connection.Call("files", noLimits()))
		abort := js.Global().Get("AbortController").New()
		signal := abort.Get("signal")
		s.await(files.Call("list", "/", sink, signal))
		done := s.await(files.Call("download", "/f", anyFile(0, -1), signal))
		if _, err := s.pull(done); err != nil {
			t.Fatal(err)
		}
		for _, begun := range []js.Value{
			s.await(files.Call("download", "/f", anyFile(0, -1), signal)), // left as it is
			s.await(files.Call("upload", "/g", anyTarget(), signal)),
			s.await(files.Call("tree", []any{"/"}, nil, signal)),
		} {
			_ = begun
		}
		cancelled := s.await(files.Call("upload", "/h", anyTarget()))
		s.await(cancelled.Call("write", data(1000)))
		cancelled.Call("cancel")
		abort.Call("abort")
		s.await(files.Call("close"))
		s.rejects(files.Call("stat", "/f", true), "closed")
	}
	once() // what is made once is made
	settled := func() (goroutines, funcs int) {
		runtime.GC()
		return runtime.NumGoroutine(), jsval.Live()
	}
	goroutines, funcs := settled()
	for range 100 {
		once()
	}
	for deadline := time.Now().Add(limit); ; time.Sleep(10 * time.Millisecond) {
		nowGoroutines, nowFuncs := settled()
		if nowGoroutines <= goroutines && nowFuncs <= funcs {
			return
		}
		if time.Now().After(deadline) {
			stacks := make([]byte, 64<<10)
			t.Fatalf("goroutines %d → %d, functions %d → %d\n%s", goroutines, nowGoroutines, funcs, nowFuncs, stacks[:runtime.Stack(stacks, true)])
		}
	}
}

func TestAConnectionLostWhileFilesAreOpenedSaysSo(t *testing.T) {
	w := newWorld(t, sshtest.Options{})
	w.fs = func(context.Context, fsys.Peer) (fsys.FS, error) {
		w.unplug()
		return nil, &fsys.Error{Code: wire.CodeFilesRefused, Message: "There is no SFTP."}
	}
	w.rejects(w.open(nil).Call("files", noLimits()), "lost")
}
