// Package packed moves a file packed by gzip. What is read is packed on the device in blocks, each
// asked for by its number on the standard input of one script: so no more is on its way
// than a [pace.Pace] allows, which a stream of its own would be.
package packed

import (
	"bufio"
	"compress/gzip"
	"context"
	"fmt"
	"io"

	"porthole/ssh/files/fsys"
	"porthole/ssh/files/pace"
	"porthole/ssh/files/posix"
	"porthole/ssh/wire"
)

const (
	// block is how much of the file one block has, in bytes; on the wire it is taken for
	// a quarter, as text is.
	block, onWire = 128 << 10, block / 4
	// maxAhead bounds the blocks that are asked for.
	maxAhead = 64
	// whole stands behind each block that could be read.
	whole = "+"
)

// Read streams length bytes (< 0: to the end) of a regular file from offset.
func Read(ctx context.Context, peer fsys.Peer, p *pace.Pace, path string, offset, length int64) (io.ReadCloser, error) {
	mark, err := posix.NewMark()
	if err != nil {
		return nil, err
	}
	s, err := posix.Start(ctx, peer, mark, script(posix.Arg(path)))
	if err != nil {
		return nil, err
	}
	parent := ctx
	ctx, cancel := context.WithCancel(ctx)
	r := &stream{
		script: s, out: bufio.NewReaderSize(s, 32<<10), path: path, parent: parent, ctx: ctx, cancel: cancel,
		asked: make(chan pace.Ticket, maxAhead), skip: offset % block, left: length,
	}
	r.stop = context.AfterFunc(ctx, func() { _ = s.Close() }) // what waits for bytes ends
	go func() { _, _ = io.Copy(io.Discard, s.Stderr()) }()    // ends with the channel
	go r.ask(p, offset/block, last(offset, length))           // ends with ctx; Close waits for it
	return r, nil
}

// script packs one block after the other. A pipe's status is that of its last command: what
// dd or gzip could not do comes over a descriptor of its own, and a block counts only with
// the line behind it. Else a file that cannot be read to its end would end where it broke.
func script(file string) string {
	return `exec 3>&1; while IFS= read -r i; do exec 5<` + file + ` || exit 3; e=$({ { ` +
		fmt.Sprintf(`dd bs=%d skip="$i" count=1 <&5 2>/dev/null`, block) +
		` || echo no >&4; } | gzip -1 -c >&3 || echo no >&4; } 4>&1); [ -z "$e" ] || exit 4; echo ` + whole + `; done`
}

// last is the number of the last block that is wanted; -1: none is the last.
func last(offset, length int64) int64 {
	if length < 0 {
		return -1
	}
	return (offset + length) / block
}

// stream gives the bytes of the blocks in order.
type stream struct {
	script *posix.Script
	out    *bufio.Reader
	path   string
	parent context.Context //nolint:containedctx // the caller's, as of any stream of files
	ctx    context.Context //nolint:containedctx // until Close
	cancel context.CancelFunc
	stop   func() bool
	asked  chan pace.Ticket // one for each block asked for, in order

	// Of the reader alone.
	member *gzip.Reader
	now    *pace.Ticket // of the block being read
	got    int          // bytes of it
	skip   int64        // bytes before the first that is wanted
	left   int64        // bytes still wanted; < 0: all
	end    error
}

// ask asks for one block after the other, as far as the line has room.
func (r *stream) ask(p *pace.Pace, from, to int64) {
	defer close(r.asked)
	for i := from; to < 0 || i <= to; i++ {
		t, err := p.Acquire(r.ctx, onWire)
		if err != nil {
			return
		}
		if _, err := fmt.Fprintf(r.script, "%d\n", i); err != nil {
			t.Done(false)
			return // reading tells why
		}
		select {
		case r.asked <- t:
		case <-r.ctx.Done():
			t.Done(false)
			return
		}
	}
}

// Read implements io.Reader.
func (r *stream) Read(b []byte) (int, error) {
	for r.end == nil {
		if r.left == 0 {
			r.finish(io.EOF)
			break
		}
		if r.now == nil {
			r.next()
			continue
		}
		n, err := r.member.Read(b)
		r.got += n
		if err != nil {
			r.over(err)
		}
		if n = r.wanted(b, n); n > 0 {
			return n, nil
		}
	}
	return 0, r.end
}

// wanted cuts off what lies before and behind of what is wanted.
func (r *stream) wanted(b []byte, n int) int {
	if cut := min(r.skip, int64(n)); cut > 0 {
		r.skip -= cut
		n = copy(b, b[cut:n])
	}
	if r.left >= 0 {
		n = int(min(int64(n), r.left))
		r.left -= int64(n)
	}
	return n
}

// next begins the next block.
func (r *stream) next() {
	t, ok := <-r.asked
	if !ok {
		r.finish(r.reason(io.EOF))
		return
	}
	r.now, r.got = &t, 0
	var err error
	if r.member == nil {
		r.member, err = gzip.NewReader(r.out)
	} else {
		err = r.member.Reset(r.out)
	}
	if err != nil {
		r.finish(r.reason(err))
		return
	}
	r.member.Multistream(false)
}

// over ends a block: one that is not full is the last.
func (r *stream) over(err error) {
	if err != io.EOF || r.got > block { //nolint:errorlint // gzip's own: what a lost connection wraps is another matter
		r.finish(r.reason(err))
		return
	}
	behind := make([]byte, len(whole)+1)
	if _, err := io.ReadFull(r.out, behind); err != nil || string(behind) != whole+"\n" {
		r.finish(r.reason(err))
		return
	}
	r.now.Done(true)
	r.now = nil
	if r.got < block {
		r.finish(io.EOF)
	}
}

// reason says why there are no more bytes.
func (r *stream) reason(err error) error {
	if r.parent.Err() != nil {
		return fsys.Cancelled(r.parent)
	}
	return &fsys.Error{
		Code: wire.CodeLost, Err: err,
		Message: fmt.Sprintf("Reading %q broke off: the device could not read it to its end. Try again.", r.path),
	}
}

func (r *stream) finish(err error) {
	r.end = err
	_ = r.Close()
}

// Close ends the stream.
func (r *stream) Close() error {
	if r.end == nil {
		r.end = &fsys.Error{Code: wire.CodeClosed, Message: fmt.Sprintf("Reading %q was ended.", r.path)}
	}
	r.cancel()
	if r.stop() {
		_ = r.script.Close()
	}
	if r.now != nil {
		r.now.Done(false)
		r.now = nil
	}
	for t := range r.asked {
		t.Done(false)
	}
	return nil
}
