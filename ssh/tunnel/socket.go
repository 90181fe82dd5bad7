package tunnel

import (
	"context"

	"porthole/ssh/wire"
)

// MaxMessage is the largest message a tunnel sends, in bytes: the largest that known
// clients of the platform send (docs/protocol.md §1).
const MaxMessage = 64 << 10

// MaxUnread is how many bytes may wait unread before a peer counts as ignoring every
// SSH window: 32 channels of 2 MiB.
const MaxUnread = 64 << 20

// roomLimit is how many unread bytes make a socket that can wait do so.
const roomLimit = 1 << 20

// Socket is an open websocket, native or the browser's.
type Socket interface {
	// Send sends p, of at most MaxMessage bytes, in a binary message, alone or with what
	// is sent right after it, and returns when the socket took it; p may be reused then.
	// It waits while too much is unsent; expired and Close end the waiting.
	Send(p []byte, expired <-chan struct{}) error
	// Close ends the socket with a code and a reason, and returns when nothing of
	// it is left running. It may be called more than once.
	Close(code wire.CloseCode, reason string)
}

// Message is one received message, in whichever memory the platform keeps it, so
// that the browser's bytes are copied once only: into the reader's buffer.
type Message interface {
	// Len is the size in bytes.
	Len() int
	// CopyFrom copies the bytes from offset off on into p and says how many.
	CopyFrom(p []byte, off int) int
}

// released is a Message that wants to know when all of it was copied.
type released interface{ Release() }

// Events is where a Socket reports to. Calls must come one at a time and in order.
type Events struct {
	// Message takes one message. It never blocks: when it returns a channel, a socket
	// that can wait should wait for that before it reads on.
	Message func(Message) (room <-chan struct{})
	// Closed says that the websocket ended. Nothing comes after it.
	Closed func(code wire.CloseCode, reason string)
}

// OpenFunc opens a websocket to url and resolves when it is open. It returns a
// *DialError when that fails, and the cause of ctx when ctx ended first; in both
// cases nothing is left behind.
type OpenFunc func(ctx context.Context, url string, subprotocols []string, events Events) (Socket, error)

// Bytes is a Message in Go memory.
type Bytes []byte

// Len implements Message.
func (b Bytes) Len() int { return len(b) }

// CopyFrom implements Message.
func (b Bytes) CopyFrom(p []byte, off int) int { return copy(p, b[off:]) }
