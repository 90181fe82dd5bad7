//go:build js

package jsval

import (
	"errors"
	"fmt"
	"strings"
	"syscall/js"
)

// Error is a JavaScript exception or rejection.
type Error struct {
	// Value is what was thrown; it need not be an Error.
	Value js.Value
	text  string
}

// NewError makes a Go error of anything that was thrown.
func NewError(thrown js.Value) *Error {
	return &Error{Value: thrown, text: describe(thrown)}
}

// Error returns the name and message of what was thrown.
func (e *Error) Error() string { return "javascript: " + e.text }

func describe(v js.Value) string {
	switch v.Type() {
	case js.TypeString:
		return v.String()
	case js.TypeObject:
		name, message := v.Get("name"), v.Get("message")
		if message.Type() != js.TypeString {
			return "an object was thrown"
		}
		if name.Type() != js.TypeString {
			return message.String()
		}
		return name.String() + ": " + message.String()
	default:
		return "a value of type " + v.Type().String() + " was thrown"
	}
}

// catch turns a panic of syscall/js into an error; any other panic goes on.
func catch(err *error) {
	switch thrown := recover().(type) {
	case nil:
	case js.Error:
		*err = NewError(thrown.Value)
	case *js.ValueError:
		*err = fmt.Errorf("javascript: %w", thrown)
	case string: // what syscall/js says of a method that is not there
		if !strings.HasPrefix(thrown, "syscall/js: ") {
			panic(thrown)
		}
		*err = errors.New("javascript: " + thrown)
	default:
		panic(thrown)
	}
}

// Call calls a method of object; an exception is a *Error.
func Call(object js.Value, method string, args ...any) (result js.Value, err error) {
	defer catch(&err)
	return object.Call(method, args...), nil
}

// Invoke calls a function; an exception is a *Error.
func Invoke(function js.Value, args ...any) (result js.Value, err error) {
	defer catch(&err)
	return function.Invoke(args...), nil
}

// New calls a constructor of the global object; an exception is a *Error.
func New(constructor string, args ...any) (result js.Value, err error) {
	defer catch(&err)
	return js.Global().Get(constructor).New(args...), nil
}
