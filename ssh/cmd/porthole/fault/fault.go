// Package fault is how a command of the CLI fails: with an exit code out of one table
// and a sentence that says what happened and what to do.
//
// The codes are a contract with scripts: docs/cli.md and `porthole help exit-codes` show
// the table, and a code never changes its meaning.
package fault

import (
	"context"
	"errors"
	"fmt"
)

// Exit is an exit code of the CLI.
type Exit int

// The table. `ssh`, `scp`, `sftp` and `run` end with their child's code instead.
const (
	OK              Exit = 0
	Failed          Exit = 1  // anything without a code of its own
	Usage           Exit = 2  // the command line cannot be understood
	SignIn          Exit = 3  // no credentials, or the tenant refuses them
	Permission      Exit = 4  // signed in, but not allowed
	NoDevice        Exit = 5  // no such device, or several
	NoConfiguration Exit = 6  // no such remote access configuration, or several
	DeviceRefused   Exit = 7  // the device answered, and refused
	Timeout         Exit = 8  // somebody did not answer in time
	Network         Exit = 9  // the tenant or gateway cannot be reached, or the connection broke
	Local           Exit = 10 // this machine: address in use, file not writable
	Files           Exit = 11 // the device's file system refused
	SSH             Exit = 12 // host key or SSH user refused
	Interrupted     Exit = 130
)

// Meaning is one row of the table, for people.
type Meaning struct {
	Exit Exit
	Text string
}

// Table lists the codes in order.
func Table() []Meaning {
	return []Meaning{
		{OK, "everything was done"},
		{Failed, "another failure; the text on standard error says which"},
		{Usage, "the command line or a setting cannot be understood"},
		{SignIn, "not signed in, or the sign-in is refused or has expired"},
		{Permission, "signed in, but not allowed to"},
		{NoDevice, "no such device, or more than one"},
		{NoConfiguration, "no such remote access configuration, or more than one"},
		{DeviceRefused, "the device refused the connection"},
		{Timeout, "the device, the tenant or the gateway did not answer in time"},
		{Network, "the tenant or gateway cannot be reached, or the connection broke"},
		{Local, "something on this machine: an address in use, a file that cannot be written"},
		{Files, "the device's file system refused"},
		{SSH, "the device's host key or the SSH sign-in was refused"},
		{Interrupted, "interrupted by Ctrl-C or a signal"},
	}
}

// Error is a failure with its exit code.
type Error struct {
	Exit Exit
	// Text is the sentence for the person: what happened, and what to do.
	Text string
	// Err is the cause, shown with --verbose; may be nil.
	Err error
	// Silent: the program that failed has said so already.
	Silent bool
}

// Error returns the sentence.
func (e *Error) Error() string { return e.Text }

// Unwrap returns the cause.
func (e *Error) Unwrap() error { return e.Err }

// New makes a failure without a cause.
func New(exit Exit, format string, args ...any) *Error {
	return &Error{Exit: exit, Text: fmt.Sprintf(format, args...)}
}

// Wrap makes a failure with its cause.
func Wrap(err error, exit Exit, format string, args ...any) *Error {
	return &Error{Exit: exit, Text: fmt.Sprintf(format, args...), Err: err}
}

// Child is the end of a program that we ran: its exit code is ours.
func Child(code int) *Error {
	return &Error{Exit: Exit(code), Text: fmt.Sprintf("The program ended with status %d.", code), Silent: true}
}

// Of gives the exit code of any error.
func Of(err error) Exit {
	if err == nil {
		return OK
	}
	if failure, ok := errors.AsType[*Error](err); ok {
		return failure.Exit
	}
	if exit, ok := explained(err); ok {
		return exit
	}
	switch {
	case errors.Is(err, context.Canceled):
		return Interrupted
	case errors.Is(err, context.DeadlineExceeded):
		return Timeout
	}
	return Failed
}
