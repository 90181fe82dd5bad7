package shellfs

import (
	"context"
	"fmt"
	"io"
	"sync"

	"porthole/ssh/files/fsys"
	"porthole/ssh/files/posix"
)

func (f *files) Read(ctx context.Context, path string, o fsys.ReadOptions) (io.ReadCloser, error) {
	if err := checkPaths(path); err != nil {
		return nil, err
	}
	if o.Special || o.Length >= 0 && o.Length < leastAsked {
		return f.readStream(ctx, path, o)
	}
	e, err := f.Stat(ctx, path, true)
	if err != nil {
		return nil, err
	}
	return f.ReadEntry(ctx, path, e, o)
}

// readStream reads by one process that writes all at once.
func (f *files) readStream(ctx context.Context, path string, o fsys.ReadOptions) (io.ReadCloser, error) {
	op := operation{"read", path}
	if o.Offset > 0 && !f.tools["dd"] && !f.tools["tail -c"] || o.Length >= 0 && !f.tools["dd"] && !f.tools["head -c"] {
		return nil, op.failure(exitUnsupported, "")
	}
	script := regular(path)
	if o.Special {
		script = "[ -d " + posix.Arg(path) + " ] && " + exit(exitIsDir) + "; "
	}
	// A line of its own tells that the file was opened, before any of its bytes.
	script += posix.Guarded("{ echo; " + f.copyRange(o.Offset, o.Length) + "; } <" + posix.Arg(path))
	start := f.start
	if o.Length < 0 {
		start = func(ctx context.Context, script string) (*process, error) { return f.startLong(ctx, ctx, script) }
	}
	p, err := start(ctx, script)
	if err != nil {
		return nil, err
	}
	s := &stream{p: p, op: op, left: o.Length}
	if _, err := io.ReadFull(p, make([]byte, 1)); err != nil {
		return nil, s.end()
	}
	return s, nil
}

// copyRange copies from standard input, a file, to standard output; what copies is the
// last process, so that it can be killed. dd's count of 0 moves the offset that it shares
// with what comes next, whichever size its blocks have.
func (f *files) copyRange(offset, length int64) string {
	if !f.tools["dd"] {
		script := fmt.Sprintf("tail -c +%d", offset+1)
		if length >= 0 {
			return fmt.Sprintf("%s | head -c %d", script, length)
		}
		return "exec " + script
	}
	script := ""
	if offset > 0 {
		script = fmt.Sprintf("dd bs=1 skip=%d count=0 2>/dev/null; ", offset)
	}
	switch {
	case length < 0:
		return script + "exec cat"
	case f.tools["dd count_bytes"]:
		return script + fmt.Sprintf("exec dd bs=256k iflag=count_bytes count=%d 2>/dev/null", length)
	case f.tools["head -c"]:
		return script + fmt.Sprintf("exec head -c %d", length)
	}
	// Blocks shrink towards the end, so that any length is few of them.
	script += "{ "
	for block := int64(256 << 10); block > 0; block /= 64 {
		if n := length / block; n > 0 {
			script += fmt.Sprintf("dd bs=%d count=%d 2>/dev/null && ", block, n)
			length %= block
		}
	}
	return script + ":; } | cat"
}

// stream is a file that is being read by one process.
type stream struct {
	p    *process
	op   operation
	left int64 // < 0: to the end

	once sync.Once
	err  error // of the end, set by once
}

func (s *stream) Read(b []byte) (int, error) {
	if s.left == 0 {
		return 0, s.end()
	}
	if s.left > 0 && int64(len(b)) > s.left {
		b = b[:s.left]
	}
	n, err := s.p.Read(b)
	if s.left > 0 {
		s.left -= int64(n)
	}
	if err != nil && n == 0 {
		return 0, s.end()
	}
	return n, nil
}

// end waits for the exit status: a stream without one was cut, and is no end of the file.
func (s *stream) end() error {
	s.once.Do(func() {
		status, stderr, err := s.p.finish()
		switch {
		case err != nil:
			s.err = err
		case status != 0:
			s.err = s.op.failure(status, stderr)
		default:
			s.err = io.EOF
		}
	})
	return s.err
}

// Close ends the process on the device too: its next write fails.
func (s *stream) Close() error {
	s.p.abandon() // first: somebody may wait for its end
	s.once.Do(func() { s.err = closedError() })
	return nil
}
