//go:build js

package jssocket

import (
	"syscall/js"

	"porthole/ssh/tunnel"
)

// message is one received message in JavaScript memory. It is copied straight into the
// reader's buffer, however many reads that takes.
type message struct {
	array js.Value // Uint8Array
	size  int
}

// newMessage takes the data of a message event. Text is rare enough to be copied twice.
func newMessage(data js.Value) tunnel.Message {
	if data.Type() == js.TypeString {
		return tunnel.Bytes(data.String())
	}
	array := js.Global().Get("Uint8Array").New(data)
	return message{array: array, size: array.Length()}
}

// Len implements tunnel.Message.
func (m message) Len() int { return m.size }

// CopyFrom implements tunnel.Message.
func (m message) CopyFrom(p []byte, off int) int {
	if off == 0 {
		// CopyBytesToGo copies what fits, which saves a view for most messages.
		return js.CopyBytesToGo(p, m.array)
	}
	return js.CopyBytesToGo(p, m.array.Call("subarray", off))
}
