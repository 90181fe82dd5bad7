//go:build js

package bridge_test

import (
	"bufio"
	"crypto/sha1"
	"encoding/base64"
	"encoding/binary"
	"io"
	"net/http"
)

// echo is the device's end of a websocket (RFC 6455) that sends back what it gets, whole
// messages in one frame each.
func echo(w http.ResponseWriter, r *http.Request) {
	hash := sha1.New()
	_, _ = io.WriteString(hash, r.Header.Get("Sec-WebSocket-Key")+"258EAFA5-E914-47DA-95CA-C5AB0DC85B11")
	conn, both, err := w.(http.Hijacker).Hijack()
	if err != nil {
		return
	}
	defer func() { _ = conn.Close() }()
	answer := "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n" +
		"Sec-WebSocket-Accept: " + base64.StdEncoding.EncodeToString(hash.Sum(nil)) + "\r\n"
	if protocol := r.Header.Get("Sec-WebSocket-Protocol"); protocol != "" {
		answer += "Sec-WebSocket-Protocol: " + protocol + "\r\n"
	}
	_, _ = io.WriteString(conn, answer+"\r\n")
	for {
		head, payload, err := readFrame(both.Reader)
		if err != nil {
			return
		}
		if err := writeFrame(conn, head, payload); err != nil || head&15 == 8 {
			return
		}
	}
}

// readFrame reads one masked frame.
func readFrame(r *bufio.Reader) (head byte, payload []byte, err error) {
	var start [2]byte
	if _, err := io.ReadFull(r, start[:]); err != nil {
		return 0, nil, err
	}
	size := uint64(start[1] & 127)
	switch size {
	case 126:
		var wide [2]byte
		_, err = io.ReadFull(r, wide[:])
		size = uint64(binary.BigEndian.Uint16(wide[:]))
	case 127:
		var wide [8]byte
		_, err = io.ReadFull(r, wide[:])
		size = binary.BigEndian.Uint64(wide[:])
	}
	var mask [4]byte
	if err == nil {
		_, err = io.ReadFull(r, mask[:])
	}
	payload = make([]byte, size)
	if err == nil {
		_, err = io.ReadFull(r, payload)
	}
	for i := range payload {
		payload[i] ^= mask[i%4]
	}
	return start[0], payload, err
}

func writeFrame(w io.Writer, head byte, payload []byte) error {
	out := []byte{head}
	switch size := len(payload); {
	case size < 126:
		out = append(out, byte(size))
	case size < 1<<16:
		out = binary.BigEndian.AppendUint16(append(out, 126), uint16(size))
	default:
		out = binary.BigEndian.AppendUint64(append(out, 127), uint64(size))
	}
	_, err := w.Write(append(out, payload...))
	return err
}
