package server_test

import (
	"bytes"
	"crypto/rand"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
)

// Opcodes of frames (RFC 6455 §5.2).
const (
	frameContinuation = 0x0
	frameBinary       = 0x2
	frameClose        = 0x8
	framePing         = 0x9
	framePong         = 0xA
)

// throughTheDevice sends random bytes in frames as a client makes them, and wants them
// back from the device's echo service.
func (p *replay) throughTheDevice(chunk, size int) error {
	sent := make([]byte, size)
	_, _ = rand.Read(sent)
	for rest := sent; len(rest) > 0; {
		n := min(chunk, len(rest))
		if err := p.writeFrame(frameBinary, rest[:n]); err != nil {
			return err
		}
		rest = rest[n:]
	}
	got, err := p.receive(size)
	if err == nil && !bytes.Equal(got, sent) {
		err = errors.New("the bytes that came back are others")
	}
	return err
}

// receive reads that many bytes of data frames. A text frame ends some clients.
func (p *replay) receive(size int) ([]byte, error) {
	var got []byte
	for len(got) < size {
		kind, payload, err := p.readFrame()
		if err != nil {
			return nil, fmt.Errorf("after %d of %d bytes: %w", len(got), size, err)
		}
		if kind != frameBinary && kind != frameContinuation {
			return nil, fmt.Errorf("got a frame of kind %d after %d bytes, want binary ones only", kind, len(got))
		}
		got = append(got, payload...)
	}
	return got, nil
}

// control is what a client does beside sending bytes.
func (p *replay) control(verb string, code int) error {
	switch verb {
	case "cut":
		p.hangUp()
		return nil
	case "ping":
		if err := p.writeFrame(framePing, nil); err != nil {
			return err
		}
		if kind, _, err := p.readFrame(); err != nil || kind != framePong {
			return fmt.Errorf("got a frame of kind %d, %w, want a pong", kind, err)
		}
		return nil
	case "close":
		if err := p.writeFrame(frameClose, closePayload(code)); err != nil {
			return err
		}
		return p.wantClose(code)
	default: // closed
		if err := p.wantClose(code); err != nil {
			return err
		}
		return p.writeFrame(frameClose, closePayload(code))
	}
}

// wantClose reads a close frame; one without a code is answered without, or as a normal end.
func (p *replay) wantClose(code int) error {
	kind, payload, err := p.readFrame()
	if err != nil || kind != frameClose {
		return fmt.Errorf("got a frame of kind %d, %w, want a close frame", kind, err)
	}
	got := 0
	if len(payload) >= 2 {
		got = int(binary.BigEndian.Uint16(payload))
	}
	if got != code && (code != 0 || got != 1000) {
		return fmt.Errorf("closed with %d %q", got, payload)
	}
	return nil
}

func closePayload(code int) []byte {
	if code == 0 {
		return nil
	}
	return binary.BigEndian.AppendUint16(nil, uint16(code))
}

// writeFrame writes a whole masked frame.
func (p *replay) writeFrame(kind byte, payload []byte) error {
	frame := []byte{0x80 | kind}
	switch n := len(payload); {
	case n < 126:
		frame = append(frame, 0x80|byte(n))
	case n < 1<<16:
		frame = binary.BigEndian.AppendUint16(append(frame, 0x80|126), uint16(n))
	default:
		frame = binary.BigEndian.AppendUint64(append(frame, 0x80|127), uint64(n))
	}
	mask := [4]byte{0x17, 0, 0xff, 0x5a}
	frame = append(frame, mask[:]...)
	for i, b := range payload {
		frame = append(frame, b^mask[i%4])
	}
	_, err := p.conn.Write(frame)
	return err
}

// readFrame reads a frame, which a server must not mask or compress.
func (p *replay) readFrame() (kind byte, payload []byte, err error) {
	var head [2]byte
	if _, err := io.ReadFull(p.reader, head[:]); err != nil {
		return 0, nil, err
	}
	if head[0]&0x70 != 0 || head[1]&0x80 != 0 {
		return 0, nil, fmt.Errorf("frame %x has bits that nobody asked for", head)
	}
	size := uint64(head[1])
	switch size {
	case 126:
		var more [2]byte
		_, err = io.ReadFull(p.reader, more[:])
		size = uint64(binary.BigEndian.Uint16(more[:]))
	case 127:
		var more [8]byte
		_, err = io.ReadFull(p.reader, more[:])
		size = binary.BigEndian.Uint64(more[:])
	}
	if err != nil || size > 1<<20 {
		return 0, nil, fmt.Errorf("frame of %d bytes: %w", size, err)
	}
	payload = make([]byte, size)
	_, err = io.ReadFull(p.reader, payload)
	return head[0] & 0xf, payload, err
}
