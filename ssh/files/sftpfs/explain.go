package sftpfs

import (
	"context"
	"errors"
	"strconv"

	"porthole/ssh/files/fsys"
	"porthole/ssh/wire"
)

// quoted shows a path in a sentence; what is no text in it is escaped.
func quoted(p string) string {
	const most = 300
	if len(p) > most {
		p = p[:most/2] + "…" + p[len(p)-most/2:]
	}
	return strconv.Quote(p)
}

// explain makes an *fsys.Error of what a request on p ended with; nil stays nil.
func (f *files) explain(ctx context.Context, op, p string, err error) error {
	if err == nil {
		return nil
	}
	var told *fsys.Error
	status, ok := statusOf(err)
	if !ok || errors.As(err, &told) {
		return explained(ctx, err)
	}
	switch status {
	case statusNoSuchFile:
		return failure(wire.CodeNotFound, err, "%s does not exist on the device.", quoted(p))
	case statusPermission:
		return failure(wire.CodePermission, err, "The SSH user may not %s %s.", verbs[op], quoted(p))
	case statusUnsupported:
		return failure(wire.CodeUnsupported, err, "The device's file service cannot %s %s.", verbs[op], quoted(p))
	default:
		return failure(wire.CodeFileFailed, err, "The device could not %s %s and gave no reason.", verbs[op], quoted(p))
	}
}

// verbs say in a sentence what was tried.
var verbs = map[string]string{
	"open": "open", "stat": "look at", "list": "list", "readlink": "read the link", "read": "read", "write": "write",
	"mkdir": "make the directory", "remove": "remove", "rmdir": "remove the directory", "rename": "rename",
	"chmod": "change the permissions of", "chown": "change the owner of", "utime": "set the time of",
	"truncate": "change the size of", "symlink": "make the link", "space": "tell the free space of", "realpath": "find",
}

func (f *files) explainRename(ctx context.Context, from, to string, err error) error {
	return f.explain(ctx, "rename", from, err)
}

var _ fsys.FS = (*files)(nil)
