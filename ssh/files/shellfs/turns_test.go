//go:build linux

package shellfs_test

import (
	"context"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strconv"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"porthole/ssh/files/fstest"
	"porthole/ssh/files/fsys"
	"porthole/ssh/wire"
)

func gnu(t *testing.T) fstest.Machine {
	t.Helper()
	return fstest.Machine{Shell: []string{"/bin/sh", "-c"}, Env: []string{"PATH=/usr/bin:/bin"}, Dir: home(t)}
}

// Each of them holds a turn and waits for a session that nobody will give back.
func TestWhoWaitsForASessionOfALostConnectionIsTold(t *testing.T) {
	m := gnu(t)
	var mu sync.Mutex
	var all []fsys.Channel
	m.Opened = func(ch fsys.Channel) fsys.Channel {
		mu.Lock()
		defer mu.Unlock()
		all = append(all, ch)
		return ch
	}
	peer := m.Peer()
	exec := peer.Exec
	var broke atomic.Bool
	peer.Exec = func(ctx context.Context, command string) (fsys.Channel, error) {
		if broke.Load() {
			return nil, errors.New("the connection broke")
		}
		return exec(ctx, command)
	}
	ctx, fs := openPeer(t, peer)
	broke.Store(true)
	mu.Lock()
	for _, ch := range all {
		_ = ch.Close()
	}
	mu.Unlock()
	ctx, cancel := context.WithTimeout(ctx, 15*time.Second)
	defer cancel()
	told := make(chan error)
	const calls = 6
	for range calls {
		go func() {
			_, err := fs.Stat(ctx, ".", false)
			told <- err
		}()
	}
	for range calls {
		var e *fsys.Error
		if err := <-told; !errors.As(err, &e) || e.Code != wire.CodeLost {
			t.Errorf("got %v, want code %q", err, wire.CodeLost)
		}
	}
}

// A device has few sessions for us, and a transfer keeps one as long as it lasts.
func TestADirectoryIsListedWhileManyTransfersRun(t *testing.T) {
	m := gnu(t)
	if err := os.WriteFile(filepath.Join(m.Dir, "big"), nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Truncate(filepath.Join(m.Dir, "big"), 64<<20); err != nil { // more than is read ahead
		t.Fatal(err)
	}
	ctx, fs := openPeer(t, m.Peer())
	transfers, cancel := context.WithCancel(ctx)
	defer cancel()
	const many, running = 6, 3
	type opened struct {
		r   io.ReadCloser
		err error
	}
	begun := make(chan opened)
	for range many {
		go func() {
			r, err := fs.Read(transfers, "big", fsys.ReadOptions{Length: -1})
			begun <- opened{r, err}
		}()
	}
	for range running {
		o := <-begun
		if o.err != nil {
			t.Fatal(o.err)
		}
		defer func() { _ = o.r.Close() }()
	}
	quick, stop := context.WithTimeout(ctx, 10*time.Second)
	defer stop()
	if entries, err := fstest.List(quick, fs, "."); err != nil || len(entries) != 1 {
		t.Errorf("%d entries, %v", len(entries), err)
	}
	cancel()
	for range many - running {
		var e *fsys.Error
		if o := <-begun; !errors.As(o.err, &e) || e.Code != wire.CodeCancelled {
			t.Errorf("who waited got %v, want code %q", o.err, wire.CodeCancelled)
		}
	}
}

// A device without memory ends what takes some.
func TestAListingThatIsCutShortIsNone(t *testing.T) {
	m := gnu(t)
	for i := range 50 {
		if err := os.WriteFile(filepath.Join(m.Dir, strconv.Itoa(i)), nil, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	bin := t.TempDir()
	// The listing alone, not the question whether find can do it.
	find := "#!/bin/sh\ncase \"$*\" in *\"-prune -printf\"*) /usr/bin/find \"$@\" | head -n 9; kill -9 $$;; esac\nexec /usr/bin/find \"$@\"\n"
	if err := os.WriteFile(filepath.Join(bin, "find"), []byte(find), 0o700); err != nil {
		t.Fatal(err)
	}
	m.Env = []string{"PATH=" + bin + ":/usr/bin:/bin"}
	ctx, fs := openPeer(t, m.Peer())
	entries, err := fstest.List(ctx, fs, ".")
	var e *fsys.Error
	if !errors.As(err, &e) || e.Code != wire.CodeFileFailed {
		t.Errorf("%d entries, %v; want code %q", len(entries), err, wire.CodeFileFailed)
	}
}

// refusal is what a connection says of a session that the server does not open.
type refusal struct{}

func (refusal) Error() string { return "open failed" }

func (refusal) Explain() (code wire.ErrorCode, message string) {
	return wire.CodeShellRefused, "The device refused."
}

// OpenSSH counts a session until its program has gone, which a busy device takes its time for.
func TestASessionThatADeviceCountsForLongIsWaitedFor(t *testing.T) {
	m := gnu(t)
	peer := m.Peer()
	exec := peer.Exec
	var refused atomic.Int32
	peer.Exec = func(ctx context.Context, command string) (fsys.Channel, error) {
		if refused.Add(-1) >= 0 {
			return nil, refusal{}
		}
		return exec(ctx, command)
	}
	ctx, fs := openPeer(t, peer)
	refused.Store(6) // two seconds
	if _, err := fs.Stat(ctx, ".", false); err != nil {
		t.Error(err)
	}
}
