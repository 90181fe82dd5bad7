package sftpfs

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"

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

// statusOf gives the status code of an error of pkg/sftp; ok is false when it has none.
func statusOf(err error) (status uint32, ok bool) {
	var s *sftp.StatusError
	switch {
	case errors.As(err, &s):
		return s.Code, true
	case errors.Is(err, os.ErrNotExist):
		return statusNoSuchFile, true
	case errors.Is(err, os.ErrPermission):
		return statusPermission, true
	case errors.Is(err, io.EOF):
		return statusEOF, true
	default:
		return 0, false
	}
}

// lost says whether err means that the channel is gone, rather than that the server refused.
func lost(err error) bool {
	status, ok := statusOf(err)
	return !ok || status == statusConnectionLost || status == 6
}

// explained gives the *fsys.Error of an error of the connection, or of the person's.
func explained(ctx context.Context, err error) *fsys.Error {
	var e *fsys.Error
	var coded interface {
		error
		Explain() (code wire.ErrorCode, message string)
	}
	switch {
	case errors.As(err, &e):
		return e
	case ctx.Err() != nil:
		return failure(wire.CodeCancelled, context.Cause(ctx), "It was cancelled.")
	case errors.As(err, &coded):
		code, message := coded.Explain()
		return &fsys.Error{Code: code, Message: message, Err: err}
	default:
		return failure(wire.CodeLost, err, "The device's file service ended. Try again.")
	}
}
