package files

import (
	"context"

	"porthole/ssh/files/follow"
	"porthole/ssh/files/fsys"
	"porthole/ssh/wire"
)

// Follow gives what is appended to a file from now on, after its last lines: see
// [follow.Start]. A program of the device knows no limits, so fs is asked here; how large a
// log has grown does not matter to who reads its end.
func Follow(ctx context.Context, peer fsys.Peer, fs fsys.FS, p string, lines int) (fsys.Channel, error) {
	f, ok := fs.(*limited)
	if !ok {
		return follow.Start(ctx, peer, fs, p, lines)
	}
	if _, err := f.check(ctx, p, toRead, true); err != nil {
		return nil, err
	}
	limits := f.limits
	limits.MaxBytes = 0
	fs = Limited(f.fs, limits)
	if !f.hides() {
		return follow.Start(ctx, peer, fs, p, lines)
	}
	at, err := f.real(ctx, p, false)
	if err != nil {
		return nil, err
	}
	fixed, err := f.fixed(ctx, at)
	if err != nil {
		return nil, err
	}
	if !fixed {
		peer.Exec = nil // the file is read, again and again, within the limits
	}
	return follow.Start(ctx, peer, fs, at, lines)
}

// fixed says whether nobody within the limits can put a link to another file in the place
// of p, which is real but for its last element.
func (f *limited) fixed(ctx context.Context, p string) (bool, error) {
	real, err := f.real(ctx, p, true)
	if err != nil {
		return false, err
	}
	for _, at := range []string{p, real} {
		_, err := f.check(ctx, at, toWrite, false)
		if codeOf(err) != wire.CodeNotAllowed {
			return false, err
		}
	}
	return true, nil
}
