package sftpfs

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/pkg/sftp"

	"porthole/ssh/files/fsys"
	"porthole/ssh/wire"
)

// SFTP status codes (draft-ietf-secsh-filexfer-02 §7) that pkg/sftp hands on as they are.
const (
	statusOK             = 0
	statusEOF            = 1
	statusNoSuchFile     = 2
	statusPermission     = 3
	statusFailure        = 4
	statusBadMessage     = 5
	statusConnectionLost = 7
	statusUnsupported    = 8
)

func failure(code wire.ErrorCode, err error, format string, args ...any) *fsys.Error {
	return &fsys.Error{Code: code, Message: fmt.Sprintf(format, args...), Err: err}
}

// refusal is a STATUS packet that answered a request of our own; pkg/sftp's are
// *sftp.StatusError.
type refusal struct {
	status uint32
	text   string
}

func (r *refusal) Error() string { return fmt.Sprintf("SFTP status %d: %.200q", r.status, r.text) }

// statusOf gives the status code of an error of pkg/sftp; ok is false when it has none.
func statusOf(err error) (status uint32, ok bool) {
	var s *sftp.StatusError
	var r *refusal
	switch {
	case errors.As(err, &r):
		return r.status, true
	case errors.As(err, &s):
		return s.Code, true
	case errors.Is(err, os.ErrNotExist):
		return statusNoSuchFile, true
	case errors.Is(err, os.ErrPermission):
		return statusPermission, true
	case atEnd(err):
		return statusEOF, true
	default:
		return 0, false
	}
}

// atEnd tells whether the server said that a file ends. An error that wraps io.EOF is of
// a request that could not be sent any more: the connection ended, and not the file.
func atEnd(err error) bool {
	return err == io.EOF //nolint:errorlint // see above
}

// texts are how servers that are not OpenSSH's tell what SFTP has no status for: strerror's.
var texts = []struct {
	text string
	code wire.ErrorCode
	say  string
}{
	{"no space left", wire.CodeNoSpace, "The device's disk is full, so %s could not be written any further. What arrived is kept: free some space there, then go on."},
	{"quota exceeded", wire.CodeNoSpace, "The SSH user's quota on the device is used up, so %s could not be written any further. What arrived is kept: free some space there, then go on."},
	{"read-only file system", wire.CodeReadOnly, "%s is on a file system that is mounted read-only."},
	{"file exists", wire.CodeExists, "%s is there already. Choose another name."},
	{"directory not empty", wire.CodeNotEmpty, "The directory %s is not empty."},
	{"not a directory", wire.CodeNotDir, "%s is no directory, or lies below what is none."},
	{"is a directory", wire.CodeIsDir, "%s is a directory."},
	{"too many levels of symbolic links", wire.CodeLinkLoop, "%s leads in a circle."},
	{"file name too long", wire.CodeNameTooLong, "The name or path %s is longer than the device allows."},
}

// byText gives what a server said in words; nil when it said nothing known.
func byText(p string, err error) *fsys.Error {
	said := err.Error()
	if at := strings.LastIndexByte(said, ':'); at >= 0 {
		said = said[at:] // before it may be the path, which says anything
	}
	said = strings.ToLower(said)
	for _, t := range texts {
		if strings.Contains(said, t.text) {
			return failure(t.code, err, t.say, quoted(p))
		}
	}
	return nil
}

// lost says whether err means that the channel is gone, rather than that the server refused.
func lost(err error) bool {
	status, ok := statusOf(err)
	return !ok || status == statusConnectionLost || status == 6
}

// connectionError is what went wrong with the connection below.
type connectionError interface {
	error
	Explain() (code wire.ErrorCode, message string)
}

// explained gives the *fsys.Error of an error of the connection, or of the person's.
func explained(ctx context.Context, err error) *fsys.Error {
	var e *fsys.Error
	var coded connectionError
	switch {
	case errors.As(err, &e):
		return e
	case ctx.Err() != nil:
		return fsys.Cancelled(ctx)
	case errors.As(err, &coded):
		code, message := coded.Explain()
		return &fsys.Error{Code: code, Message: message, Err: err}
	default:
		return failure(wire.CodeLost, err, "The device's file service ended. Try again.")
	}
}
