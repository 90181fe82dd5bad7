//go:build js

package bridge

import (
	"context"
	"errors"
	"net"
	"syscall/js"

	"porthole/ssh"
	"porthole/ssh/files/fsys"
	"porthole/ssh/forward"
	"porthole/ssh/tunnel"
	"porthole/ssh/wire"
	"porthole/wasm/jsval"
)

// failure is an error of the bridge itself.
type failure struct {
	code    wire.ErrorCode
	message string // a sentence for the person
	cause   error  // for the log; may be nil
}

// Error gives the sentence.
func (f *failure) Error() string { return f.message }

// Unwrap gives the cause.
func (f *failure) Unwrap() error { return f.cause }

func invalid(message string) error {
	return &failure{code: wire.CodeInvalid, message: message}
}

// explained is what JavaScript learns of an error.
type explained struct {
	code    wire.ErrorCode
	message string
	detail  map[string]any // nil when there is none
}

// explain finds the code and the sentence of an error. An error without either is ours,
// and only the log gets its text, because nobody wrote it for a person.
func explain(warn warnFunc, err error) explained {
	var own *failure
	var page *forward.Error
	var file *fsys.Error
	var core *ssh.Error
	var dial *tunnel.DialError
	var end *tunnel.EndError
	switch {
	case errors.As(err, &own):
		return explained{code: own.code, message: own.message}
	case errors.As(err, &page):
		return explained{code: page.Code, message: page.Message, detail: page.Detail}
	case errors.As(err, &file):
		return explained{code: file.Code, message: file.Message}
	case errors.As(err, &core):
		return explained{code: core.Code, message: core.Message, detail: core.Detail}
	case errors.As(err, &dial):
		return explained{code: dial.Code, message: dial.Text}
	case errors.As(err, &end):
		return explained{code: end.Code(), message: end.Error()}
	case errors.Is(err, jsval.ErrAborted), errors.Is(err, ssh.ErrCancelled), errors.Is(err, context.Canceled):
		return explained{code: wire.CodeCancelled, message: "Cancelled."}
	case errors.Is(err, net.ErrClosed):
		return explained{code: wire.CodeClosed, message: "The connection is closed."}
	}
	warn("failure without an explanation", err)
	return explained{
		code:    wire.CodeInternal,
		message: "The SSH client failed. The browser's console has the details; reload the page if this goes on.",
	}
}

// jsError makes the BridgeError of bridge.d.ts.
func jsError(warn warnFunc, err error) js.Value {
	e := explain(warn, err)
	value := js.Global().Get("Error").New(e.message)
	value.Set("code", string(e.code))
	if e.detail != nil {
		value.Set("detail", plain(e.detail))
	}
	return value
}

// plain makes JavaScript values of what ssh.Error.Detail holds.
func plain(detail map[string]any) map[string]any {
	values := make(map[string]any, len(detail))
	for name, value := range detail {
		switch v := value.(type) {
		case []string:
			values[name] = jsval.Array(v)
		case string, int, bool:
			values[name] = v
		}
	}
	return values
}
