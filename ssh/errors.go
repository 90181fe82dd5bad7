package ssh

import (
	"context"
	"errors"
	"fmt"

	"porthole/ssh/wire"
)

// ErrCancelled is returned by a [Prompter] or a host key decision when the person
// cancels.
var ErrCancelled = errors.New("cancelled")

// Error is every failure this package returns: a code for machines, a sentence for the
// person, a cause for the log. It never holds a secret.
type Error struct {
	Code    wire.ErrorCode
	Message string // a sentence: what happened and what to do
	// Detail holds what some codes add, with values of string, int, bool and []string:
	//   host_key_changed     name, known ([]string), offered: fingerprints
	//   no_common_algorithm  kind, offered ([]string), oldWouldHelp
	//   auth_failed          methods ([]string), attempts
	//   not_ssh              received
	Detail map[string]any
	// Err is the cause; may be nil.
	Err error
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

// Explain gives the code and the sentence to packages that do not know this one.
func (e *Error) Explain() (code wire.ErrorCode, message string) { return e.Code, e.Message }

// closeReasoner is what a read error of the conn below may carry: why the websocket
// was closed. ssh/tunnel provides it.
type closeReasoner interface {
	CloseReason() (code wire.CloseCode, text string)
}

// asError makes an *Error of any error; what has no code yet gets code and message.
func asError(err error, code wire.ErrorCode, message string) *Error {
	if e, ok := errors.AsType[*Error](err); ok {
		return e
	}
	return &Error{Code: code, Message: message, Err: err}
}

// cancelError is the failure of a context that ended.
func cancelError(ctx context.Context) *Error {
	cause := context.Cause(ctx)
	if e, ok := errors.AsType[*Error](cause); ok {
		return e
	}
	if errors.Is(cause, context.DeadlineExceeded) {
		return &Error{
			Code: wire.CodeDeviceTimeout, Err: cause,
			Message: "The device did not answer in the time allowed. Try again.",
		}
	}
	return &Error{Code: wire.CodeCancelled, Message: "Cancelled.", Err: cause}
}

func closedError() *Error {
	return &Error{Code: wire.CodeClosed, Message: "The connection is closed."}
}

// codeOfClose is the table from the websocket's close code to our own.
func codeOfClose(c wire.CloseCode) wire.ErrorCode {
	switch c {
	case wire.CloseDeviceRefused:
		return wire.CodeDeviceRefused
	case wire.CloseDeviceTimeout:
		return wire.CodeDeviceTimeout
	case wire.CloseIdle:
		return wire.CodeIdle
	case wire.CloseMaxDuration:
		return wire.CodeMaxDuration
	case wire.CloseLoginEnded:
		return wire.CodeLoginEnded
	case wire.CloseTenantLost:
		return wire.CodeTenantLost
	case wire.CloseGatewayStopping:
		return wire.CodeGatewayStopping
	case wire.CloseNormal, wire.CloseGoingAway, wire.CloseInternal:
		return wire.CodeLost
	default:
		return wire.CodeLost
	}
}

// closeReason gives the failure that the conn below explains itself, or nil.
func closeReason(err error) *Error {
	var r closeReasoner
	if !errors.As(err, &r) {
		return nil
	}
	code, text := r.CloseReason()
	e := &Error{Code: codeOfClose(code), Message: printable(text, maxReasonText), Err: err}
	if e.Message == "" {
		if e.Code == wire.CodeLost {
			return nil // says nothing that the caller does not know better
		}
		e.Message = "The gateway ended the connection (" + string(e.Code) + "). Connect again."
	}
	return e
}

// lostError is the failure of a conn that broke.
func lostError(err error) *Error {
	if e := closeReason(err); e != nil {
		return e
	}
	return &Error{
		Code: wire.CodeLost, Err: err,
		Message: "The connection to the device was lost. Connect again.",
	}
}
