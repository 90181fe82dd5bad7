package proxy

import (
	"io"
	"time"
)

// Stdio is standard input and output as the local side.
type Stdio struct {
	In  io.Reader
	Out io.WriteCloser
}

// Read implements Local.
func (s Stdio) Read(p []byte) (int, error) { return s.In.Read(p) }

// Write implements Local.
func (s Stdio) Write(p []byte) (int, error) { return s.Out.Write(p) }

// CloseWrite closes standard output, so that whoever reads it sees the end.
func (s Stdio) CloseWrite() error { return s.Out.Close() }

// Interrupt cannot be done: a read of standard input lasts until it ends.
func (s Stdio) Interrupt(time.Duration) bool { return false }

// Resume implements Local.
func (s Stdio) Resume() {}

// Abandon cannot be done either: the program ends with it.
func (s Stdio) Abandon() bool { return false }
