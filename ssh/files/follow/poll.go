package follow

import (
	"bytes"
	"context"
	"errors"
	"io"
	"strings"
	"sync"
	"time"

	"porthole/ssh/files/fsys"
	"porthole/ssh/wire"
)

const (
	every   = time.Second
	maxLast = 1 << 20 // where the last lines are looked for, in bytes
)

// poll follows a file by asking for its size.
type poll struct {
	fs   fsys.FS
	path string
	at   int64 // up to where the file was read

	out  *io.PipeReader
	in   *io.PipeWriter
	life context.Context //nolint:containedctx // ended by Close
	end  context.CancelFunc
	work sync.WaitGroup
	done chan struct{}
	err  error // why it ended; set before done is closed
}

func startPoll(ctx context.Context, fs fsys.FS, path string, lines int) (*poll, error) {
	p := &poll{fs: fs, path: path, done: make(chan struct{})}
	last, err := p.lastLines(ctx, lines)
	if err != nil {
		return nil, err
	}
	p.out, p.in = io.Pipe()
	p.life, p.end = context.WithCancel(context.WithoutCancel(ctx))
	p.work.Go(func() {
		p.err = p.run(last)
		_ = p.in.CloseWithError(io.EOF)
		close(p.done)
	})
	return p, nil
}

// lastLines reads the end of the file.
func (p *poll) lastLines(ctx context.Context, lines int) ([]byte, error) {
	e, err := p.fs.Stat(ctx, p.path, true)
	if err != nil {
		return nil, err
	}
	if p.at = e.Size; lines == 0 {
		return nil, nil
	}
	from := max(0, e.Size-maxLast)
	r, err := p.fs.Read(ctx, p.path, fsys.ReadOptions{Offset: from, Length: e.Size - from})
	if err != nil {
		return nil, err
	}
	defer func() { _ = r.Close() }()
	data, err := io.ReadAll(r)
	if err != nil {
		return nil, err
	}
	start := len(data)
	if start > 0 && data[start-1] == '\n' {
		start--
	}
	for ; lines > 0 && start >= 0; lines-- {
		start = bytes.LastIndexByte(data[:start], '\n')
	}
	return data[start+1:], nil
}

// run writes what is new into the pipe until the end.
func (p *poll) run(last []byte) error {
	if _, err := p.in.Write(last); err != nil {
		return errClosed
	}
	timer := time.NewTimer(every)
	defer timer.Stop()
	for {
		select {
		case <-p.life.Done():
			return errClosed
		case <-timer.C:
		}
		if err := p.look(); err != nil {
			return err
		}
		timer.Reset(every)
	}
}

// look reads what was appended since.
func (p *poll) look() error {
	e, err := p.fs.Stat(p.life, p.path, true)
	var known *fsys.Error
	switch {
	case errors.As(err, &known) && known.Code == wire.CodeNotFound: // being rotated
		p.at = 0
		return nil
	case err != nil:
		return err
	case e.Type != fsys.File || e.Size == p.at:
		return nil
	case e.Size < p.at: // cut, or another file
		p.at = 0
	}
	r, err := p.fs.Read(p.life, p.path, fsys.ReadOptions{Offset: p.at, Length: -1})
	if err != nil {
		if errors.As(err, &known) && known.Code == wire.CodeNotFound {
			return nil
		}
		return err
	}
	n, err := io.Copy(p.in, r)
	p.at += n
	_ = r.Close() // err says what matters
	return err
}

func (p *poll) Write(b []byte) (int, error) { return len(b), nil }
func (p *poll) CloseWrite() error           { return nil }
func (p *poll) Stdout() io.Reader           { return p.out }
func (p *poll) Stderr() io.Reader           { return strings.NewReader("") }

// Wait tells why it ended: there is no exit status.
func (p *poll) Wait(ctx context.Context) (int, error) {
	select {
	case <-p.done:
		return -1, p.err
	case <-ctx.Done():
		return -1, ctx.Err()
	}
}

func (p *poll) Close() error {
	p.end()
	_ = p.out.Close()
	p.work.Wait()
	return nil
}
