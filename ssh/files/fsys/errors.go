package fsys

import (
	"context"
	"errors"
	"strconv"

	"porthole/ssh/wire"
)

// Error is a failure of a file operation.
type Error struct {
	Code wire.ErrorCode
	// Message is a sentence for the person: what happened, with the path, and what to do.
	Message string
	// Err is for the log; it may hold what the device said.
	Err error
}

func (e *Error) Error() string {
	if e.Err == nil {
		return e.Message
	}
	return e.Message + ": " + e.Err.Error()
}

func (e *Error) Unwrap() error { return e.Err }

// Cancelled is the failure of what ended because ctx did.
func Cancelled(ctx context.Context) *Error {
	return &Error{Code: wire.CodeCancelled, Message: "It was cancelled.", Err: context.Cause(ctx)}
}

// Refused says whether the connection lives, and the device has no session for us.
func Refused(err error) bool {
	var ended interface {
		error
		Explain() (code wire.ErrorCode, message string)
	}
	if !errors.As(err, &ended) {
		return false
	}
	code, _ := ended.Explain()
	return code == wire.CodeShellRefused
}

// Quoted shows a path in a sentence.
func Quoted(path string) string {
	const most = 300
	if len(path) > most {
		path = path[:most/2] + "…" + path[len(path)-most/2:]
	}
	return strconv.Quote(path)
}
