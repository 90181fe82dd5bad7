package sftpfs

import (
	"context"
	"encoding/binary"
	"time"

	"porthole/ssh/files/fsys"
	"porthole/ssh/wire"
)

// Packet types and flags (draft-ietf-secsh-filexfer-02 §3, §6.3).
const (
	typeWrite   = 6
	typeLstat   = 7
	typeSetstat = 9
	typeRemove  = 13
	typeRename  = 18
	typeAttrs   = 105

	openNew = 0x02 | 0x08 | 0x20 // WRITE, CREAT, EXCL
)

// PutNew writes a small file that is not there yet, in three round trips where one step
// after the other needs seven: a server takes requests for the same file in their order
// (draft-ietf-secsh-filexfer-02 §3). Code "exists" when either is there, "unsupported"
// when it is no small file. part is a name beside p; mode 0 and modified of nil are the
// device's own.
func (f *files) PutNew(ctx context.Context, p, part string, data []byte, mode uint32, modified *time.Time) (fsys.Entry, error) {
	for _, path := range []string{p, part} {
		if err := valid(path); err != nil {
			return fsys.Entry{}, err
		}
	}
	l, err := f.link(ctx)
	if err != nil {
		return fsys.Entry{}, err
	}
	if len(data) > l.chunk {
		return fsys.Entry{}, failure(wire.CodeUnsupported, nil, "%s is too large for one step.", quoted(p))
	}
	n := &newFile{files: f, tap: l.tap, ctx: ctx, path: p, part: part}
	handle, err := n.open(mode)
	if err != nil {
		return fsys.Entry{}, err
	}
	t, err := f.up.Acquire(ctx, max(len(data), smallWeight))
	if err != nil {
		n.drop(handle)
		return fsys.Entry{}, f.explain(ctx, "write", p, err)
	}
	err = n.fill(handle, data, mode, modified)
	t.Done(err == nil)
	if err != nil {
		n.drop("")
		return fsys.Entry{}, f.explain(ctx, "write", p, err)
	}
	return n.name()
}

// newFile is a file on its way to its name.
type newFile struct {
	files      *files
	tap        *tap
	ctx        context.Context //nolint:containedctx // of the one call
	path, part string
}

// open makes the part, when nothing has the name yet.
func (n *newFile) open(mode uint32) (string, error) {
	there, err := n.tap.send(typeLstat, encoded(n.path))
	if err != nil {
		return "", n.files.explain(n.ctx, "create", n.path, err)
	}
	request := binary.BigEndian.AppendUint32(encoded(n.part), openNew)
	made, err := n.tap.send(typeOpen, append(request, attributes(mode, nil)...))
	if err != nil {
		return "", n.files.explain(n.ctx, "create", n.path, err)
	}
	found, err := receive(n.ctx, there)
	if err != nil {
		n.dropLater(made)
		return "", n.files.explain(n.ctx, "create", n.path, err)
	}
	answer, err := receive(n.ctx, made)
	if err != nil {
		n.dropLater(made)
		return "", n.files.explain(n.ctx, "create", n.path, err)
	}
	handle, err := handleOf(answer, nil)
	switch {
	case found.kind == typeAttrs:
		if err == nil {
			n.drop(handle)
		}
		return "", failure(wire.CodeExists, nil, "%s is there already. Choose another name, or replace it.", quoted(n.path))
	case err != nil && n.left(err):
		return "", failure(wire.CodeExists, err, "%s is there already. Choose another name.", quoted(n.part))
	case err != nil:
		return "", n.files.explain(n.ctx, "create", n.path, err)
	}
	return handle, nil
}

// left says whether the part could not be made since it is there: servers of version 3
// have no status for that.
func (n *newFile) left(err error) bool {
	if status, ok := statusOf(err); !ok || status != statusFailure {
		return false
	}
	_, err = n.files.stat(n.ctx, n.part, false)
	return err == nil
}

// fill writes all that the part shall have, and closes it: all of it in one flight.
func (n *newFile) fill(handle string, data []byte, mode uint32, modified *time.Time) error {
	write := binary.BigEndian.AppendUint64(encoded(handle), 0)
	write = append(binary.BigEndian.AppendUint32(write, uint32(len(data))), data...) //nolint:gosec // at most a chunk
	var answers []<-chan packet
	send := func(kind byte, payload []byte) error {
		answer, err := n.tap.send(kind, payload)
		answers = append(answers, answer)
		return err
	}
	if len(data) > 0 {
		if err := send(typeWrite, write); err != nil {
			return err
		}
	}
	if err := send(typeClose, encoded(handle)); err != nil {
		return err
	}
	// By path, behind the close, for which all servers wait: some write beside other requests.
	if mode != 0 || modified != nil {
		if err := send(typeSetstat, append(encoded(n.part), attributes(mode, modified)...)); err != nil {
			return err
		}
	}
	return n.allOK(answers)
}

// name gives the part its name, and tells what is there then.
func (n *newFile) name() (fsys.Entry, error) {
	renamed, err := n.tap.send(typeRename, append(encoded(n.part), encoded(n.path)...))
	if err != nil {
		return fsys.Entry{}, n.files.explain(n.ctx, "write", n.path, err)
	}
	looked, err := n.tap.send(typeLstat, encoded(n.path))
	if err != nil {
		return fsys.Entry{}, n.files.explain(n.ctx, "write", n.path, err)
	}
	if err := n.allOK([]<-chan packet{renamed}); err != nil {
		n.drop("")
		return fsys.Entry{}, n.files.explainRename(n.ctx, n.part, n.path, err)
	}
	p, err := receive(n.ctx, looked)
	if err != nil {
		return fsys.Entry{}, n.files.explain(n.ctx, "stat", n.path, err)
	}
	r := reader{b: p.payload}
	e := r.entry(nameOf(n.path))
	if p.kind != typeAttrs || r.bad {
		return n.files.Stat(n.ctx, n.path, false) // it says what is wrong
	}
	e.Owner, e.Group = n.files.names.of(e.UID, e.GID)
	return e, nil
}

// allOK waits for all answers, and gives the first failure.
func (n *newFile) allOK(answers []<-chan packet) error {
	var failed error
	for _, answer := range answers {
		p, err := receive(n.ctx, answer)
		if err == nil {
			if err = errGarbled; p.kind == typeStatus {
				err = statusError(p.payload)
			}
		}
		if failed == nil {
			failed = err
		}
	}
	return failed
}

// drop removes the part, of which nothing is of use; a handle is closed first.
func (n *newFile) drop(handle string) {
	if handle != "" {
		_, _ = n.tap.send(typeClose, encoded(handle))
	}
	_, _ = n.tap.send(typeRemove, encoded(n.part)) // the error that led here says more
}

// dropLater is drop for a part whose handle has not come.
func (n *newFile) dropLater(made <-chan packet) {
	n.files.work(func() {
		if p, ok := <-made; ok {
			if handle, err := handleOf(p, nil); err == nil {
				n.drop(handle)
			}
		}
	})
}

// attributes are those of a file that are wanted (§5).
func attributes(mode uint32, modified *time.Time) []byte {
	flags, out := uint32(0), make([]byte, 4, 16)
	if mode != 0 {
		flags |= hasMode
		out = binary.BigEndian.AppendUint32(out, mode&fsys.ModeBits)
	}
	if modified != nil {
		flags |= hasTimes
		seconds := uint32(max(0, min(modified.Unix(), 1<<32-1)))
		out = binary.BigEndian.AppendUint32(binary.BigEndian.AppendUint32(out, seconds), seconds)
	}
	binary.BigEndian.PutUint32(out, flags)
	return out
}
