package sftpfs

import (
	"context"
	"errors"
	"path"
	"strings"
	"time"

	"porthole/ssh/files/fsys"
	"porthole/ssh/wire"
)

// quoted shows a path in a sentence; what is no text in it is escaped.
func quoted(p string) string { return fsys.Quoted(p) }

// verbs say in a sentence what was tried.
var verbs = map[string]string{
	"open": "open", "stat": "look at", "list": "list", "readlink": "read the link", "read": "read", "write": "write", "create": "make",
	"mkdir": "make the directory", "remove": "remove", "rmdir": "remove the directory", "rename": "rename",
	"chmod": "change the permissions of", "chown": "change the owner of", "utime": "set the time of",
	"truncate": "change the size of", "symlink": "make the link", "space": "tell the free space of", "realpath": "find",
}

const (
	// nameMax and pathMax are Linux's bounds of a name and of a path, in bytes.
	nameMax, pathMax = 255, 4095
	// askWait bounds the questions that find out what a bare "failure" means.
	askWait = 10 * time.Second
	// fullBelow is how many free bytes a file system has that is called full.
	fullBelow = 1 << 20
	// readOnlyFlag is ST_RDONLY of statvfs (OpenSSH's PROTOCOL §4.4).
	readOnlyFlag = 1
)

// explain makes an *fsys.Error of what a request on p ended with; nil stays nil. SFTP
// knows few reasons, so what a server's means is found out by looking.
func (f *files) explain(ctx context.Context, op, p string, err error) error {
	if err == nil {
		return nil
	}
	var told *fsys.Error
	status, ok := statusOf(err)
	if !ok || ctx.Err() != nil || errors.As(err, &told) {
		return explained(ctx, err)
	}
	ctx, cancel := context.WithTimeout(ctx, askWait)
	defer cancel()
	if tooLong(p) {
		return failure(wire.CodeNameTooLong, err, "The name or path %s is longer than the device allows.", quoted(p))
	}
	switch status {
	case statusNoSuchFile:
		return f.explainMissing(ctx, op, p, err)
	case statusPermission:
		return failure(wire.CodePermission, err, "The SSH user may not %s %s.", verbs[op], quoted(p))
	case statusUnsupported:
		return failure(wire.CodeUnsupported, err, "The device's file service cannot %s %s.", verbs[op], quoted(p))
	case statusConnectionLost:
		return failure(wire.CodeLost, err, "The device's file service ended. Try again.")
	}
	if e := byText(p, err); e != nil {
		return e
	}
	if e := f.explainFailure(ctx, op, p, err); e != nil {
		return e
	}
	return failure(wire.CodeFileFailed, err, "The device could not %s %s and gave no reason.", verbs[op], quoted(p))
}

func tooLong(p string) bool {
	if len(p) > pathMax {
		return true
	}
	for name := range strings.SplitSeq(p, "/") {
		if len(name) > nameMax {
			return true
		}
	}
	return false
}

// explainMissing tells apart what servers call "no such file": ENOENT, ENOTDIR and ELOOP.
func (f *files) explainMissing(ctx context.Context, op, p string, err error) *fsys.Error {
	if e, serr := f.stat(ctx, p, false); serr == nil {
		switch {
		case e.Type == fsys.Link && f.circular(ctx, p):
			return failure(wire.CodeLinkLoop, err, "The link %s leads in a circle.", quoted(p))
		case e.Type == fsys.Link:
			return failure(wire.CodeNotFound, err, "The link %s leads nowhere: what it names does not exist.", quoted(p))
		case op == "list" || op == "rmdir":
			return failure(wire.CodeNotDir, err, "%s is no directory.", quoted(p))
		}
	}
	for dir := path.Dir(f.absolute(p)); ; dir = path.Dir(dir) {
		e, serr := f.stat(ctx, dir, true)
		if serr == nil {
			if e.Type != fsys.Dir {
				return failure(wire.CodeNotDir, err, "%s is no directory, so there is no %s.", quoted(dir), quoted(p))
			}
			break
		}
		if status, _ := statusOf(serr); status != statusNoSuchFile || dir == "/" {
			break
		}
	}
	return failure(wire.CodeNotFound, err, "%s does not exist on the device.", quoted(p))
}

// circular follows a link as far as Linux would.
func (f *files) circular(ctx context.Context, p string) bool {
	_, err := f.resolve(ctx, f.absolute(p))
	var e *fsys.Error
	return errors.As(err, &e) && e.Code == wire.CodeLinkLoop
}

// explainFailure finds out what OpenSSH's bare "Failure" stands for; nil when it cannot.
func (f *files) explainFailure(ctx context.Context, op, p string, err error) *fsys.Error {
	e, serr := f.stat(ctx, p, false)
	there := serr == nil
	switch op {
	case "mkdir", "symlink", "create":
		if there {
			return failure(wire.CodeExists, err, "%s is there already. Choose another name.", quoted(p))
		}
	case "rmdir":
		if there && e.Type == fsys.Dir && !f.empty(ctx, p) {
			return failure(wire.CodeNotEmpty, err, "The directory %s is not empty.", quoted(p))
		}
	case "list":
		if there && e.Type != fsys.Dir {
			return failure(wire.CodeNotDir, err, "%s is no directory.", quoted(p))
		}
	case "read", "write", "truncate":
		if there && e.Type == fsys.Dir {
			return failure(wire.CodeIsDir, err, "%s is a directory.", quoted(p))
		}
	case "readlink":
		if there && e.Type != fsys.Link {
			return failure(wire.CodeInvalid, err, "%s is no link.", quoted(p))
		}
	}
	return f.explainSpace(ctx, op, p, err)
}

// explainSpace tells of a file system that is full or mounted read-only.
func (f *files) explainSpace(ctx context.Context, op, p string, err error) *fsys.Error {
	switch op {
	case "write", "create", "mkdir", "symlink", "rename", "truncate", "remove", "rmdir", "chmod", "chown", "utime":
	default:
		return nil
	}
	v, verr := f.statVFS(ctx, p)
	if verr != nil {
		v, _ = f.statVFS(ctx, path.Dir(f.absolute(p)))
	}
	switch {
	case v == nil:
		return nil
	case v.Flag&readOnlyFlag != 0:
		return failure(wire.CodeReadOnly, err, "%s is on a file system that is mounted read-only.", quoted(p))
	case op == "remove" || op == "rmdir" || op == "chmod" || op == "chown" || op == "utime":
		return nil
	case v.Blocks > 0 && product(v.Frsize, v.Bavail) < fullBelow || v.Files > 0 && v.Favail == 0:
		return failure(wire.CodeNoSpace, err,
			"The device's disk is full, so %s could not be written any further. What arrived is kept: free some space there, then go on.", quoted(p))
	default:
		return nil
	}
}

// empty says whether a directory has nothing in it.
func (f *files) empty(ctx context.Context, dir string) bool {
	found := errors.New("something")
	return f.List(ctx, dir, func([]fsys.Entry) error { return found }) == nil
}

// explainRename is explain for two paths.
func (f *files) explainRename(ctx context.Context, from, to string, err error) error {
	var told *fsys.Error
	status, ok := statusOf(err)
	switch {
	case err == nil || !ok || ctx.Err() != nil || errors.As(err, &told):
		return f.explain(ctx, "rename", from, err)
	case tooLong(to):
		return f.explain(ctx, "rename", to, err)
	case status == statusNoSuchFile:
		if _, serr := f.stat(ctx, from, false); serr == nil {
			return f.explain(ctx, "rename", to, err)
		}
	case status == statusPermission:
		return failure(wire.CodePermission, err, "The SSH user may not rename %s to %s.", quoted(from), quoted(to))
	case status == statusFailure:
		if e := f.explainReplaced(ctx, from, to, err); e != nil {
			return e
		}
	}
	return f.explain(ctx, "rename", from, err)
}

func (f *files) explainReplaced(ctx context.Context, from, to string, err error) *fsys.Error {
	source, serr := f.stat(ctx, from, false)
	target, terr := f.stat(ctx, to, false)
	if serr != nil {
		terr = serr
	}
	switch {
	case terr == nil && target.Type == fsys.Dir && source.Type != fsys.Dir:
		return failure(wire.CodeIsDir, err, "%s is a directory.", quoted(to))
	case terr == nil && target.Type == fsys.Dir && !f.empty(ctx, to):
		return failure(wire.CodeNotEmpty, err, "The directory %s is there already and is not empty.", quoted(to))
	case terr == nil && source.Type == fsys.Dir && target.Type != fsys.Dir:
		return failure(wire.CodeNotDir, err, "%s is no directory.", quoted(to))
	case strings.HasPrefix(f.absolute(to)+"/", f.absolute(from)+"/"):
		return failure(wire.CodeInvalid, err, "The directory %s cannot be moved into itself.", quoted(from))
	}
	a, aerr := f.statVFS(ctx, from)
	b, berr := f.statVFS(ctx, path.Dir(f.absolute(to)))
	if aerr == nil && berr == nil && a.Fsid != b.Fsid {
		return failure(wire.CodeFileFailed, err,
			"%s is on another file system than %s, so it cannot be renamed to there. Copy it by download and upload instead.", quoted(from), quoted(to))
	}
	return nil
}
