package sshtest

// ProgramOptions say what [Program] runs.
type ProgramOptions struct {
	// Shell is the absolute path of the shell; "" means /bin/sh.
	Shell string
	// Dir is the working directory; "" means the server's.
	Dir string
	// Env is the whole environment of a session's program: nothing of the server's own
	// environment is passed on. nil means an empty one with the client's variables.
	Env func(*Session) []string
}
