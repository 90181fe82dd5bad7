package forward

import (
	"bufio"
	"encoding/binary"
	"errors"
	"io"
	"unicode/utf8"
)

// Frames of RFC 6455 §5.2, from the client's side: what we send is masked, what comes must
// not be. github.com/gorilla/websocket would do, but makes the program 210 KB larger
// (compressed): its dialer brings proxies, compression and encoding/json.

// opcode says what a frame holds (RFC 6455 §11.8).
type opcode byte

const (
	opContinuation opcode = 0
	opText         opcode = 1
	opBinary       opcode = 2
	opClose        opcode = 8
	opPing         opcode = 9
	opPong         opcode = 10
)

// Close codes (RFC 6455 §7.4.1).
const (
	closeNormal   = 1000
	closeProtocol = 1002
	closeNoCode   = 1005 // stands for a close frame without one
	closeAbnormal = 1006 // stands for no close frame
	closeBadText  = 1007
	closeTooBig   = 1009
)

const (
	// maxMessage bounds one message from the device, in bytes.
	maxMessage = 64 << 20
	// maxControl is the largest payload of a control frame (RFC 6455 §5.5).
	maxControl = 125
	// maxClaimed is how much is allocated for what a frame announces before it came.
	maxClaimed = 1 << 20
)

// frameError is a fault of the device with the close code to answer it by.
type frameError struct {
	code int
	text string
}

func (e *frameError) Error() string { return "websocket: " + e.text }

// frameHeader is the head of one frame.
type frameHeader struct {
	op    opcode
	final bool
	size  int64
}

func (o opcode) isControl() bool { return o >= opClose }

// readHeader reads the head of a frame and checks what can be checked alone.
func readHeader(r *bufio.Reader) (h frameHeader, err error) {
	first, err := r.ReadByte()
	if err != nil {
		return h, err
	}
	second, err := r.ReadByte()
	if err != nil {
		return h, midFrame(err)
	}
	h = frameHeader{op: opcode(first & 0x0f), final: first&0x80 != 0, size: int64(second & 0x7f)}
	var long [8]byte
	switch h.size {
	case 126:
		_, err = io.ReadFull(r, long[6:])
		h.size = int64(binary.BigEndian.Uint64(long[:])) //nolint:gosec // 16 bits
	case 127:
		_, err = io.ReadFull(r, long[:])
		h.size = int64(binary.BigEndian.Uint64(long[:])) //nolint:gosec // a negative one is refused below
	}
	switch {
	case err != nil:
		return h, midFrame(err)
	case first&0x70 != 0:
		return h, &frameError{closeProtocol, "reserved bits without an extension"}
	case second&0x80 != 0:
		return h, &frameError{closeProtocol, "a masked frame from a server"}
	case h.op > opBinary && h.op < opClose || h.op > opPong:
		return h, &frameError{closeProtocol, "an unknown kind of frame"}
	case h.op.isControl() && (!h.final || h.size > maxControl):
		return h, &frameError{closeProtocol, "a control frame that is split or too long"}
	case h.size < 0 || h.size > maxMessage:
		return h, &frameError{closeTooBig, "a message that is too big"}
	}
	return h, nil
}

func midFrame(err error) error {
	if errors.Is(err, io.EOF) {
		return io.ErrUnexpectedEOF
	}
	return err
}

// appendPayload reads the payload of a frame; what is announced is allocated as it comes.
func appendPayload(r io.Reader, to []byte, size int64) ([]byte, error) {
	if int64(len(to))+size > maxMessage {
		return to, &frameError{closeTooBig, "a message that is too big"}
	}
	for size > 0 {
		n := min(size, maxClaimed)
		start := len(to)
		if need := start + int(n); need > cap(to) {
			grown := make([]byte, start, max(need, min(2*cap(to), start+int(size))))
			copy(grown, to)
			to = grown
		}
		to = to[:start+int(n)]
		if _, err := io.ReadFull(r, to[start:]); err != nil {
			return to[:start], midFrame(err)
		}
		size -= n
	}
	return to, nil
}

// parseClose reads the payload of a close frame (RFC 6455 §5.5.1).
func parseClose(payload []byte) (code int, reason string, err error) {
	if len(payload) == 0 {
		return closeNoCode, "", nil
	}
	if len(payload) == 1 {
		return 0, "", &frameError{closeProtocol, "a close frame of one byte"}
	}
	code, text := int(binary.BigEndian.Uint16(payload)), payload[2:]
	switch {
	case !isCloseCode(code):
		return 0, "", &frameError{closeProtocol, "a close code that must not be sent"}
	case !utf8.Valid(text):
		return 0, "", &frameError{closeBadText, "a reason that is no UTF-8"}
	}
	return code, string(text), nil
}

// isCloseCode is true of codes that may stand in a frame (RFC 6455 §7.4.2 and IANA's
// registry).
func isCloseCode(code int) bool {
	return code >= 1000 && code <= 1014 && code != 1004 && code != closeNoCode && code != closeAbnormal ||
		code >= 3000 && code <= 4999
}

func closePayload(code int, reason string) []byte {
	if code == 0 || code == closeNoCode {
		return nil
	}
	return append(binary.BigEndian.AppendUint16(nil, uint16(code)), reason...) //nolint:gosec // isCloseCode
}

// appendHeader appends the head of a whole message's frame.
func appendHeader(to []byte, op opcode, size int, key [4]byte) []byte {
	to = append(to, 0x80|byte(op))
	switch {
	case size < 126:
		to = append(to, 0x80|byte(size)) //nolint:gosec // checked
	case size < 1<<16:
		to = binary.BigEndian.AppendUint16(append(to, 0x80|126), uint16(size))
	default:
		to = binary.BigEndian.AppendUint64(append(to, 0x80|127), uint64(size))
	}
	return append(to, key[:]...)
}

// mask is RFC 6455 §5.3; at is the offset of p in its frame.
func mask(p []byte, key [4]byte, at int) {
	var turned [8]byte
	for i := range turned {
		turned[i] = key[(at+i)&3]
	}
	word := binary.LittleEndian.Uint64(turned[:])
	for len(p) >= 8 {
		binary.LittleEndian.PutUint64(p, binary.LittleEndian.Uint64(p)^word)
		p = p[8:]
	}
	for i := range p {
		p[i] ^= turned[i]
	}
}
