package demodevice

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"sync"

	"github.com/coder/websocket"

	"porthole/ssh/wire/wsframe"
)

// uplink is the device's websocket: the library reads, answers and closes, and what is
// sent goes beside it.
type uplink struct {
	*websocket.Conn
	out *wsframe.Writer
}

// bufferSize is the largest message sent to the platform, in bytes: what known clients of
// the platform send.
const bufferSize = 64 << 10

// buffers are shared by all connections: an array pointer, so that Put does not allocate.
var buffers = sync.Pool{New: func() any { return new([wsframe.Room + bufferSize]byte) }}

// join copies both ways until either end is done, then closes both. A side that does not
// read holds up the other side's sender, and nothing is buffered in between.
func join(ctx context.Context, target net.Conn, tunnel uplink) (sent, received int64) {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	// Ends a Read or Write that waits.
	stop := context.AfterFunc(ctx, func() {
		_ = target.Close()
		_ = tunnel.out.Conn.Close()
	})
	defer stop()
	var both sync.WaitGroup
	both.Go(func() {
		defer cancel()
		n, err := toPlatform(tunnel.out, target)
		sent = n
		if ctx.Err() != nil {
			return // the other direction ended the connection, or the agent stops
		}
		// Sent behind the last byte, so the client gets all of them first.
		tunnel.out.End()
		if err == nil {
			_ = tunnel.Close(websocket.StatusNormalClosure, "")
		} else {
			_ = tunnel.Close(websocket.StatusInternalError, "the connection to the target broke")
		}
	})
	both.Go(func() {
		defer cancel()
		received = toTarget(target, tunnel.Conn)
	})
	both.Wait()
	_ = target.Close()    // closed already, unless ctx lives
	_ = tunnel.CloseNow() // a close frame was sent where one was due
	return sent, received
}

// toPlatform sends what the target says; nil means the target said all it had to.
func toPlatform(tunnel *wsframe.Writer, target net.Conn) (int64, error) {
	buf, _ := buffers.Get().(*[wsframe.Room + bufferSize]byte)
	defer buffers.Put(buf)
	var total int64
	for {
		n, err := target.Read(buf[wsframe.Room:])
		if n > 0 {
			if err := tunnel.Send(buf[:wsframe.Room+n]); err != nil {
				return total, fmt.Errorf("send to platform: %w", err)
			}
			total += int64(n)
		}
		if errors.Is(err, io.EOF) {
			return total, nil
		}
		if err != nil {
			return total, fmt.Errorf("read from target: %w", err)
		}
	}
}

// toTarget writes every message, of whatever size and type, to the target. Its context
// has no end, as the library arms a callback for each read otherwise: join closes the
// connection.
func toTarget(target net.Conn, tunnel *websocket.Conn) int64 {
	buf, _ := buffers.Get().(*[wsframe.Room + bufferSize]byte)
	defer buffers.Put(buf)
	var total int64
	for {
		_, message, err := tunnel.Reader(context.Background())
		if err != nil {
			return total // closed, or cut: both are the end
		}
		// The bare interfaces make CopyBuffer use the buffer.
		n, err := io.CopyBuffer(struct{ io.Writer }{target}, struct{ io.Reader }{message}, buf[wsframe.Room:])
		total += n
		if err != nil {
			return total
		}
	}
}
