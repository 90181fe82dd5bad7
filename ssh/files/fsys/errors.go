package fsys

import "porthole/ssh/wire"

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
