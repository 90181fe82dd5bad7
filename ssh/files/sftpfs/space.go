package sftpfs

import (
	"context"
	"math/bits"

	"github.com/pkg/sftp"

	"porthole/ssh/files/fsys"
	"porthole/ssh/wire"
)

// Space implements fsys.FS, by OpenSSH's statvfs.
func (f *files) Space(ctx context.Context, p string) (fsys.Space, error) {
	if err := valid(p); err != nil {
		return fsys.Space{}, err
	}
	v, err := f.statVFS(ctx, p)
	if err != nil {
		return fsys.Space{}, f.explain(ctx, "space", p, err)
	}
	return fsys.Space{Total: product(v.Frsize, v.Blocks), Free: product(v.Frsize, v.Bavail)}, nil
}

func (f *files) statVFS(ctx context.Context, p string) (*sftp.StatVFS, error) {
	return call(ctx, f, func(l *link) (*sftp.StatVFS, error) {
		if _, ok := l.client.HasExtension("statvfs@openssh.com"); !ok {
			return nil, failure(wire.CodeUnsupported, nil, "The device does not tell how much space is free.")
		}
		return l.client.StatVFS(p)
	})
}

// product multiplies what a server says; what cannot be is the most there is.
func product(a, b uint64) int64 {
	high, low := bits.Mul64(a, b)
	if high != 0 || low > 1<<62 {
		return 1 << 62
	}
	return int64(low)
}
