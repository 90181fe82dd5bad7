package relay

import (
	"bytes"
	"context"
	"io"
	"net"
	"testing"
	"time"

	"github.com/coder/websocket"
)

// script is what one side sends: raw frames, and the bytes that must come out.
type script struct {
	frames []byte
	bytes  []byte
}

// newScript makes frames from fuzz input, three bytes each: kind, and size. The frames
// are always legal: a message is finished before the next begins.
func newScript(input []byte, masked bool) script {
	var s script
	inMessage := false
	next := byte(0)
	for ; len(input) >= 3 && len(s.bytes) < 1<<20; input = input[3:] {
		size := int(input[1]) | int(input[2])<<8
		if input[0]&0x80 != 0 {
			size *= 5 // up to 320 KiB: more than any buffer
		}
		switch input[0] % 8 {
		case 0: // a control frame may stand between fragments
			s.frames = append(s.frames, frame(true, opPing, make([]byte, size%126), masked)...)
			continue
		case 1:
			s.frames = append(s.frames, frame(true, opPong, make([]byte, size%126), masked)...)
			continue
		case 2:
			size = 0
		case 3:
			size %= 4
		}
		op := byte(opBinary)
		if input[0]&0x40 != 0 {
			op = opText
		}
		if inMessage {
			op = opContinuation
		}
		fin := input[0]&0x20 != 0
		inMessage = !fin
		payload := make([]byte, size)
		for i := range payload {
			next = next*5 + 17
			payload[i] = next
		}
		s.bytes = append(s.bytes, payload...)
		s.frames = append(s.frames, frame(fin, op, payload, masked)...)
	}
	return s
}

// FuzzMessages sends arbitrary legal messages in both directions at once, cut into
// arbitrary writes, and expects every byte in order, in binary messages of legal size.
func FuzzMessages(f *testing.F) {
	f.Add([]byte{0x24, 1, 0}, []byte{0x24, 0, 2}, uint16(7))
	f.Add([]byte{0x04, 5, 0, 0x00, 9, 0, 0x02, 0, 0, 0x64, 0, 1}, []byte{0xE4, 0xFF, 0xFF, 0x63, 1, 0, 0x62, 0, 0}, uint16(1))
	f.Add(bytes.Repeat([]byte{0x23, 1, 0}, 300), bytes.Repeat([]byte{0x44, 0, 1, 0x01, 3, 0, 0x24, 7, 7}, 40), uint16(4096))
	f.Fuzz(func(t *testing.T, fromTenant, fromClient []byte, cutAt uint16) {
		r := newPipeRig(t, Config{ClientMessage: 50_000, TenantMessage: 20_000})
		client, tenant := r.pair()
		down := newScript(fromTenant[:min(len(fromTenant), 300)], false)
		up := newScript(fromClient[:min(len(fromClient), 300)], true)
		go writeCut(r.tenantNet.last(), down.frames, max(int(cutAt)+1, len(down.frames)/2000))
		go writeCut(r.clientNet.last(), up.frames, max(int(cutAt)+1, len(up.frames)/2000))
		results := make(chan string, 2)
		go func() { results <- expect(client, down.bytes, 50_000) }()
		go func() { results <- expect(tenant, up.bytes, 20_000) }()
		for range 2 {
			if fault := <-results; fault != "" {
				t.Error(fault)
			}
		}
		_ = client.CloseNow()
		_ = tenant.CloseNow()
		r.served()
	})
}

// writeCut writes b in pieces.
func writeCut(w io.Writer, b []byte, piece int) {
	for len(b) > 0 {
		n := min(piece, len(b))
		if _, err := w.Write(b[:n]); err != nil {
			return
		}
		b = b[n:]
	}
}

// expect reads want off binary messages of at most limit bytes and says what differs.
// It then keeps a reader on ws, so that pings are answered and a close is seen.
func expect(ws *websocket.Conn, want []byte, limit int) string {
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	for len(want) > 0 {
		typ, b, err := ws.Read(ctx)
		switch {
		case err != nil:
			return err.Error()
		case typ != websocket.MessageBinary || len(b) == 0 || len(b) > limit:
			return "a message is not binary, empty or too large"
		case len(b) > len(want) || !bytes.Equal(b, want[:len(b)]):
			return "bytes differ"
		}
		want = want[len(b):]
	}
	go drain(ws)
	return ""
}

// FuzzForeignBytes writes arbitrary bytes where frames should be, on either side. The
// connection may end or go on; it must neither panic nor hang, and a cut ends it.
func FuzzForeignBytes(f *testing.F) {
	f.Add([]byte("SSH-2.0-OpenSSH\r\n"), false)
	f.Add(frame(true, opBinary, []byte("fine"), false), false)
	f.Add(frame(true, opBinary, []byte("fine"), true), true)
	f.Add([]byte{0x82, 0x7F, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF}, false) // a length below zero
	f.Add([]byte{0x82, 0x7F, 0x7F, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 1}, false)
	f.Add([]byte{0x89, 0x7E, 0x01, 0x00}, false) // a ping of 256 bytes
	f.Add([]byte{0x09, 0x00}, false)             // a ping in fragments
	f.Add([]byte{0x80, 0x00}, false)             // a continuation of nothing
	f.Add([]byte{0x88, 0x01, 0x03}, false)       // half a close code
	f.Add([]byte{0x88, 0x02, 0x03, 0xEE}, false) // 1006 on the wire
	f.Add([]byte{0xC2, 0x01, 'x'}, false)        // compressed without agreement
	f.Fuzz(func(t *testing.T, raw []byte, fromClient bool) {
		r := newPipeRig(t, Config{})
		client, tenant := r.pair()
		go drain(client)
		go drain(tenant)
		side := r.tenantNet.last()
		if fromClient {
			side = r.clientNet.last()
		}
		_ = side.SetWriteDeadline(time.Now().Add(patience))
		writeCut(side, raw, 1000)
		closeBoth(r.clientNet.last(), r.tenantNet.last())
		r.served()
	})
}

func closeBoth(a, b net.Conn) {
	_ = a.Close()
	_ = b.Close()
}
