package files

import (
	"context"
	"errors"
	"fmt"
	"time"

	"porthole/ssh/files/fsys"
	"porthole/ssh/files/sftpfs"
	"porthole/ssh/files/shellfs"
	"porthole/ssh/wire"
)

// Open reaches a device's files: over SFTP, or with tools of its shell where there is no
// SFTP.
func Open(ctx context.Context, peer fsys.Peer) (fsys.FS, error) {
	fs, noSFTP := sftpfs.Open(ctx, peer)
	if noSFTP == nil {
		return withPacking(fs, peer), nil
	}
	if ended(ctx, noSFTP) {
		return nil, noSFTP
	}
	fs, noShell := openShell(ctx, peer)
	if noShell == nil {
		return withPacking(fs, peer), nil
	}
	if ended(ctx, noShell) {
		return nil, noShell
	}
	return nil, &fsys.Error{
		Code: wire.CodeFilesRefused, Err: fmt.Errorf("%w; %w", noSFTP, noShell),
		Message: "The device offers its files neither over SFTP nor through a shell. " +
			"An SFTP subsystem in its SSH server, or a POSIX shell for this SSH user, is needed.",
	}
}

// openShell tries more than once: dropbear takes the subsystem also where it has no SFTP
// server, and may close the first channel that is opened while that one ends.
func openShell(ctx context.Context, peer fsys.Peer) (fsys.FS, error) {
	fs, err := shellfs.Open(ctx, peer)
	for _, pause := range []time.Duration{50 * time.Millisecond, 300 * time.Millisecond} {
		if err == nil || ended(ctx, err) {
			break
		}
		timer := time.NewTimer(pause)
		select {
		case <-timer.C:
		case <-ctx.Done():
			timer.Stop()
			return nil, err
		}
		fs, err = shellfs.Open(ctx, peer)
	}
	return fs, err
}

// ended says whether err tells of the end of the connection or of the wish, rather than
// of what the device has.
func ended(ctx context.Context, err error) bool {
	if ctx.Err() != nil {
		return true
	}
	switch codeOf(err) {
	case wire.CodeClosed, wire.CodeCancelled, wire.CodeIdle, wire.CodeMaxDuration, wire.CodeLoginEnded,
		wire.CodeTenantLost, wire.CodeGatewayStopping, wire.CodeKeepAliveTimeout:
		return true
	default:
		return false
	}
}

// codeOf gives the code of an error of a backend, "" when it has none.
func codeOf(err error) wire.ErrorCode {
	if e, ok := errors.AsType[*fsys.Error](err); ok {
		return e.Code
	}
	return ""
}
