package sftpfs

import (
	"context"
	"encoding/binary"

	"porthole/ssh/files/fsys"
)

const (
	// smallBytes is what every server gives in one answer, in bytes.
	smallBytes = plainChunk
	// smallWeight is what a file counts for in the pace at least, in bytes: opening it keeps
	// both sides as busy. So 32 of them fit into a first window, and four while somebody types.
	smallWeight = 16 << 10
)

// ReadSmall reads a file that a listing just told of from its beginning: three requests
// and no goroutine, where ReadEntry needs four and several. ok is false for what it is not
// made for; more says that the file may go on behind data.
func (f *files) ReadSmall(ctx context.Context, p string, e fsys.Entry) (data []byte, more, ok bool, err error) {
	// Files of /proc are said to be empty, and give a line at a time.
	if e.Type != fsys.File || e.Size <= 0 || e.Size >= smallBytes {
		return nil, false, false, nil
	}
	data, err = f.readSmall(ctx, p, int(e.Size)+1)
	if err != nil {
		return nil, false, true, f.explain(ctx, "read", p, err)
	}
	// Less than it was said to have: whoever asks on sees whether that is the end.
	return data, int64(len(data)) != e.Size, true, nil
}

func (f *files) readSmall(ctx context.Context, p string, most int) ([]byte, error) {
	if err := valid(p); err != nil {
		return nil, err
	}
	l, err := f.link(ctx)
	if err != nil {
		return nil, err
	}
	handle, err := f.openSmall(ctx, l, p)
	if err != nil {
		return nil, err
	}
	defer l.closeHandle(handle)
	t, err := f.down.Acquire(ctx, max(most, smallWeight))
	if err != nil {
		return nil, err
	}
	data, err := l.readOnce(ctx, handle, most)
	t.Done(err == nil)
	return data, err
}

// openSmall opens a file for reading.
func (f *files) openSmall(ctx context.Context, l *link, p string) (string, error) {
	request := binary.BigEndian.AppendUint32(encoded(p), openRead)
	answer, err := l.tap.send(typeOpen, binary.BigEndian.AppendUint32(request, 0)) // no attributes
	if err != nil {
		return "", err
	}
	handle, err := handleOf(receive(ctx, answer))
	if err != nil && ctx.Err() != nil { // nobody waits for it any more, and the server opens it
		f.work(func() {
			if p, ok := <-answer; ok {
				if handle, err := handleOf(p, nil); err == nil {
					l.closeHandle(handle)
				}
			}
		})
	}
	return handle, err
}

// readOnce reads what one request gives from the beginning; nothing at the end of the file.
func (l *link) readOnce(ctx context.Context, handle string, most int) ([]byte, error) {
	request := binary.BigEndian.AppendUint64(encoded(handle), 0)
	answer, err := l.tap.send(typeRead, binary.BigEndian.AppendUint32(request, uint32(most))) //nolint:gosec // at most smallBytes
	if err != nil {
		return nil, err
	}
	p, err := receive(ctx, answer)
	if err != nil {
		return nil, err
	}
	if p.kind == typeStatus {
		if len(p.payload) >= 4 && binary.BigEndian.Uint32(p.payload) == statusEOF {
			return nil, nil
		}
		if err := statusError(p.payload); err != nil {
			return nil, err
		}
		return nil, errGarbled
	}
	r := reader{b: p.payload}
	data := r.take(int(r.uint32()))
	if p.kind != typeData || r.bad || len(data) > most {
		return nil, errGarbled
	}
	return data, nil
}

// closeHandle says that a handle is not needed any more; the answer says nothing of use.
func (l *link) closeHandle(handle string) { _, _ = l.tap.send(typeClose, encoded(handle)) }

// handleOf is the handle that was answered.
func handleOf(p packet, err error) (string, error) {
	if err != nil {
		return "", err
	}
	r := reader{b: p.payload}
	switch p.kind {
	case typeHandle:
		if handle := r.string(); !r.bad {
			return handle, nil
		}
	case typeStatus:
		if err := statusError(p.payload); err != nil {
			return "", err
		}
	}
	return "", errGarbled
}
