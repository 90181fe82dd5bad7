package forward

import (
	"bufio"
	"encoding/binary"
	"fmt"
	"io"
	"net"
	"strings"
	"testing"

	"porthole/ssh/wire"
)

// sendFrame writes an unmasked frame, as a server does.
func sendFrame(w io.Writer, first byte, payload string) error {
	head := []byte{first}
	switch n := len(payload); {
	case n < 126:
		head = append(head, byte(n))
	case n < 1<<16:
		head = binary.BigEndian.AppendUint16(append(head, 126), uint16(n))
	default:
		head = binary.BigEndian.AppendUint64(append(head, 127), uint64(n))
	}
	_, err := w.Write(append(head, payload...))
	return err
}

// receiveFrame reads a masked frame, as a server must get it.
func receiveFrame(r *bufio.Reader) (first byte, payload []byte, err error) {
	first, err = r.ReadByte()
	if err != nil {
		return 0, nil, err
	}
	second, err := r.ReadByte()
	if err != nil {
		return 0, nil, err
	}
	if second&0x80 == 0 {
		return 0, nil, fmt.Errorf("the frame is not masked")
	}
	size := uint64(second & 0x7f)
	long := make([]byte, map[uint64]int{126: 2, 127: 8}[size])
	if _, err := io.ReadFull(r, long); err != nil {
		return 0, nil, err
	}
	for i, b := range long {
		if i == 0 {
			size = 0
		}
		size = size<<8 | uint64(b)
	}
	var key [4]byte
	if _, err := io.ReadFull(r, key[:]); err != nil {
		return 0, nil, err
	}
	payload = make([]byte, size)
	_, err = io.ReadFull(r, payload)
	for i := range payload {
		payload[i] ^= key[i%4]
	}
	return first, payload, err
}

func TestMessagesInSeveralFramesAreOne(t *testing.T) {
	d := socketDevice(t, nil, func(c net.Conn, r *bufio.Reader) {
		_ = sendFrame(c, 0x01, "gr\xc3")
		_ = sendFrame(c, 0x89, "between")
		_ = sendFrame(c, 0x00, "\xbc")
		_ = sendFrame(c, 0x80, "n")
		_, _ = io.Copy(io.Discard, r)
	})
	s := dialSocket(t, d.forward(t))
	if text, data, err := s.Read(testContext(t)); err != nil || !text || string(data) != "grün" {
		t.Errorf("got %v %q %v", text, data, err)
	}
}

func TestFramesThatBreakTheRules(t *testing.T) {
	for name, tt := range map[string]struct {
		frames string
		code   int
	}{
		"a reserved bit":            {"\xc1\x01a", closeProtocol},
		"a masked frame":            {"\x81\x81abcda", closeProtocol},
		"an unknown opcode":         {"\x83\x00", closeProtocol},
		"a long ping":               {"\x89\x7e\x00\x7e", closeProtocol},
		"a split ping":              {"\x09\x00", closeProtocol},
		"a continuation of nothing": {"\x80\x00", closeProtocol},
		"a message in a message":    {"\x01\x01a\x81\x01b", closeProtocol},
		"text that is no UTF-8":     {"\x81\x01\xff", closeBadText},
		"a close of one byte":       {"\x88\x01a", closeProtocol},
		"a close with 1005":         {"\x88\x02\x03\xed", closeProtocol},
		"a reason that is no UTF-8": {"\x88\x03\x03\xe8\xff", closeBadText},
		"more than 64 MiB":          {"\x82\x7f\x00\x00\x00\x00\x04\x00\x00\x01", closeTooBig},
		"a negative length":         {"\x82\x7f\xff\xff\xff\xff\xff\xff\xff\xff", closeTooBig},
	} {
		t.Run(name, func(t *testing.T) {
			code := make(chan int, 1)
			d := socketDevice(t, nil, func(c net.Conn, r *bufio.Reader) {
				go func() { _, _ = io.WriteString(c, tt.frames) }()
				if _, payload, err := receiveFrame(r); err == nil && len(payload) == 2 {
					code <- int(binary.BigEndian.Uint16(payload))
				}
				close(code)
			})
			s := dialSocket(t, d.forward(t))
			_, _, err := s.Read(testContext(t))
			wantCode(t, err, wire.CodeForwardGarbage)
			if got := <-code; got != tt.code {
				t.Errorf("the device was told %d, want %d", got, tt.code)
			}
			<-s.Closed()
			if got := s.End(); got != (SocketEnd{Code: closeAbnormal}) {
				t.Errorf("got %+v", got)
			}
		})
	}
}

func FuzzFrames(f *testing.F) {
	for _, seed := range []string{"\x81\x05hello", "\x01\x01a\x80\x01b", "\x88\x02\x03\xe8", "\x89\x00\x81\x00", "\x82\x7e\x01\x00"} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		near, far := net.Pipe()
		fw := newDevice(t).forward(t)
		c := &conn{f: fw, raw: near, stream: near}
		c.br = bufio.NewReaderSize(c, readBuffer)
		fw.adopt(c)
		fw.sockets.Add(1)
		s := newSocket(c, "")
		go func() { _, _ = io.Copy(io.Discard, far) }()
		go func() { _, _ = far.Write(data); _ = far.Close() }()
		for {
			text, message, err := s.Read(t.Context())
			if err != nil {
				break
			}
			if len(message) > len(data) || text && !isUTF8(message) {
				t.Errorf("got %q of %q", message, data)
			}
		}
		<-s.Closed()
		if s.End().Code == 0 {
			t.Error("the end has no code")
		}
	})
}

func isUTF8(b []byte) bool { return strings.ToValidUTF8(string(b), "") == string(b) }
