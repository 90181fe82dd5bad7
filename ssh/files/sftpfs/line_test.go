//go:build linux

package sftpfs_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"path/filepath"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"porthole/ssh/files/fstest"
	"porthole/ssh/files/fsys"
	"porthole/ssh/files/sftpfs"
	"porthole/ssh/wire"
)

// far puts a machine behind a long line, and counts its SFTP channels; it has at most most.
func far(m fstest.Machine, rtt time.Duration, most int32) (fsys.Peer, *atomic.Int32) {
	m.RTT = rtt
	m.Opened = func(ch fsys.Channel) fsys.Channel { return fstest.Delay(ch, rtt) }
	peer := m.Peer()
	start, opened := peer.Subsystem, new(atomic.Int32)
	peer.Subsystem = func(ctx context.Context, name string) (fsys.Channel, error) {
		if opened.Add(1) > most {
			return nil, errors.New("no more sessions")
		}
		return start(ctx, name)
	}
	return peer, opened
}

func openPeer(t *testing.T, peer fsys.Peer) (context.Context, fsys.FS) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	t.Cleanup(cancel)
	fs, err := sftpfs.Open(ctx, peer)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = fs.Close() })
	return ctx, fs
}

func TestLongLineIsFilledOverSeveralChannels(t *testing.T) {
	for name, c := range map[string]struct {
		rtt        time.Duration
		most, want int32
	}{
		"long":                       {30 * time.Millisecond, 100, 5},
		"long, one channel allowed":  {30 * time.Millisecond, 1, 1},
		"long, two channels allowed": {30 * time.Millisecond, 2, 2},
		"short":                      {0, 100, 1},
	} {
		t.Run(name, func(t *testing.T) {
			m := machine(t)
			data := random(16 << 20)
			write(t, filepath.Join(m.Dir, "down"), data)
			peer, opened := far(m, c.rtt, c.most)
			ctx, fs := openPeer(t, peer)
			same(t, get(ctx, t, fs, "down", fsys.ReadOptions{Length: -1}), data)
			put(ctx, t, fs, "up", fsys.WriteOptions{}, data)
			onDisk, err := os.ReadFile(filepath.Join(m.Dir, "up"))
			if err != nil {
				t.Fatal(err)
			}
			same(t, onDisk, data)
			if got := min(opened.Load(), c.most); got != c.want {
				t.Errorf("%d channels, want %d", got, c.want)
			}
		})
	}
}

// shears cuts a channel after some bytes in both directions together, and counts them.
type shears struct {
	fsys.Channel
	left, moved *atomic.Int64
	once        *sync.Once
}

func (s shears) count(n int) error {
	s.moved.Add(int64(n))
	if s.left.Add(-int64(n)) < 0 {
		s.once.Do(func() { _ = s.Close() })
		return errors.New("cut")
	}
	return nil
}

func (s shears) Write(p []byte) (int, error) {
	if err := s.count(len(p)); err != nil {
		return 0, err
	}
	return s.Channel.Write(p)
}

func (s shears) Stdout() io.Reader { return shearsReader{s, s.Channel.Stdout()} }

type shearsReader struct {
	s shears
	r io.Reader
}

func (r shearsReader) Read(p []byte) (int, error) {
	n, err := r.r.Read(p)
	if cut := r.s.count(n); cut != nil {
		return 0, cut
	}
	return n, err
}

// cutLine carries size bytes of a file over a line that is cut at random, resuming where it
// got to, and gives how many bytes the channels carried in all and how often it was cut.
func cutLine(t *testing.T, size int, carry func(ctx context.Context, fs fsys.FS, from int64) (int64, error)) (carried int64, cuts int) {
	t.Helper()
	r := rand.New(rand.NewPCG(1, uint64(size)))
	var moved atomic.Int64
	m := machine(t)
	at := int64(0)
	for {
		var left atomic.Int64
		left.Store(int64(size)/20 + r.Int64N(int64(size)/3))
		m.Opened = func(ch fsys.Channel) fsys.Channel {
			return shears{ch, &left, &moved, new(sync.Once)}
		}
		m.Shell = nil
		ctx, cancel := context.WithTimeout(t.Context(), 10*time.Minute)
		fs, err := sftpfs.Open(ctx, m.Peer())
		if err != nil {
			t.Fatal(err)
		}
		to, err := carry(ctx, fs, at)
		_ = fs.Close()
		cancel()
		if to < at {
			t.Fatalf("went back from %d to %d", at, to)
		}
		at = to
		if err == nil {
			return moved.Load(), cuts
		}
		var e *fsys.Error
		if !errors.As(err, &e) || e.Code != wire.CodeLost {
			t.Fatalf("got %v, want code %q", err, wire.CodeLost)
		}
		if cuts++; cuts > 200 {
			t.Fatalf("no end after %d cuts, at %d of %d", cuts, at, size)
		}
	}
}

func TestTransfersGoOnAfterCutsWithoutSendingMuchTwice(t *testing.T) {
	size := 24 << 20
	if os.Getenv("PORTHOLE_SOAK") != "" {
		size = 1 << 30 // make soak
	}
	data := random(size)
	dir := t.TempDir()
	remote := filepath.Join(dir, "remote")
	allowed := func(cuts int) int64 {
		// 1.05 × the size, and what the pipes and windows hold at each cut.
		return int64(size)/100*105 + int64(cuts)*(4<<20)
	}
	t.Run("download", func(t *testing.T) {
		write(t, remote, data)
		var got bytes.Buffer
		carried, cuts := cutLine(t, size, func(ctx context.Context, fs fsys.FS, from int64) (int64, error) {
			r, err := fs.Read(ctx, remote, fsys.ReadOptions{Offset: from, Length: -1})
			if err != nil {
				return from, err
			}
			defer r.Close()
			n, err := io.Copy(&got, r)
			return from + n, err
		})
		same(t, got.Bytes(), data)
		if cuts == 0 || carried > allowed(cuts) {
			t.Errorf("%d bytes for %d over %d cuts", carried, size, cuts)
		}
	})
	t.Run("upload", func(t *testing.T) {
		_ = os.Remove(remote)
		carried, cuts := cutLine(t, size, func(ctx context.Context, fs fsys.FS, from int64) (int64, error) {
			w, err := fs.Write(ctx, remote, fsys.WriteOptions{Offset: from})
			if err != nil {
				return from, err
			}
			_, err = w.Write(data[from:])
			if cerr := w.Close(); err == nil {
				err = cerr
			}
			to := w.Confirmed()
			// All that is confirmed is there, whatever came behind it.
			onDisk, rerr := os.ReadFile(remote)
			if rerr != nil || int64(len(onDisk)) < to || !bytes.Equal(onDisk[from:to], data[from:to]) {
				t.Fatalf("%d bytes are confirmed, %d are there (%v)", to, len(onDisk), rerr)
			}
			return to, err
		})
		onDisk, err := os.ReadFile(remote)
		if err != nil {
			t.Fatal(err)
		}
		same(t, onDisk, data)
		if cuts == 0 || carried > allowed(cuts) {
			t.Errorf("%d bytes for %d over %d cuts", carried, size, cuts)
		}
	})
}

func TestKilledServerIsToldAndStartedAnew(t *testing.T) {
	m := machine(t)
	var channels []fsys.Channel
	var mu sync.Mutex
	m.Opened = func(ch fsys.Channel) fsys.Channel {
		mu.Lock()
		defer mu.Unlock()
		channels = append(channels, ch)
		return ch
	}
	m.Shell = nil
	ctx, fs := open(t, m)
	w, err := fs.Write(ctx, "file", fsys.WriteOptions{})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := w.Write(random(1 << 20)); err != nil {
		t.Fatal(err)
	}
	mu.Lock()
	_ = channels[0].Close()
	mu.Unlock()
	_, err = w.Write(random(8 << 20))
	if cerr := w.Close(); err == nil {
		err = cerr
	}
	var e *fsys.Error
	if !errors.As(err, &e) || e.Code != wire.CodeLost {
		t.Errorf("got %v, want code %q", err, wire.CodeLost)
	}
	put(ctx, t, fs, "file", fsys.WriteOptions{}, []byte("again"))
}

// BenchmarkLine gives MB/s over lines of several lengths: go test -bench Line -benchtime 1x.
func BenchmarkLine(b *testing.B) {
	const size = 100 << 20
	dir := b.TempDir()
	data := random(size)
	if err := os.WriteFile(filepath.Join(dir, "down"), data, 0o644); err != nil {
		b.Fatal(err)
	}
	for _, rtt := range []time.Duration{0, 20 * time.Millisecond, 50 * time.Millisecond, 100 * time.Millisecond} {
		m := fstest.Machine{SFTP: []string{server}, Dir: dir}
		peer := m.Peer()
		if rtt > 0 {
			peer, _ = far(m, rtt, 100)
		}
		b.Run(fmt.Sprint("down ", rtt), func(b *testing.B) {
			fs, err := sftpfs.Open(b.Context(), peer)
			if err != nil {
				b.Fatal(err)
			}
			defer fs.Close()
			b.SetBytes(size)
			for b.Loop() {
				r, err := fs.Read(b.Context(), "down", fsys.ReadOptions{Length: -1})
				if err != nil {
					b.Fatal(err)
				}
				if n, err := io.Copy(io.Discard, r); n != size || err != nil {
					b.Fatal(n, err)
				}
			}
		})
		b.Run(fmt.Sprint("up ", rtt), func(b *testing.B) {
			fs, err := sftpfs.Open(b.Context(), peer)
			if err != nil {
				b.Fatal(err)
			}
			defer fs.Close()
			b.SetBytes(size)
			for b.Loop() {
				w, err := fs.Write(b.Context(), "up", fsys.WriteOptions{})
				if err != nil {
					b.Fatal(err)
				}
				if _, err := w.Write(data); err != nil {
					b.Fatal(err)
				}
				if err := w.Close(); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
