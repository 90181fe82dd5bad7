//go:build linux

package fstest

import (
	"context"
	"io"
	"sync"
	"time"

	"porthole/ssh/files/fsys"
)

// window is what an SSH channel can have on its way in each direction, in bytes: that of
// OpenSSH and of x/crypto/ssh.
const window = 2 << 20

// Delay puts a line with a round trip of rtt in front of a channel, with the flow control
// that an SSH channel has.
func Delay(ch fsys.Channel, rtt time.Duration) fsys.Channel {
	d := &delayed{Channel: ch}
	var in *io.PipeReader
	var out *io.PipeWriter
	in, d.in = io.Pipe()
	d.out, out = io.Pipe()
	carry(in, ch, rtt/2, func(error) { _ = ch.CloseWrite() })
	carry(ch.Stdout(), out, rtt/2, func(err error) { _ = out.CloseWithError(err) })
	return d
}

type delayed struct {
	fsys.Channel
	in  *io.PipeWriter
	out *io.PipeReader
}

func (d *delayed) Write(p []byte) (int, error) { return d.in.Write(p) }
func (d *delayed) CloseWrite() error           { return d.in.Close() }
func (d *delayed) Stdout() io.Reader           { return d.out }

// Wait waits for what is on its way as well.
func (d *delayed) Wait(ctx context.Context) (int, error) { return d.Channel.Wait(ctx) }

func (d *delayed) Close() error {
	_ = d.in.Close()
	_ = d.out.Close()
	return d.Channel.Close()
}

// carry copies from src to dst, each piece half a round trip later; the room that it took
// is free again another half later.
func carry(src io.Reader, dst io.Writer, half time.Duration, end func(error)) {
	type piece struct {
		due  time.Time
		data []byte
	}
	var mu sync.Mutex
	free := sync.NewCond(&mu)
	onWay := 0
	pieces, taken := make(chan piece, 1<<16), make(chan piece, 1<<16)
	var failed error // set before pieces is closed
	go func() {
		defer close(pieces)
		for {
			mu.Lock()
			for onWay >= window {
				free.Wait()
			}
			mu.Unlock()
			b := make([]byte, 32<<10)
			n, err := src.Read(b)
			if err != nil {
				failed = err
				return
			}
			mu.Lock()
			onWay += n
			mu.Unlock()
			pieces <- piece{time.Now().Add(half), b[:n]}
		}
	}()
	go func() {
		defer close(taken)
		broken := false
		for p := range pieces {
			time.Sleep(time.Until(p.due))
			if !broken {
				_, err := dst.Write(p.data)
				broken = err != nil
			}
			taken <- piece{time.Now().Add(half), p.data}
		}
		end(failed)
	}()
	go func() {
		for p := range taken {
			time.Sleep(time.Until(p.due))
			mu.Lock()
			onWay -= len(p.data)
			free.Signal()
			mu.Unlock()
		}
	}()
}
