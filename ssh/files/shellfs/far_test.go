//go:build linux

package shellfs_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"porthole/ssh"
	"porthole/ssh/files/fstest"
	"porthole/ssh/files/fsys"
	"porthole/ssh/files/shellfs"
	"porthole/ssh/sshtest/realpeer"
)

// far puts a machine behind a long line and counts the sessions that it has at a time; it
// has at most most.
func far(m fstest.Machine, rtt time.Duration, most int32) (fsys.Peer, *sessions) {
	m.RTT = rtt
	if rtt > 0 {
		m.Opened = func(ch fsys.Channel) fsys.Channel { return fstest.Delay(ch, rtt) }
	}
	peer := m.Peer()
	start, s := peer.Exec, &sessions{}
	peer.Exec = func(ctx context.Context, command string) (fsys.Channel, error) {
		now := s.open.Add(1)
		if now > most {
			s.open.Add(-1)
			s.refused.Add(1)
			return nil, errors.New("no more sessions")
		}
		for top := s.top.Load(); now > top && !s.top.CompareAndSwap(top, now); top = s.top.Load() {
			continue
		}
		ch, err := start(ctx, command)
		return &counted{Channel: ch, s: s}, err
	}
	return peer, s
}

type sessions struct{ open, top, refused atomic.Int32 }

type counted struct {
	fsys.Channel
	s    *sessions
	over atomic.Bool
}

func (c *counted) Close() error {
	if !c.over.Swap(true) {
		defer c.s.open.Add(-1)
	}
	return c.Channel.Close()
}

func openPeer(tb testing.TB, peer fsys.Peer) (context.Context, fsys.FS) {
	tb.Helper()
	ctx, cancel := context.WithTimeout(tb.Context(), time.Minute)
	tb.Cleanup(cancel)
	fs, err := shellfs.Open(ctx, peer)
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() { _ = fs.Close() })
	return ctx, fs
}

func TestALongLineIsFilledOverSeveralChannels(t *testing.T) {
	for name, c := range map[string]struct {
		rtt        time.Duration
		most, want int32
	}{
		"long":                        {30 * time.Millisecond, 100, 4}, // one answers questions
		"long, one session allowed":   {30 * time.Millisecond, 1, 1},
		"long, two sessions allowed":  {30 * time.Millisecond, 2, 2},
		"long, three session allowed": {30 * time.Millisecond, 3, 3},
		"short":                       {0, 100, 0},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			m := fstest.Machine{Shell: []string{"/bin/sh", "-c"}, Env: []string{"PATH=/usr/bin:/bin"}, Dir: home(t)}
			data := fstest.Noise(9, 16<<20+12345)
			if err := os.WriteFile(filepath.Join(m.Dir, "down"), data, 0o600); err != nil {
				t.Fatal(err)
			}
			peer, seen := far(m, c.rtt, c.most)
			ctx, fs := openPeer(t, peer)
			for _, o := range []fsys.ReadOptions{{Length: -1}, {Offset: 1_234_567, Length: 7_000_001}} {
				want := data[o.Offset:]
				if o.Length >= 0 {
					want = want[:o.Length]
				}
				if got, err := fstest.Read(ctx, fs, "down", o); err != nil || !bytes.Equal(got, want) {
					t.Errorf("%+v: read %d bytes, %v; want %d", o, len(got), err, len(want))
				}
			}
			if err := fstest.Write(ctx, fs, "up", fsys.WriteOptions{New: true, Mode: 0o640}, data[:9_000_001]); err != nil {
				t.Fatal(err)
			}
			if err := fstest.Write(ctx, fs, "up", fsys.WriteOptions{Offset: 9_000_001}, data[9_000_001:]); err != nil {
				t.Fatal(err)
			}
			if got, err := os.ReadFile(filepath.Join(m.Dir, "up")); err != nil || !bytes.Equal(got, data) {
				t.Errorf("wrote %d bytes, %v; want %d", len(got), err, len(data))
			}
			if got := seen.top.Load(); got != c.want && (c.want > 0 || got > 3) { // one may be ending
				t.Errorf("%d sessions at a time, want %d", got, c.want)
			}
		})
	}
}

// BenchmarkLine gives MB/s over lines of several lengths: go test -bench Line -benchtime 1x.
func BenchmarkLine(b *testing.B) {
	const size = 64 << 20
	m := fstest.Machine{Shell: []string{"/bin/sh", "-c"}, Env: []string{"PATH=/usr/bin:/bin"}, Dir: home(b)}
	data := fstest.Noise(1, size)
	if err := os.WriteFile(filepath.Join(m.Dir, "down"), data, 0o600); err != nil {
		b.Fatal(err)
	}
	for _, rtt := range []time.Duration{0, 50 * time.Millisecond, 100 * time.Millisecond} {
		peer, _ := far(m, rtt, 100)
		_, fs := openPeer(b, peer)
		b.Run(fmt.Sprint("down ", rtt), func(b *testing.B) {
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
			b.SetBytes(size)
			for b.Loop() {
				if err := fstest.Write(b.Context(), fs, "up", fsys.WriteOptions{}, data); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

// A server has few sessions, and a terminal holds one.
func TestATransferMakesDoWithTheSessionsThereAre(t *testing.T) {
	for name, c := range map[string]struct {
		kind    realpeer.Kind
		options realpeer.Options
	}{
		"OpenSSH with two":   {realpeer.OpenSSH, realpeer.Options{MaxSessions: 2}},
		"OpenSSH with three": {realpeer.OpenSSH, realpeer.Options{MaxSessions: 3}},
		"dropbear":           {realpeer.Dropbear, realpeer.Options{}},
	} {
		t.Run(name, func(t *testing.T) {
			client := fstest.Device(t, c.kind, c.options)
			_, err := client.Shell(t.Context(), ssh.ShellOptions{Cols: 80, Rows: 24})
			if err != nil {
				t.Fatal(err)
			}
			peer := fstest.PeerOf(client)
			exec := peer.Exec
			const rtt = 40 * time.Millisecond
			peer.RoundTrip = func() time.Duration { return rtt }
			peer.Exec = func(ctx context.Context, command string) (fsys.Channel, error) {
				ch, err := exec(ctx, command)
				if err != nil {
					return nil, err
				}
				return fstest.Delay(ch, rtt), nil
			}
			ctx, fs := openPeer(t, peer)
			dir := home(t)
			data := fstest.Noise(7, 12<<20+1)
			// Two at once, and questions between: each waits for its turn.
			var work sync.WaitGroup
			for _, name := range []string{"one", "two"} {
				work.Go(func() {
					path := filepath.Join(dir, name)
					if err := fstest.Write(ctx, fs, path, fsys.WriteOptions{New: true}, data); err != nil {
						t.Error(err)
					}
					if e, err := fs.Stat(ctx, path, false); err != nil || e.Size != int64(len(data)) {
						t.Errorf("%+v, %v", e, err)
					}
					if got, err := fstest.Read(ctx, fs, path, fsys.ReadOptions{Length: -1}); err != nil || !bytes.Equal(got, data) {
						t.Errorf("read %d bytes, %v", len(got), err)
					}
				})
			}
			work.Wait()
		})
	}
}
