package shellfs

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"porthole/ssh/files/fsys"
	"porthole/ssh/wire"
)

// Exit statuses that our scripts end with, away from those of tools (1, 2) and shells
// (126 and above).
const (
	exitNotFound    = 81
	exitExists      = 82
	exitPermission  = 83
	exitIsDir       = 84
	exitNotDir      = 85
	exitSpecial     = 86
	exitUnsupported = 87
	exitNoLink      = 88
)

var exitCodes = map[int]wire.ErrorCode{
	exitNotFound: wire.CodeNotFound, exitExists: wire.CodeExists, exitPermission: wire.CodePermission,
	exitIsDir: wire.CodeIsDir, exitNotDir: wire.CodeNotDir, exitSpecial: wire.CodeSpecialFile,
	exitUnsupported: wire.CodeUnsupported, exitNoLink: wire.CodeInvalid,
}

// What tools say at the end of a line, in lower case: the texts of glibc, musl, uClibc and
// bionic for an errno, and those of dash for its own.
var texts = []struct {
	end  string
	code wire.ErrorCode
}{
	{"no such file or directory", wire.CodeNotFound},
	{"no such file", wire.CodeNotFound},
	{"directory nonexistent", wire.CodeNotFound},
	{"nonexistent directory", wire.CodeNotFound},
	{"permission denied", wire.CodePermission},
	{"operation not permitted", wire.CodePermission},
	{"no space left on device", wire.CodeNoSpace},
	{"quota exceeded", wire.CodeNoSpace},
	{"read-only file system", wire.CodeReadOnly},
	{"read-only filesystem", wire.CodeReadOnly},
	{"directory not empty", wire.CodeNotEmpty},
	{"file exists", wire.CodeExists},
	{"not a directory", wire.CodeNotDir},
	{"is a directory", wire.CodeIsDir},
	{"file name too long", wire.CodeNameTooLong},
	{"filename too long", wire.CodeNameTooLong},
	{"too many levels of symbolic links", wire.CodeLinkLoop},
	{"too many symbolic links encountered", wire.CodeLinkLoop},
	{"symbolic link loop", wire.CodeLinkLoop},
	{"file too large", wire.CodeTooLarge},
}

// explain finds the code in what a tool printed: "" when none of the texts is there. A
// path stands before the text, never behind it.
func explain(stderr string) wire.ErrorCode {
	for line := range strings.Lines(strings.ToLower(stderr)) {
		line = strings.TrimRight(line, "\r\n .")
		for _, text := range texts {
			if strings.HasSuffix(line, text.end) {
				return text.code
			}
		}
	}
	return ""
}

// Failure makes an error of a script that ended with a status and did not do with path what
// verb says, such as "written".
func Failure(verb, path string, status int, stderr string) *fsys.Error {
	return operation{verb, path}.failure(status, stderr)
}

// operation is what was tried, for the person.
type operation struct {
	verb string // "read", for "could not be read"
	path string
}

// failure makes an error of a script that ended with a status.
func (o operation) failure(status int, stderr string) *fsys.Error {
	code := exitCodes[status]
	if code == "" {
		code = explain(stderr)
	}
	if code == "" {
		code = wire.CodeFileFailed
	}
	said := strings.TrimSpace(stderr)
	return o.error(code, fmt.Errorf("status %d: %.500q", status, said), said)
}

func (o operation) error(code wire.ErrorCode, err error, said string) *fsys.Error {
	return &fsys.Error{Code: code, Message: o.sentence(code, said), Err: err}
}

func (o operation) sentence(code wire.ErrorCode, said string) string {
	path := fmt.Sprintf("%q", o.path)
	switch code {
	case wire.CodeNotFound:
		return path + " is not there. It may have been moved or removed: reload the list."
	case wire.CodePermission:
		return fmt.Sprintf("The SSH user may not let %s be %s. Sign in as another user, or have its mode or owner changed.", path, o.verb)
	case wire.CodeNoSpace:
		return fmt.Sprintf("The device's disk is full or its quota is used up, so %s could not be %s. What is there stays: make room and go on.", path, o.verb)
	case wire.CodeReadOnly:
		return fmt.Sprintf("The device's file system is read-only, so %s could not be %s. Have it mounted for writing, or choose another directory.", path, o.verb)
	case wire.CodeExists:
		return path + " is there already. Choose another name, or replace it."
	case wire.CodeIsDir:
		return path + " is a directory. Choose a file."
	case wire.CodeNotDir:
		return path + " is not a directory, or leads through something that is none."
	case wire.CodeNotEmpty:
		return path + " is not empty. Remove what is in it first."
	case wire.CodeNameTooLong:
		return path + " is longer than the device's file system allows. Choose a shorter name."
	case wire.CodeLinkLoop:
		return path + " is a symbolic link that leads in a circle."
	case wire.CodeSpecialFile:
		return path + " is a pipe, socket or device, not a file. Reading it may never end, so it is not opened."
	case wire.CodeTooLarge:
		return path + " would become larger than the device's file system allows."
	case wire.CodeUnsupported:
		return fmt.Sprintf("The device has no tool by which %s could be %s.", path, o.verb)
	case wire.CodeInvalid:
		return path + " is not a symbolic link."
	default:
		if said == "" {
			return fmt.Sprintf("%s could not be %s, and the device does not say why.", path, o.verb)
		}
		return fmt.Sprintf("%s could not be %s. The device says: %.200q.", path, o.verb, said)
	}
}

// aboutTarget names the second path of a rename where the error is about that.
func aboutTarget(err error, to string) error {
	var e *fsys.Error
	if errors.As(err, &e) && (e.Code == wire.CodeExists || e.Code == wire.CodeIsDir || e.Code == wire.CodeNotEmpty) {
		return operation{"replaced", to}.error(e.Code, e.Err, "")
	}
	return err
}

func cancelError(ctx context.Context) *fsys.Error {
	return fsys.Cancelled(ctx)
}

func closedError() *fsys.Error {
	return &fsys.Error{Code: wire.CodeClosed, Message: "The files of this device were closed. Open them again."}
}

// lostError keeps an error that is explained already.
func lostError(err error) error {
	if known, ok := errors.AsType[*fsys.Error](err); ok {
		return known
	}
	return &fsys.Error{
		Code: wire.CodeLost, Err: err,
		Message: "The connection to the device broke, or the device ended the command. Connect again and go on.",
	}
}
