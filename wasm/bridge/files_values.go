//go:build js

package bridge

import (
	"strings"
	"syscall/js"

	"porthole/ssh/files/fsys"
	"porthole/ssh/wire"
	"porthole/wasm/jsval"
)

const (
	maxMode = 0o7777
	// maxOwner is the largest number of a user or group: POSIX systems have 32 bits.
	maxOwner = 1<<32 - 1
	// maxPath is more than any system takes, in bytes, and less than a packet of SFTP.
	maxPath = 64 << 10
)

// pathOf reads a path as the device knows it. An empty one is none: it would mean the
// home directory, to be removed as well.
func pathOf(v js.Value) (string, error) {
	text, ok := jsval.String(v)
	switch {
	case !ok:
		return "", invalid("A path must be a text.")
	case text == "":
		return "", invalid("A path must not be empty.")
	case strings.Contains(text, "\x00"):
		return "", invalid("A path must not have a NUL character in it. Choose another name.")
	}
	path := fsys.DecodeName(text)
	if strings.Contains(path, "\x00") {
		return "", invalid("A path must not have a NUL character in it. Choose another name.")
	}
	if len(path) > maxPath {
		return "", &failure{
			code:    wire.CodeNameTooLong,
			message: "The path is longer than any device allows. Choose a shorter one.",
		}
	}
	return path, nil
}

// arguments reads what a method was called with, and remembers the first value that is
// not what the contract says.
type arguments struct {
	values []js.Value
	err    error
}

func (a *arguments) path(i int) string {
	if a.err != nil {
		return ""
	}
	var path string
	path, a.err = pathOf(a.values[i])
	return path
}

func (a *arguments) paths(i int) []string {
	if a.err != nil {
		return nil
	}
	if !jsval.IsArray(a.values[i]) {
		a.err = invalid("Paths must be a list.")
		return nil
	}
	all := make([]string, a.values[i].Length())
	for n := range all {
		if all[n], a.err = pathOf(a.values[i].Index(n)); a.err != nil {
			return nil
		}
	}
	return all
}

func (a *arguments) bool(i int) bool {
	if a.err == nil && a.values[i].Type() != js.TypeBoolean {
		a.err = invalid("The page called the SSH client with something that is neither true nor false.")
	}
	return a.err == nil && a.values[i].Bool()
}

// int reads a whole number from low to high.
func (a *arguments) int(i int, low, high int64) int64 {
	if a.err == nil && !isInt(a.values[i], int(low), int(high)) {
		a.err = invalid("The page called the SSH client with a number that is out of range.")
	}
	if a.err != nil {
		return 0
	}
	return int64(a.values[i].Float())
}

// function reads a callback.
func (a *arguments) function(i int) js.Value {
	if a.err == nil && a.values[i].Type() != js.TypeFunction {
		a.err = invalid("The page called the SSH client without a function to tell.")
	}
	return a.values[i]
}

// size reads a number of bytes, low or more.
func (f *fields) size(name string, low int) int64 {
	v := f.get(name, func(v js.Value) bool { return isInt(v, low, maxSize) })
	if f.err != nil {
		return 0
	}
	return int64(v.Float())
}

// optionalInt reads a whole number from low to high, or null, which is none.
func (f *fields) optionalInt(name string, low, high int64) (n int64, there bool) {
	v := f.get(name, func(v js.Value) bool { return v.IsNull() || isInt(v, int(low), int(high)) })
	if f.err != nil || v.IsNull() {
		return 0, false
	}
	return int64(v.Float()), true
}
