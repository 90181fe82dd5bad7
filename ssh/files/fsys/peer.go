package fsys

import (
	"context"
	"io"
	"time"
)

// Peer is what a backend needs of an SSH connection.
type Peer struct {
	// Server is how the SSH server names itself (RFC 4253 §4.2); "" is unknown.
	Server string
	// Exec runs one command, without a PTY (RFC 4254 §6.5).
	Exec func(ctx context.Context, command string) (Channel, error)
	// Subsystem starts a subsystem (RFC 4254 §6.5); an error when the server has none.
	Subsystem func(ctx context.Context, name string) (Channel, error)
	// RoundTrip is the last measured one, 0 while there is none.
	RoundTrip func() time.Duration
	// Typed is when a terminal of the connection was typed into last: bulk gives way for
	// a while after it. The zero time: never.
	Typed func() time.Time
}

// Channel is a session channel (RFC 4254 §6).
type Channel interface {
	io.Writer // standard input
	CloseWrite() error
	Stdout() io.Reader
	Stderr() io.Reader
	// Wait returns the exit status, -1 when the server reported none.
	Wait(ctx context.Context) (status int, err error)
	Close() error
}
