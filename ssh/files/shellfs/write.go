package shellfs

import (
	"bufio"
	"context"
	"fmt"
	"strings"
	"sync"
	"sync/atomic"

	"porthole/ssh/files/fsys"
	"porthole/ssh/files/posix"
	"porthole/ssh/wire"
)

func (f *files) Write(ctx context.Context, path string, o fsys.WriteOptions) (fsys.Writer, error) {
	if err := checkPaths(path); err != nil {
		return nil, err
	}
	if f.tools["dd fullblock"] && f.tools["dd tells"] {
		return f.writeLanes(ctx, path, o)
	}
	return f.writeStream(ctx, path, o)
}

// writeStream starts a script that prints the size of the file: first what it had, then
// once a second, at last when all is written. That is how far the bytes are known to be
// there.
func (f *files) writeStream(ctx context.Context, path string, o fsys.WriteOptions) (fsys.Writer, error) {
	op := operation{"written", path}
	p, err := f.startLong(ctx, ctx, f.writeScript(path, o))
	if err != nil {
		return nil, err
	}
	w := &writer{p: p, op: op, offset: o.Offset}
	w.confirmed.Store(o.Offset)
	w.lines = bufio.NewScanner(p)
	if !w.lines.Scan() { // not opened
		return nil, w.ended()
	}
	w.before = number(w.lines.Text())
	w.reading.Go(w.readSizes)
	return w, nil
}

func (f *files) writeScript(path string, o fsys.WriteOptions) string {
	begin, open := f.opening(path, o)
	// 3 is the channel's output, since the file takes the place of 1.
	script := begin + "exec 3>&1; { " + chmodNew(o) + "size >&3; " +
		`( while sleep 1 3>&-; do size >&3; done ) </dev/null >/dev/null 2>&1 & w=$!; `
	if o.Offset > 0 && f.tools["dd"] {
		script += fmt.Sprintf("dd bs=1 seek=%d count=0 conv=notrunc 2>/dev/null </dev/null; ", o.Offset)
	}
	return script + "cat; s=$?; kill $w; size >&3; exit $s; } 1" + open
}

// opening is what comes before a file is opened for writing, and the redirection that
// opens it, without its descriptor. $m is set when the file is to be made.
func (f *files) opening(path string, o fsys.WriteOptions) (script, open string) {
	var b strings.Builder
	fmt.Fprintf(&b, "p=%s; size() { %s; }; ", posix.Arg(path), f.sizeOf())
	// Only files: what writes to a pipe or a device is no upload.
	b.WriteString(`if [ -e "$p" ]; then [ -f "$p" ] || { [ -d "$p" ] && ` + exit(exitIsDir) + "; " + exit(exitSpecial) + "; }; ")
	if o.New {
		b.WriteString(exit(exitExists) + "; ")
	}
	b.WriteString("m=; else m=1; fi; ")
	open = `>"$p"`
	switch {
	case o.New:
		b.WriteString("set -C; ")
	case o.Offset > 0 && f.tools["dd"]:
		open = `<>"$p"`
	case o.Offset > 0:
		fmt.Fprintf(&b, `[ "$(size 2>/dev/null)" = %d ] || %s; `, o.Offset, exit(exitUnsupported))
		open = `>>"$p"`
	}
	if o.Mode != 0 {
		fmt.Fprintf(&b, "umask %03o; ", ^o.Mode&0o777)
	}
	return b.String(), open
}

// chmodNew sets the mode of a file that was made.
func chmodNew(o fsys.WriteOptions) string {
	if o.Mode == 0 {
		return ""
	}
	return fmt.Sprintf(`[ -z "$m" ] || chmod %05o "$p" || exit; `, o.Mode&fsys.ModeBits)
}

// sizeOf prints the size of the file $p.
func (f *files) sizeOf() string {
	if f.tools["stat"] {
		return `stat -L -c %s "$p"`
	}
	return `( set -- $(ls -lndL "$p"); echo $5 )`
}

// writer is a file that is being written by one process.
type writer struct {
	p              *process
	op             operation
	offset, before int64
	sent           atomic.Int64
	confirmed      atomic.Int64
	last           int64 // the size printed last; of readSizes until it ended
	lines          *bufio.Scanner
	reading        sync.WaitGroup

	once sync.Once
	err  error // of the end, set by once
}

func (w *writer) Write(b []byte) (int, error) {
	n, err := w.p.ch.Write(b)
	w.sent.Add(int64(n))
	if err != nil {
		return n, w.failed(err)
	}
	return n, nil
}

func (w *writer) Confirmed() int64 { return w.confirmed.Load() }

// readSizes follows the size that the script prints. It tells how far the file was written
// only when it had no bytes there before.
func (w *writer) readSizes() {
	for w.lines.Scan() {
		w.last = number(w.lines.Text())
		if w.before <= w.offset {
			if at := min(w.last, w.offset+w.sent.Load()); at > w.confirmed.Load() {
				w.confirmed.Store(at)
			}
		}
	}
}

// failed explains a write that the device did not take: its script knows why.
func (w *writer) failed(err error) error {
	if end := w.end(); end != nil {
		return end
	}
	return w.p.f.broken(w.p.ctx, err)
}

// Close ends the input and waits until the script wrote all.
func (w *writer) Close() error {
	_ = w.p.ch.CloseWrite() // a failure shows as a missing exit status
	return w.end()
}

func (w *writer) end() error {
	w.once.Do(func() {
		w.reading.Wait()
		if w.err = w.ended(); w.err != nil {
			return
		}
		want := w.offset + w.sent.Load()
		if w.last < want {
			w.err = &fsys.Error{
				Code: wire.CodeChanged, Err: fmt.Errorf("size %d, want %d", w.last, want),
				Message: fmt.Sprintf("%q is shorter than what was written to it: somebody else changes it, or the disk is full. Write it again.", w.op.path),
			}
			return
		}
		w.confirmed.Store(want)
	})
	return w.err
}

// ended waits for the exit status.
func (w *writer) ended() error {
	status, stderr, err := w.p.finish()
	switch {
	case err != nil:
		return err
	case status != 0:
		return w.op.failure(status, stderr)
	}
	return nil
}
