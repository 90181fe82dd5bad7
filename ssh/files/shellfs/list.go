package shellfs

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"

	"porthole/ssh/files/fsys"
	"porthole/ssh/files/posix"
	"porthole/ssh/wire"
)

const (
	listBatch = 256       // entries handed over at a time
	maxRecord = 64 << 10  // a name, a target and numbers, in bytes; a hostile device sends more
	maxOutput = 512 << 20 // of a listing: MaxEntries of the longest names and targets
)

// listEnd is the record behind the last. What lists may be killed half-way, for want of
// memory perhaps, and others that go on make one stream of it: what came looks like all.
const listEnd = "end"

// allListed prints listEnd, unless the command before it was killed, or xargs says that it
// was.
func allListed(mark string) string { return "[ $? -lt 124 ] && echo " + listEnd + mark + "; exit 0" }

// errEnough ends a listing at its bound.
var errEnough = errors.New("too many entries")

// enter goes into a directory. When that fails, ls says why: cd of some shells does not.
func enter(path string) string {
	return "cd -P " + posix.Arg(path) + " 2>/dev/null || { ls -lnd " + posix.Arg(under(path, ".")) + " >/dev/null && " + exit(exitPermission) + "; exit 1; }; " +
		"[ -r . ] || " + exit(exitPermission) + "; "
}

func (f *files) List(ctx context.Context, path string, each func([]fsys.Entry) error) error {
	o := operation{"listed", path}
	if err := checkPaths(path); err != nil {
		return err
	}
	script, parser := f.lister()
	p, err := f.start(ctx, enter(path)+posix.Guarded("{ "+script+"; } | cat"))
	if err != nil {
		return err
	}
	l := &listing{each: each, parser: parser}
	err = l.read(p, f.mark)
	switch {
	case err == nil:
	case errors.Is(err, errEnough):
		p.abandon()
		return o.tooMany()
	case l.stopped:
		p.abandon()
		return err
	case errors.Is(err, errRecord), errors.Is(err, bufio.ErrTooLong):
		p.abandon()
		return o.error(wire.CodeFileFailed, err, "")
	}
	status, stderr, err := p.finish()
	if err != nil {
		return err
	}
	if status != 0 {
		return o.failure(status, stderr)
	}
	if !l.whole {
		return o.cutShort()
	}
	return f.listAgain(ctx, path, l)
}

func (o operation) tooMany() *fsys.Error {
	return &fsys.Error{
		Code:    wire.CodeTooMany,
		Message: fmt.Sprintf("%q has more than %d entries; the list ends there. Use the terminal to look for what you need.", o.path, fsys.MaxEntries),
	}
}

func (o operation) cutShort() *fsys.Error {
	return &fsys.Error{
		Code:    wire.CodeFileFailed,
		Message: fmt.Sprintf("%q was listed in part only: the device ended the command, for want of memory perhaps. Try again.", o.path),
	}
}

// parser makes entries of the records of one kind of listing.
type parser interface {
	// record reads one, without the mark at its end; add takes what came out.
	record(record []byte, add func(fsys.Entry) error) error
}

// errRecord means that the device sent no listing.
var errRecord = errors.New("a record that no listing has")

// listing gathers entries into batches.
type listing struct {
	each    func([]fsys.Entry) error
	parser  parser
	batch   []fsys.Entry
	count   int
	stopped bool // by each
	whole   bool // the device said that this is all
}

// read takes records, each ended by mark and a line feed, until the end.
func (l *listing) read(r io.Reader, mark string) error {
	bounded := &io.LimitedReader{R: r, N: maxOutput}
	records := bufio.NewScanner(bounded)
	records.Buffer(make([]byte, 0, 64<<10), l.largest())
	records.Split(splitAt([]byte(mark + "\n")))
	for records.Scan() {
		if string(records.Bytes()) == listEnd {
			l.whole = true
			continue
		}
		if err := l.parser.record(records.Bytes(), l.add); err != nil {
			return err
		}
	}
	if err := records.Err(); err != nil {
		return err
	}
	if err := l.flush(); err != nil || bounded.N > 0 {
		return err
	}
	return errEnough
}

func (l *listing) largest() int {
	if p, ok := l.parser.(interface{ largest() int }); ok {
		return p.largest()
	}
	return maxRecord
}

func (l *listing) add(e fsys.Entry) error {
	if !fsys.IsName(e.Name) {
		return nil
	}
	if l.count++; l.count > fsys.MaxEntries {
		if err := l.flush(); err != nil {
			return err
		}
		return errEnough
	}
	l.batch = append(l.batch, e)
	if len(l.batch) < listBatch {
		return nil
	}
	return l.flush()
}

func (l *listing) flush() error {
	if len(l.batch) == 0 {
		return nil
	}
	batch := l.batch
	l.batch = nil // each may keep it
	if err := l.each(batch); err != nil {
		l.stopped = true
		return err
	}
	return nil
}
