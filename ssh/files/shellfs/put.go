package shellfs

import (
	"context"
	"fmt"
	"io"
	"strings"
	"time"

	"porthole/ssh/files/fsys"
	"porthole/ssh/files/posix"
)

// PutNew writes a file that is not there yet, all steps in one script: part, mode and time,
// then its name. Code "exists" when either is there. part is a name beside path; mode 0
// and modified of nil are the device's own.
func (f *files) PutNew(ctx context.Context, path, part string, data []byte, mode uint32, modified *time.Time) (fsys.Entry, error) {
	o := operation{"written", path}
	if err := checkPaths(path, part); err != nil {
		return fsys.Entry{}, err
	}
	q := posix.Arg(part)
	var b strings.Builder
	b.WriteString(free(path))
	if mode != 0 {
		fmt.Fprintf(&b, "umask %03o; ", ^mode&0o777)
	}
	// The size tells an end of input that is one of the connection.
	fmt.Fprintf(&b, "set -C; : >%s || exit; set +C; p=%s; drop() { s=$?; rm -f %s; exit $s; }; ", q, q, q)
	fmt.Fprintf(&b, `cat >%s || drop; [ "$( %s )" = %d ] || drop; `, q, f.sizeOf(), len(data))
	if mode != 0 {
		fmt.Fprintf(&b, "chmod %05o %s || drop; ", mode&fsys.ModeBits, q)
	}
	if modified != nil {
		b.WriteString(f.touch(q, *modified) + " || drop; ")
	}
	fmt.Fprintf(&b, "( %s ) || drop; ", f.rename(part, path, false))
	b.WriteString(f.statOne(path, false))
	p, err := f.start(ctx, b.String())
	if err != nil {
		return fsys.Entry{}, err
	}
	if len(data) > 0 {
		_, _ = p.ch.Write(data) // the script knows why it did not take it
	}
	_ = p.ch.CloseWrite()                                 // likewise
	answer, _ := io.ReadAll(io.LimitReader(p, maxAnswer)) // finish knows why it ended
	status, stderr, err := p.finish()
	switch {
	case err != nil:
		return fsys.Entry{}, err
	case status != 0:
		return fsys.Entry{}, o.failure(status, stderr)
	}
	about, _, _ := strings.Cut(string(answer), f.mark+"\n")
	e, err := f.readOne(path, about)
	if err != nil {
		return fsys.Entry{}, o.failure(1, err.Error())
	}
	return e, nil
}
