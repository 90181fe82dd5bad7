package packed

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"sync"
	"time"

	"porthole/ssh/files/fsys"
	"porthole/ssh/files/pace"
	"porthole/ssh/files/posix"
	"porthole/ssh/files/shellfs"
	"porthole/ssh/wire"
)

// maxUnheard bounds the members whose answer is awaited.
const maxUnheard = 1024

// errNotPacked means that the device lacks what unpacking needs.
var errNotPacked = errors.New("the device cannot unpack while it writes")

// Write takes a stream for a file that is there, from offset on; the bytes before are kept.
// An error means that nothing was written: it may be tried another way.
func Write(ctx context.Context, peer fsys.Peer, p *pace.Pace, path string, offset int64) (fsys.PackedWriter, error) {
	mark, err := posix.NewMark()
	if err != nil {
		return nil, err
	}
	// dd reads as much as it is told, in however many pieces it comes. gzip's status counts,
	// and it writes where the one before it stopped.
	script := "[ -f " + posix.Arg(path) + ` ] && [ "$(printf abcde | dd bs=4 count=1 iflag=fullblock 2>/dev/null)" = abcd ] && ` +
		"printf a | gzip -1 -c | gzip -d -c >/dev/null && exec 5<>" + posix.Arg(path) + " || exit; " +
		fmt.Sprintf("dd bs=1 seek=%d count=0 conv=notrunc 2>/dev/null </dev/null >&5 || exit; echo; ", offset) +
		// "r" stands behind the size of what is not packed.
		`while IFS=" " read -r n r; do if [ -n "$r" ]; then ` +
		`e=$( dd bs="$n" count=1 iflag=fullblock conv=notrunc 2>&1 >&5 ); case $?/$e in "0/1+0 "*) ;; *) printf "%s\n" "$e" >&2; exit 1;; esac; ` +
		`else dd bs="$n" count=1 iflag=fullblock 2>/dev/null | gzip -d -c >&5 || exit; fi; echo; done`
	s, err := posix.Start(ctx, peer, mark, script)
	if err != nil {
		return nil, err
	}
	w := &writer{
		script: s, path: path, pace: p, ctx: ctx, next: offset, confirmed: offset,
		unheard: make(chan member, maxUnheard), over: make(chan struct{}), errText: make(chan []byte, 1),
	}
	w.stop = context.AfterFunc(ctx, func() { _ = s.Close() }) // what waits for the device ends
	out := bufio.NewReaderSize(s, 512)
	go w.readErrors() // ends with the channel
	if err := answer(out); err != nil {
		w.tidy()
		if ctx.Err() != nil {
			return nil, fsys.Cancelled(ctx)
		}
		return nil, errors.Join(errNotPacked, err)
	}
	go w.hear(out) // ends with the channel; Close waits for it
	return w, nil
}

// member is what was written and not answered yet.
type member struct {
	end    int64 // offset behind it in the file
	ticket pace.Ticket
}

type writer struct {
	script  *posix.Script
	path    string
	pace    *pace.Pace
	ctx     context.Context //nolint:containedctx // of the whole stream
	stop    func() bool
	unheard chan member
	over    chan struct{} // closed when hear has ended
	errText chan []byte

	// Of the writing goroutine alone.
	next   int64
	closed bool

	mu        sync.Mutex
	confirmed int64
	err       error
}

// answer reads an empty line.
func answer(out *bufio.Reader) error {
	b, err := out.ReadByte()
	if err == nil && b != '\n' {
		return fmt.Errorf("it says %q", b)
	}
	return err
}

// hear follows what is unpacked and written.
func (w *writer) hear(out *bufio.Reader) {
	defer close(w.over)
	for m := range w.unheard {
		err := w.failed()
		if err == nil {
			err = answer(out)
		}
		m.ticket.Done(err == nil)
		w.mu.Lock()
		if err == nil {
			w.confirmed = m.end
		} else if w.err == nil {
			w.err = err
		}
		w.mu.Unlock()
		if err != nil {
			_, _ = io.Copy(io.Discard, out) // until the script has ended, and can say why
		}
	}
}

func (w *writer) failed() error {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.err
}

// Confirmed implements fsys.Writer.
func (w *writer) Confirmed() int64 {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.confirmed
}

// Write implements io.Writer: the bytes go as they are.
func (w *writer) Write(b []byte) (int, error) {
	for from := 0; from < len(b); from += mostRaw {
		part := b[from:min(from+mostRaw, len(b))]
		if err := w.send(part, len(part), " r"); err != nil {
			return from, err
		}
	}
	return len(b), nil
}

// mostRaw is how much goes at once, in bytes: dd holds it.
const mostRaw = 256 << 10

// Packs implements fsys.PackedWriter.
func (w *writer) Packs() bool { return true }

// WritePacked implements fsys.PackedWriter.
func (w *writer) WritePacked(member []byte, size int) error { return w.send(member, size, "") }

// send sends data that is size bytes of the file.
func (w *writer) send(data []byte, size int, kind string) error {
	if w.closed {
		return &fsys.Error{Code: wire.CodeClosed, Message: "The file was closed. Open it again."}
	}
	if w.failed() != nil {
		return w.reason()
	}
	t, err := w.pace.Acquire(w.ctx, len(data))
	if err != nil {
		return fsys.Cancelled(w.ctx)
	}
	w.next += int64(size)
	select {
	case w.unheard <- member{w.next, t}:
	case <-w.ctx.Done():
		t.Done(false)
		return fsys.Cancelled(w.ctx)
	}
	if _, err = fmt.Fprintf(w.script, "%d%s\n", len(data), kind); err == nil {
		_, err = w.script.Write(data)
	}
	if err != nil {
		w.mu.Lock()
		if w.err == nil {
			w.err = err
		}
		w.mu.Unlock()
		return w.reason()
	}
	return nil
}

// Close implements fsys.Writer.
func (w *writer) Close() error {
	if w.closed {
		return w.failed()
	}
	w.closed = true
	close(w.unheard)
	_ = w.script.CloseWrite() // a failure shows as a missing answer
	select {
	case <-w.over:
	case <-w.ctx.Done():
	}
	if w.ctx.Err() == nil && w.failed() == nil && w.Confirmed() == w.next {
		w.tidy()
		return nil
	}
	return w.reason()
}

// reason says why the device did not take it, and ends the script.
func (w *writer) reason() error {
	if w.ctx.Err() != nil {
		w.tidy()
		return fsys.Cancelled(w.ctx)
	}
	ctx, cancel := context.WithTimeout(w.ctx, patience)
	defer cancel()
	_ = w.script.CloseWrite() // it may have ended already
	status, err := w.script.Wait(ctx)
	var said []byte
	select {
	case said = <-w.errText:
		w.errText <- said // for whoever asks again
	case <-ctx.Done():
	}
	w.tidy()
	if err != nil || status <= 0 {
		return &fsys.Error{
			Code: wire.CodeLost, Err: errors.Join(err, w.failed()),
			Message: fmt.Sprintf("The connection to the device broke, or the device ended the command that wrote %q. Connect again and go on.", w.path),
		}
	}
	return shellfs.Failure("written", w.path, status, w.script.AfterMark(said))
}

// patience is how long a script that failed may take to say why.
const patience = 5 * time.Second

func (w *writer) tidy() {
	w.stop()
	_ = w.script.Close() // ends who reads from it
}

// maxErrors is how much of what the script complains about is kept, in bytes.
const maxErrors = 8 << 10

func (w *writer) readErrors() {
	text, _ := io.ReadAll(io.LimitReader(w.script.Stderr(), maxErrors))
	w.errText <- text
	_, _ = io.Copy(io.Discard, w.script.Stderr())
}
