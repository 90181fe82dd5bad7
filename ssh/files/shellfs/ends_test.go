//go:build linux

package shellfs_test

import (
	"context"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"porthole/ssh/files/fstest"
	"porthole/ssh/files/fsys"
	"porthole/ssh/files/shellfs"
	"porthole/ssh/sshtest/realpeer"
	"porthole/ssh/wire"
)

// A server does not end what a channel ran, and dropbear's waits for it.
func TestWhatIsCancelledLeavesNoProcessOnTheDevice(t *testing.T) {
	for _, kind := range []realpeer.Kind{realpeer.Dropbear, realpeer.OpenSSH} {
		t.Run(string(kind), func(t *testing.T) {
			fs, err := shellfs.Open(t.Context(), fstest.PeerOf(fstest.Device(t, kind, realpeer.Options{})))
			if err != nil {
				t.Fatal(err)
			}
			defer func() { _ = fs.Close() }()
			dir := home(t)
			big := filepath.Join(dir, "big")
			if err := os.WriteFile(big, nil, 0o600); err != nil {
				t.Fatal(err)
			}
			if err := os.Truncate(big, 64<<30); err != nil { // longer to read and to hash than the test
				t.Fatal(err)
			}
			for name, o := range map[string]fsys.ReadOptions{"to the end": {Length: -1}, "a range": {Offset: 5, Length: 40 << 30}} {
				r, err := fs.Read(t.Context(), big, o)
				if err != nil {
					t.Fatal(name, err)
				}
				if _, err := io.CopyN(io.Discard, r, 1<<20); err != nil {
					t.Fatal(name, err)
				}
				if err := r.Close(); err != nil {
					t.Error(name, err)
				}
				awaitUnused(t, big, name)
			}
			ctx, cancel := context.WithCancel(t.Context())
			hashed := make(chan error, 1)
			go func() {
				_, err := fs.Hash(ctx, big, -1)
				hashed <- err
			}()
			for deadline := time.Now().Add(20 * time.Second); len(users(big)) == 0; time.Sleep(5 * time.Millisecond) {
				if time.Now().After(deadline) {
					t.Fatal("nothing hashes")
				}
			}
			cancel()
			if err := <-hashed; err == nil {
				t.Error("the hash ended before it was cancelled")
			}
			awaitUnused(t, big, "hash")
		})
	}
}

func awaitUnused(t *testing.T, path, what string) {
	t.Helper()
	for deadline := time.Now().Add(20 * time.Second); ; time.Sleep(5 * time.Millisecond) {
		left := users(path)
		if len(left) == 0 {
			return
		}
		if time.Now().After(deadline) {
			t.Fatalf("%s: %v still have the file open", what, left)
		}
	}
}

// users are the processes that have a file open, without this one.
func users(path string) []string {
	var found []string
	links, _ := filepath.Glob("/proc/[0-9]*/fd/*")
	for _, link := range links {
		if target, err := os.Readlink(link); err == nil && target == path && !strings.HasPrefix(link, "/proc/self/") {
			found = append(found, link)
		}
	}
	return found
}

// What arrived before a cut counts, and the rest can follow.
func TestAnUploadGoesOnWhereTheDeviceConfirmedIt(t *testing.T) {
	device := func() (fsys.FS, func() error) {
		client := fstest.Device(t, realpeer.OpenSSH, realpeer.Options{})
		fs, err := shellfs.Open(t.Context(), fstest.PeerOf(client))
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = fs.Close() })
		return fs, client.Close
	}
	fs, cut := device()
	path := filepath.Join(t.TempDir(), "part")
	data := fstest.Noise(4, 4<<20)
	w, err := fs.Write(t.Context(), path, fsys.WriteOptions{New: true})
	if err != nil {
		t.Fatal(err)
	}
	half := int64(len(data) / 2)
	if _, err := w.Write(data[:half]); err != nil {
		t.Fatal(err)
	}
	for deadline := time.Now().Add(20 * time.Second); w.Confirmed() < half; time.Sleep(5 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("%d bytes are confirmed, want %d", w.Confirmed(), half)
		}
	}
	_ = cut()
	if err := w.Close(); err == nil {
		t.Error("a cut is taken for the end")
	}
	at := w.Confirmed()
	if at != half {
		t.Errorf("%d bytes are confirmed after the cut, want %d", at, half)
	}
	fs, _ = device()
	if err := fstest.Write(t.Context(), fs, path, fsys.WriteOptions{Offset: at}, data[at:]); err != nil {
		t.Fatal(err)
	}
	if got, err := os.ReadFile(path); err != nil || string(got) != string(data) {
		t.Errorf("the file has %d bytes, %v", len(got), err)
	}
}

// What a listing said may be another file by now.
func TestASmallFileIsReadWholeWhateverItWas(t *testing.T) {
	dir := tools(t, "busybox")
	fs := open(t, fstest.Machine{Shell: []string{filepath.Join(dir, "sh"), "-c"}, Env: []string{"PATH=" + dir}, Dir: home(t)})
	quick, ok := fs.(interface {
		ReadEntry(ctx context.Context, path string, e fsys.Entry, o fsys.ReadOptions) (io.ReadCloser, error)
	})
	if !ok {
		t.Fatal("there is no quick way")
	}
	path := filepath.Join(t.TempDir(), "-it's\nsmall")
	for _, size := range []int{0, 1, 1024, 128 << 10, 256 << 10, 256<<10 + 1, 3 << 20} {
		data := fstest.Noise(5, size)
		if err := os.WriteFile(path, data, 0o600); err != nil {
			t.Fatal(err)
		}
		r, err := quick.ReadEntry(t.Context(), path, fsys.Entry{Type: fsys.File, Size: 1024}, fsys.ReadOptions{Length: -1})
		if err != nil {
			t.Fatal(size, err)
		}
		got, err := io.ReadAll(r)
		if err != nil || string(got) != string(data) {
			t.Errorf("%d bytes are read as %d, %v", size, len(got), err)
		}
		_ = r.Close()
	}
	for path, code := range map[string]wire.ErrorCode{path + "x": wire.CodeNotFound, "/dev/zero": wire.CodeSpecialFile, "/": wire.CodeIsDir} {
		_, err := quick.ReadEntry(t.Context(), path, fsys.Entry{Type: fsys.File, Size: 1024}, fsys.ReadOptions{Length: -1})
		var e *fsys.Error
		if !errors.As(err, &e) || e.Code != code {
			t.Errorf("%s: got %v, want %s", path, err, code)
		}
	}
}

// The shell that answers is gone between two questions: the next one starts another.
func TestAShellThatEndedIsReplaced(t *testing.T) {
	var channels []fsys.Channel
	m := fstest.Machine{Shell: []string{"/bin/sh", "-c"}, Env: []string{"PATH=/usr/bin:/bin"}, Dir: home(t)}
	m.Opened = func(c fsys.Channel) fsys.Channel {
		channels = append(channels, c)
		return c
	}
	fs := open(t, m)
	for range 3 {
		if _, err := fs.Stat(t.Context(), "/", false); err != nil {
			t.Fatal(err)
		}
	}
	if len(channels) != 1 {
		t.Errorf("%d execs for a few questions, want 1", len(channels))
	}
	_ = channels[0].CloseWrite()
	if _, err := channels[0].Wait(t.Context()); err != nil {
		t.Fatal(err)
	}
	if e, err := fs.Stat(t.Context(), "/", false); err != nil || e.Type != fsys.Dir {
		t.Errorf("got %+v, %v", e, err)
	}
}
