package wsframe

import (
	"bytes"
	"crypto/rand"
	"encoding/binary"
	"errors"
	"net"
	"testing"
	"time"
)

// Sizes around every change of the header's form (RFC 6455 §5.2) and of the masking.
var frameSizes = []int{
	0, 1, 3, 4, 5, 125, 126, 127, maskBlock - 1, maskBlock, maskBlock + 1, 4096, 65535, 65536, 65537, 256 << 10,
}

func TestAFrameMadeInPlaceIsAFrame(t *testing.T) {
	for _, n := range frameSizes {
		for _, masked := range []bool{false, true} {
			room := make([]byte, Room+n)
			_, _ = rand.Read(room)
			payload := bytes.Clone(room[Room:])
			got := inPlace(finalBinary, room, masked)
			if masked {
				got = unmask(t, got, n)
			}
			if want := plainFrame(payload); !bytes.Equal(got, want) {
				t.Errorf("%d bytes, masked %v: header % x, want % x, or the payload differs", n, masked, got[:min(10, len(got))], want[:min(10, len(want))])
			}
		}
	}
}

// plainFrame is an unmasked frame, written down once more.
func plainFrame(payload []byte) []byte {
	head := []byte{0x82}
	switch n := len(payload); {
	case n < 126:
		head = append(head, byte(n))
	case n < 1<<16:
		head = binary.BigEndian.AppendUint16(append(head, 126), uint16(n))
	default:
		head = binary.BigEndian.AppendUint64(append(head, 127), uint64(n))
	}
	return append(head, payload...)
}

func TestAMessageThatIsSentAsACopyStaysAsItIs(t *testing.T) {
	for _, masked := range []bool{false, true} {
		for _, n := range frameSizes {
			if n > MaxCopy {
				continue
			}
			message := make([]byte, n)
			_, _ = rand.Read(message)
			want := bytes.Clone(message)
			c := &countedWrites{}
			w := NewWriter(masked)
			w.Conn = c
			if err := w.SendCopy(message); err != nil || c.writes != 1 || !bytes.Equal(message, want) {
				t.Errorf("%d bytes, masked %v: %d writes, %v, message kept: %v", n, masked, c.writes, err, bytes.Equal(message, want))
			}
			got := c.last
			if masked {
				got = unmask(t, got, n)
			}
			if !bytes.Equal(got, plainFrame(want)) {
				t.Errorf("%d bytes, masked %v: another frame", n, masked)
			}
		}
	}
}

func TestEndingWaitsForAWriteOnlySoLong(t *testing.T) {
	near, far := net.Pipe()
	defer func() { _ = far.Close() }()
	w := NewWriter(true)
	w.Conn = near
	sent := make(chan error, 1)
	go func() { sent <- w.SendCopy([]byte("nobody reads this")) }()
	if _, err := far.Read(make([]byte, 1)); err != nil { // it is being written
		t.Fatal(err)
	}
	if w.EndWithin(time.Millisecond) {
		t.Error("it ended in the middle of a message")
	}
	_ = near.Close()
	if err := <-sent; err == nil {
		t.Error("a message that was cut counts as sent")
	}
	if !w.EndWithin(time.Minute) {
		t.Error("it did not end with nothing being written")
	}
	if err := w.SendCopy([]byte("x")); !errors.Is(err, net.ErrClosed) {
		t.Errorf("sent after the end: %v", err)
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
			w := NewWriter(masked)
			w.Conn = c
			if err := w.Send(make([]byte, Room+n)); err != nil || c.writes != 1 {
				t.Errorf("%d bytes, masked %v: %d writes, %v", n, masked, c.writes, err)
			}
		}
	}
}

// countedWrites is a connection that counts and keeps what was written last.
type countedWrites struct {
	net.Conn
	writes int
	last   []byte
}

func (c *countedWrites) Write(b []byte) (int, error) {
	c.writes++
	c.last = bytes.Clone(b)
	return len(b), nil
}

func TestSendingAfterTheEndFails(t *testing.T) {
	c := &countedWrites{}
	w := NewWriter(true)
	w.Conn = c
	w.End()
	if err := w.Send(make([]byte, Room+1)); !errors.Is(err, net.ErrClosed) {
		t.Errorf("send: %v", err)
	}
	w.OnPing(t.Context(), []byte("are you there"))
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
		mask(got, got, key)
		copied := make([]byte, len(b))
		mask(copied, b, key)
		if !bytes.Equal(got, copied) {
			t.Fatalf("%d bytes are masked otherwise in place than while copied", len(b))
		}
		for i := range b {
			if got[i] != b[i]^key[i%4] {
				t.Fatalf("byte %d of %d is %x, want %x", i, len(b), got[i], b[i]^key[i%4])
			}
		}
	})
}
