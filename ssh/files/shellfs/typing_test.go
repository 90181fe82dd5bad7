//go:build linux

package shellfs_test

import (
	"io"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"testing"
	"time"

	"porthole/ssh/files/fstest"
	"porthole/ssh/files/fsys"
)

// narrow is a line that all channels share from the device to here.
type narrow struct {
	rate int // bytes a second

	mu     sync.Mutex
	free   time.Time // when all that waits is through
	queued []int     // how many bytes were before each that came
}

func (l *narrow) opened(ch fsys.Channel) fsys.Channel {
	out, in := io.Pipe()
	type parcel struct {
		due  time.Time
		data []byte
	}
	window := make(chan parcel, 128) // of 16 KiB: what an SSH channel may have on its way
	go func() {
		defer close(window)
		for {
			b := make([]byte, 16<<10)
			n, err := ch.Stdout().Read(b)
			if err != nil {
				return
			}
			window <- parcel{l.carry(n), b[:n]}
		}
	}()
	go func() {
		for p := range window {
			time.Sleep(time.Until(p.due))
			_, _ = in.Write(p.data)
		}
		_ = in.Close()
	}()
	return narrowed{ch, out}
}

func (l *narrow) carry(n int) time.Time {
	l.mu.Lock()
	defer l.mu.Unlock()
	now := time.Now()
	if l.free.Before(now) {
		l.free = now
	}
	l.queued = append(l.queued, int(l.free.Sub(now).Seconds()*float64(l.rate)))
	l.free = l.free.Add(time.Duration(float64(n) / float64(l.rate) * float64(time.Second)))
	return l.free
}

type narrowed struct {
	fsys.Channel
	out *io.PipeReader
}

func (c narrowed) Stdout() io.Reader { return c.out }
func (c narrowed) Close() error {
	_ = c.out.Close()
	return c.Channel.Close()
}

func TestATransferGivesWayToTyping(t *testing.T) {
	const rate, size = 4 << 20, 12 << 20
	line := &narrow{rate: rate}
	m := fstest.Machine{Shell: []string{"/bin/sh", "-c"}, Env: []string{"PATH=/usr/bin:/bin"}, Dir: home(t), Opened: line.opened}
	if err := os.WriteFile(filepath.Join(m.Dir, "big"), fstest.Noise(2, size), 0o600); err != nil {
		t.Fatal(err)
	}
	peer := m.Peer()
	peer.Typed = func() time.Time { return time.Now().Truncate(100 * time.Millisecond) } // ten keys a second
	ctx, fs := openPeer(t, peer)
	if got, err := fstest.Read(ctx, fs, "big", fsys.ReadOptions{Length: -1}); err != nil || len(got) != size {
		t.Fatal(len(got), err)
	}
	line.mu.Lock()
	defer line.mu.Unlock()
	later := line.queued[len(line.queued)/2:]
	slices.Sort(later)
	// A keystroke's echo would queue behind these bytes; a stream's would be 2 MiB.
	if median := later[len(later)/2]; median > 512<<10 {
		t.Errorf("%d bytes wait before the line while somebody types", median)
	} else {
		t.Logf("%d bytes wait before the line", median)
	}
}
