package relay

import (
	"bufio"
	"context"
	"encoding/binary"
	"io"
	"net"
	"testing"
	"testing/synctest"
	"time"

	"github.com/coder/websocket"
)

// RFC 6455 §5.5.1: after a close frame nothing more may be sent.
func TestNothingIsSentAfterTheCloseFrame(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newPipeRig(t, Config{MaxDuration: 5 * time.Second})
		_, tenant := r.pair()
		go func() {
			for range 20 {
				if tenant.Write(context.Background(), websocket.MessageBinary, make([]byte, 100<<10)) != nil {
					return
				}
			}
		}()
		time.Sleep(6 * time.Second) // the end comes while a message waits for the client
		ops := frameOps(t, bufio.NewReader(r.clientNet.last()))
		if len(ops) < 2 || ops[0] != opBinary || ops[len(ops)-1] != opClose {
			t.Errorf("frames are %v, want messages, then one close", ops)
		}
		for _, op := range ops[:max(len(ops)-1, 0)] {
			if op == opClose {
				t.Errorf("frames after the close: %v", ops)
			}
		}
	})
}

// frameOps are the opcodes of the unmasked frames up to the end of r.
func frameOps(tb testing.TB, r *bufio.Reader) (ops []byte) {
	tb.Helper()
	for {
		var header [2]byte
		if _, err := io.ReadFull(r, header[:]); err != nil {
			return ops
		}
		size := int64(header[1])
		var long [8]byte
		switch header[1] {
		case 126:
			_, _ = io.ReadFull(r, long[6:])
			size = int64(binary.BigEndian.Uint64(long[:]))
		case 127:
			_, _ = io.ReadFull(r, long[:])
			size = int64(binary.BigEndian.Uint64(long[:]))
		}
		if n, err := io.CopyN(io.Discard, r, size); err != nil {
			tb.Errorf("a frame of %d bytes ends after %d", size, n)
			return ops
		}
		ops = append(ops, header[0]&0x0F)
	}
}

// countedWrites is a connection that only counts.
type countedWrites struct {
	net.Conn
	writes int
}

func (c *countedWrites) Write(b []byte) (int, error) {
	c.writes++
	return len(b), nil
}
