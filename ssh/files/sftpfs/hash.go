package sftpfs

import (
	"context"

	"porthole/ssh/wire"
)

// Hash implements fsys.FS.
func (f *files) Hash(context.Context, string, int64) (string, error) {
	return "", failure(wire.CodeUnsupported, nil, "The device has no tool that hashes files.")
}
