package proxy

import (
	"context"
	"net"
	"time"
)

// Defaults of Options.
const (
	DefaultLinger     = 10 * time.Second
	DefaultBufferSize = 64 << 10 // bytes: the largest message that known clients send
	MinBufferSize     = 1 << 10
	MaxBufferSize     = 8 << 20
	DefaultRetry      = 15 * time.Second
)

// Tunnel is a connection to the device, which need not be there yet.
type Tunnel struct {
	net.Conn
	// Await returns why the device does not answer, once that is known, and nil when it
	// answers or nothing will be known. ctx ends with the device's first byte. May be nil.
	Await func(ctx context.Context) error
}

// Options are the behaviour of a connection.
type Options struct {
	// Dial opens a tunnel to the device. Needed.
	Dial func(context.Context) (Tunnel, error)
	// Transient tells whether a failed dial, or a tunnel that ended before its first
	// byte, is worth another try; nil means never.
	Transient func(error) bool
	// Retry is how long transient failures are tried again; 0 means not at all.
	Retry time.Duration
	// Linger is how long the device may say nothing after the local side has ended.
	Linger time.Duration
	// IdleTimeout ends a connection on which nothing moved; 0 never does.
	IdleTimeout time.Duration
	// BufferSize is the most that is read at once, in bytes.
	BufferSize int
	// MaxConnections is how many local connections there may be at once; 0 means any.
	MaxConnections int
}

func (o Options) withDefaults() Options {
	if o.BufferSize == 0 {
		o.BufferSize = DefaultBufferSize
	}
	if o.Transient == nil {
		o.Transient = func(error) bool { return false }
	}
	return o
}

// Local is the near end of a connection.
type Local interface {
	Read(p []byte) (int, error)
	Write(p []byte) (int, error)
	// CloseWrite tells the local program that nothing more comes.
	CloseWrite() error
	// Interrupt makes Read fail with os.ErrDeadlineExceeded once wait has passed, also a
	// Read that is waiting; false when that cannot be done. Resume undoes it.
	Interrupt(wait time.Duration) bool
	Resume()
	// Abandon makes a Write that waits fail; false when that cannot be done.
	Abandon() bool
}

// Result is how a connection went.
type Result struct {
	Sent, Received int64 // bytes to and from the device
	// Err is why it ended, nil when one side ended it as it should.
	Err error
}
