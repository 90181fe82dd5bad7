package relay

import (
	"encoding/binary"
	"net"
	"testing"
)

// Opcodes of RFC 6455 §5.2.
const (
	opContinuation = 0x0
	opText         = 0x1
	opBinary       = 0x2
	opClose        = 0x8
	opPing         = 0x9
	opPong         = 0xA
)

// frame builds one frame; masked ones carry a fixed key.
func frame(fin bool, op byte, payload []byte, masked bool) []byte {
	var maskBit byte
	if masked {
		maskBit = 0x80
	}
	if fin {
		op |= 0x80
	}
	out := []byte{op}
	switch n := len(payload); {
	case n < 126:
		out = append(out, maskBit|byte(n))
	case n < 1<<16:
		out = binary.BigEndian.AppendUint16(append(out, maskBit|126), uint16(n))
	default:
		out = binary.BigEndian.AppendUint64(append(out, maskBit|127), uint64(n))
	}
	if !masked {
		return append(out, payload...)
	}
	key := [4]byte{0xA1, 0x5B, 0x00, 0xFF}
	out = append(out, key[:]...)
	for i, b := range payload {
		out = append(out, b^key[i%4])
	}
	return out
}

// sendRaw writes bytes to a socket in the background, as one piece.
func sendRaw(tb testing.TB, c net.Conn, b []byte) {
	tb.Helper()
	go func() { _, _ = c.Write(b) }()
}
