package relay

import (
	"crypto/rand"
	"crypto/subtle"
	"encoding/binary"
)

// Parts of a frame header (RFC 6455 §5.2). Frames of ours are always final: a message
// is one frame.
const (
	finalBinary = 0x80 | 0x2
	finalPong   = 0x80 | 0xA
	maskBit     = 0x80

	length16 = 126 // the length follows in 2 bytes
	length64 = 127 // the length follows in 8 bytes
)

// maxFrameHeader is the longest frame header in bytes (RFC 6455 §5.2): 2, a length of
// 8 and a key of 4.
const maxFrameHeader = 14

// maskKey is the masking key of one frame (RFC 6455 §5.3).
type maskKey [4]byte

// newMaskKey is unpredictable, as RFC 6455 §5.3 asks.
func newMaskKey() (key maskKey) {
	_, _ = rand.Read(key[:]) // never fails (crypto/rand)
	return key
}

// frameInPlace makes a frame of room, whose first maxFrameHeader bytes are free for the
// header and whose rest is the payload, which is masked where it lies. The frame is
// the end of room. The websocket library would copy and mask a message through a
// buffer of 4 KiB, and write it in as many pieces; so it takes one copy less, and
// leaves in one system call and, over TLS, in as few records as there can be.
func frameInPlace(opcode byte, room []byte, masked bool) []byte {
	payload := room[maxFrameHeader:]
	header := make([]byte, 2, maxFrameHeader)
	header[0] = opcode
	switch n := len(payload); {
	case n < length16:
		header[1] = byte(n)
	case n < 1<<16:
		header[1] = length16
		header = binary.BigEndian.AppendUint16(header, uint16(n))
	default:
		header[1] = length64
		header = binary.BigEndian.AppendUint64(header, uint64(n))
	}
	if masked {
		key := newMaskKey()
		header[1] |= maskBit
		header = append(header, key[:]...)
		mask(payload, key)
	}
	frame := room[maxFrameHeader-len(header):]
	copy(frame, header)
	return frame
}

// maskBlock is how many bytes are masked at once; a multiple of the key's length. Of
// 512 to 16384 bytes, 1024 is the least that masks at full speed.
const maskBlock = 1 << 10

// mask applies the key to b (RFC 6455 §5.3).
func mask(b []byte, key maskKey) {
	var block [maskBlock]byte
	size := min(len(b), maskBlock)
	for n := copy(block[:], key[:]); n < size; n *= 2 {
		copy(block[n:], block[:n])
	}
	for len(b) > 0 {
		n := subtle.XORBytes(b, b, block[:])
		b = b[n:]
	}
}
