package forward

import (
	"context"
	"errors"
	"fmt"

	"porthole/ssh/wire"
)

// Error is every failure of this package: a code for machines, a sentence for the person,
// a cause for the log. It never holds a secret.
type Error struct {
	Code    wire.ErrorCode // forward_*, certificate_*, closed, cancelled or invalid
	Message string
	// Detail holds what certificate_change adds: name, known ([]string), offered:
	// fingerprints.
	Detail map[string]any
	Err    error // may be nil
}

// Error gives the code, the sentence and the cause.
func (e *Error) Error() string {
	if e.Err == nil {
		return fmt.Sprintf("%s: %s", e.Code, e.Message)
	}
	return fmt.Sprintf("%s: %s (%v)", e.Code, e.Message, e.Err)
}

// Unwrap gives the cause.
func (e *Error) Unwrap() error { return e.Err }

// explainer is an error of another package with a code and a sentence of its own, such as
// that of an SSH connection which is lost or forbids forwards: it is passed on as it is.
type explainer interface {
	error
	Explain() (code wire.ErrorCode, message string)
}

// explanation gives the explained part of an error, nil when there is none.
func explanation(err error) *Error {
	if e, ok := errors.AsType[*Error](err); ok {
		return e
	}
	if e, ok := errors.AsType[explainer](err); ok {
		code, message := e.Explain()
		return &Error{Code: code, Message: message, Err: err}
	}
	return nil
}

func closedError() *Error {
	return &Error{Code: wire.CodeClosed, Message: "The forward is closed."}
}

func cancelled(ctx context.Context) *Error {
	cause := context.Cause(ctx)
	if e, ok := errors.AsType[*Error](cause); ok {
		return e
	}
	return &Error{Code: wire.CodeCancelled, Message: "Cancelled.", Err: cause}
}

func invalid(message string) *Error {
	return &Error{Code: wire.CodeInvalid, Message: message}
}
