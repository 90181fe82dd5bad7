// Package wsframe makes the frames of messages (RFC 6455) for programs that write them
// beside their websocket library, which goes on to read, to answer control frames and to
// close. The library copies and masks a message through a buffer of 4 KiB and writes it in
// as many pieces; here it is masked where it lies, or while it is copied, and leaves in one
// system call and, over TLS, in as few records as there can be.
package wsframe

import (
	"crypto/rand"
	"crypto/subtle"
	"encoding/binary"
)

// Parts of a frame header (RFC 6455 §5.2). Frames of ours are always final: a message
// is one frame.
const (
	finalBinary = 0x80 | 0x2
	finalPing   = 0x80 | 0x9
	finalPong   = 0x80 | 0xA
	maskBit     = 0x80

	length16 = 126 // the length follows in 2 bytes
	length64 = 127 // the length follows in 8 bytes
)

// Room is the longest frame header in bytes (RFC 6455 §5.2): 2, a length of 8 and a key
// of 4.
const Room = 14

// maskKey is the masking key of one frame (RFC 6455 §5.3).
type maskKey [4]byte

// newMaskKey is unpredictable, as RFC 6455 §5.3 asks.
func newMaskKey() (key maskKey) {
	_, _ = rand.Read(key[:]) // never fails (crypto/rand)
	return key
}

// inPlace makes a frame of room, whose first Room bytes are free for the header and whose
// rest is the payload, which is masked where it lies. The frame is the end of room.
func inPlace(opcode byte, room []byte, masked bool) []byte {
	return around(opcode, room, room[Room:], masked)
}

// around makes a frame in room with a copy of payload, which is masked on the way; room
// has Room bytes more than payload.
func around(opcode byte, room, payload []byte, masked bool) []byte {
	header := make([]byte, 2, Room)
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
		mask(room[Room:], payload, key)
	} else {
		copy(room[Room:], payload)
	}
	frame := room[Room-len(header) : Room+len(payload)]
	copy(frame, header)
	return frame
}

// maskBlock is how many bytes are masked at once; a multiple of the key's length. Of
// 512 to 16384 bytes, 1024 is the least that masks at full speed.
const maskBlock = 1 << 10

// mask writes b with the key applied (RFC 6455 §5.3) to dst, which may be b.
func mask(dst, b []byte, key maskKey) {
	var block [maskBlock]byte
	size := min(len(b), maskBlock)
	for n := copy(block[:], key[:]); n < size; n *= 2 {
		copy(block[n:], block[:n])
	}
	for len(b) > 0 {
		n := subtle.XORBytes(dst, b, block[:])
		dst, b = dst[n:], b[n:]
	}
}
