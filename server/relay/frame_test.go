package relay

import (
	"bufio"
	"bytes"
	"context"
	"crypto/rand"
	"encoding/binary"
	"errors"
	"io"
	"net"
	"testing"
	"testing/synctest"
	"time"

	"github.com/coder/websocket"
)

// Sizes around every change of the header's form (RFC 6455 §5.2) and of the masking.
var frameSizes = []int{
	0, 1, 3, 4, 5, 125, 126, 127, maskBlock - 1, maskBlock, maskBlock + 1, 4096, 65535, 65536, 65537, DefaultClientMessage,
}

func TestAFrameMadeInPlaceIsAFrame(t *testing.T) {
	for _, n := range frameSizes {
		for _, masked := range []bool{false, true} {
			room := make([]byte, maxFrameHeader+n)
			_, _ = rand.Read(room)
			payload := bytes.Clone(room[maxFrameHeader:])
			got := frameInPlace(finalBinary, room, masked)
			if masked {
				got = unmask(t, got, n)
			}
			if want := frame(true, opBinary, payload, false); !bytes.Equal(got, want) {
				t.Errorf("%d bytes, masked %v: header % x, want % x, or the payload differs", n, masked, got[:min(10, len(got))], want[:min(10, len(want))])
			}
		}
	}
}

// unmask turns a masked frame of n bytes into the same without a mask.
func unmask(tb testing.TB, b []byte, n int) []byte {
	tb.Helper()
	head := len(b) - n - 4
	if head < 2 || b[1]&0x80 == 0 {
		tb.Fatalf("frame of %d bytes is not masked", n)
	}
	out := bytes.Clone(b[:head])
	out[1] &^= 0x80
	key := b[head : head+4]
	for i, c := range b[head+4:] {
		out = append(out, c^key[i%4])
	}
	return out
}

func TestEachFrameHasItsOwnMaskingKey(t *testing.T) {
	seen := make(map[maskKey]bool)
	for range 64 {
		seen[newMaskKey()] = true
	}
	if len(seen) < 60 { // two equal ones by chance: 1 in 2 million
		t.Errorf("%d different keys of 64", len(seen))
	}
}

// A message leaves by one write, so neither a pong nor a close frame can fall into it.
func TestAMessageLeavesInOneWrite(t *testing.T) {
	for _, masked := range []bool{false, true} {
		for _, n := range frameSizes {
			c := &countedWrites{}
			p := newPeer(masked)
			p.conn = c
			if err := p.send(make([]byte, maxFrameHeader+n)); err != nil || c.writes != 1 {
				t.Errorf("%d bytes, masked %v: %d writes, %v", n, masked, c.writes, err)
			}
		}
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

func TestSendingAfterTheEndFails(t *testing.T) {
	c := &countedWrites{}
	p := newPeer(true)
	p.conn, p.ended = c, true
	if err := p.send(make([]byte, maxFrameHeader+1)); !errors.Is(err, net.ErrClosed) {
		t.Errorf("send: %v", err)
	}
	p.onPing(t.Context(), []byte("are you there"))
	if c.writes != 0 {
		t.Errorf("%d frames were written", c.writes)
	}
}

func FuzzMask(f *testing.F) {
	f.Add([]byte("SSH-2.0-x\r\n"), uint32(0xA15B00FF))
	f.Add(make([]byte, 3*maskBlock+1), uint32(1))
	f.Fuzz(func(t *testing.T, b []byte, k uint32) {
		var key maskKey
		binary.BigEndian.PutUint32(key[:], k)
		got := bytes.Clone(b)
		mask(got, key)
		for i := range b {
			if got[i] != b[i]^key[i%4] {
				t.Fatalf("byte %d of %d is %x, want %x", i, len(b), got[i], b[i]^key[i%4])
			}
		}
	})
}
