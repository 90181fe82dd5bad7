//go:build !unix

package sshtest

import "io"

// Program returns a handler that refuses: real shells are run on Unix only.
func Program(ProgramOptions) func(*Session) {
	return func(s *Session) {
		_, _ = io.WriteString(s.Stderr(), "this system runs no shells\r\n")
		s.Exit(126) // "command cannot execute", POSIX shell 2.8.2
	}
}
