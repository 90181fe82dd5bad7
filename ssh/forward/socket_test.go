package forward

import (
	"bufio"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"sync"
	"testing"

	"porthole/ssh/wire"
)

// socketDevice shakes hands as resp says and runs f with each websocket; resp gets the
// request and adds to the head.
func socketDevice(t *testing.T, extra func(*http.Request) string, f func(net.Conn, *bufio.Reader)) *device {
	t.Helper()
	return newDevice(t).script(t, func(c net.Conn, r *bufio.Reader) {
		req, err := http.ReadRequest(r)
		if err != nil {
			return
		}
		head := "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n" +
			"Sec-WebSocket-Accept: " + acceptOf(req.Header.Get("Sec-Websocket-Key")) + "\r\n"
		if extra != nil {
			head += extra(req)
		}
		if _, err := io.WriteString(c, head+"\r\n"); err == nil {
			f(c, r)
		}
	})
}

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

// echo sends every message back and answers a close frame.
func echo(c net.Conn, r *bufio.Reader) {
	for {
		first, payload, err := receiveFrame(r)
		if err != nil || sendFrame(c, first, string(payload)) != nil || opcode(first&0x0f) == opClose {
			return
		}
	}
}

func dialSocket(t *testing.T, f *Forward, protocols ...string) *Socket {
	t.Helper()
	s, err := f.Socket(testContext(t), "/ws?x=1", protocols, nil)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func TestMessagesPassBothWaysInOrder(t *testing.T) {
	d := socketDevice(t, nil, echo)
	s := dialSocket(t, d.forward(t))
	const messages = 10_000
	sent := make(chan error, 1)
	go func() {
		for i := range messages {
			if err := s.Write(testContext(t), i%2 == 0, fmt.Append(nil, i)); err != nil {
				sent <- err
				return
			}
		}
		sent <- nil
	}()
	ctx := testContext(t)
	for i := range messages {
		text, data, err := s.Read(ctx)
		if err != nil || text != (i%2 == 0) || string(data) != fmt.Sprint(i) {
			t.Fatalf("message %d: got %v %q %v", i, text, data, err)
		}
	}
	if err := <-sent; err != nil {
		t.Fatal(err)
	}
}

func TestMessagesOfEverySize(t *testing.T) {
	d := socketDevice(t, nil, echo)
	s := dialSocket(t, d.forward(t))
	for _, size := range []int{0, 1, 7, 8, 125, 126, 127, 65535, 65536, writeBuffer - 3, 3 << 20} {
		data := make([]byte, size)
		for i := range data {
			data[i] = byte(i % 251)
		}
		go func() { _ = s.Write(testContext(t), false, data) }()
		_, got, err := s.Read(testContext(t))
		if err != nil || string(got) != string(data) {
			t.Fatalf("%d bytes: got %d, %v", size, len(got), err)
		}
	}
}

func TestTheHandshakeLooksLikeABrowsers(t *testing.T) {
	var got *http.Request
	d := socketDevice(t, func(r *http.Request) string {
		got = r
		return "Sec-WebSocket-Protocol: mqtt\r\nSet-Cookie: ws=1\r\n"
	}, echo)
	f := d.forward(t)
	f.jar.receive([]string{"sid=secret; HttpOnly", "old=1"}, "/")
	cookies := "page=2; sid=forged"
	s, err := f.Socket(testContext(t), "/ws?x=1", []string{"wamp", "mqtt"}, &cookies)
	if err != nil {
		t.Fatal(err)
	}
	if s.Protocol() != "mqtt" {
		t.Errorf("got protocol %q", s.Protocol())
	}
	for name, want := range map[string]string{
		"Origin": "http://localhost:1880", "Cookie": "sid=secret; page=2", "Sec-Websocket-Version": "13",
		"Sec-Websocket-Protocol": "wamp, mqtt", "Sec-Websocket-Extensions": "", "Connection": "Upgrade", "Upgrade": "websocket",
	} {
		if got.Header.Get(name) != want {
			t.Errorf("got %s %q, want %q", name, got.Header.Get(name), want)
		}
	}
	if got.RequestURI != "/ws?x=1" || got.Host != "localhost:1880" {
		t.Errorf("got %s at %s", got.RequestURI, got.Host)
	}
	if f.Cookies("/") != "old=1; ws=1" {
		t.Errorf("got cookies %q", f.Cookies("/"))
	}
}

func TestHandshakesThatFail(t *testing.T) {
	accepted := "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: %s\r\n%s\r\n"
	for name, tt := range map[string]struct {
		answer string // %s is the right Sec-WebSocket-Accept
		code   wire.ErrorCode
		says   string
	}{
		"403":                    {"HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\n\r\n", wire.CodeForwardRefused, "403"},
		"a page":                 {"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi", wire.CodeForwardRefused, "200"},
		"a redirect":             {"HTTP/1.1 302 Found\r\nLocation: /x\r\n\r\n", wire.CodeForwardRefused, "302"},
		"401":                    {"HTTP/1.1 401 No\r\nWWW-Authenticate: Basic realm=x\r\nContent-Length: 0\r\n\r\n", wire.CodeForwardRefused, "401"},
		"a wrong accept":         {fmt.Sprintf(accepted, "AAAA", ""), wire.CodeForwardGarbage, "websocket"},
		"an unasked extension":   {fmt.Sprintf(accepted, "%s", "Sec-WebSocket-Extensions: permessage-deflate\r\n"), wire.CodeForwardGarbage, "extensions"},
		"an unasked protocol":    {fmt.Sprintf(accepted, "%s", "Sec-WebSocket-Protocol: x\r\n"), wire.CodeForwardGarbage, "subprotocol"},
		"no answer":              {"", wire.CodeForwardBroken, "without an answer"},
		"no Connection: Upgrade": {"HTTP/1.1 101 OK\r\nUpgrade: websocket\r\nSec-WebSocket-Accept: %s\r\n\r\n", wire.CodeForwardGarbage, "websocket"},
	} {
		t.Run(name, func(t *testing.T) {
			d := newDevice(t).script(t, func(c net.Conn, r *bufio.Reader) {
				req, err := http.ReadRequest(r)
				if err == nil {
					_, _ = io.WriteString(c, strings.Replace(tt.answer, "%s", acceptOf(req.Header.Get("Sec-Websocket-Key")), 1))
				}
			})
			f := d.forward(t)
			_, err := f.Socket(testContext(t), "/", nil, nil)
			wantCode(t, err, tt.code)
			if err != nil && !strings.Contains(err.Error(), tt.says) {
				t.Errorf("got %v, want it to say %q", err, tt.says)
			}
			eventually(t, "the connection is closed", func() bool { return f.Stats().Connections == 0 && d.open.Load() == 0 })
			if f.sockets.Load() != 0 {
				t.Errorf("%d websockets are counted", f.sockets.Load())
			}
		})
	}
}

func TestAWebsocketAnswersAChallenge(t *testing.T) {
	d := newDevice(t).script(t, func(c net.Conn, r *bufio.Reader) {
		req, err := http.ReadRequest(r)
		if err != nil {
			return
		}
		if _, password, _ := req.BasicAuth(); password != "sesame" {
			_, _ = io.WriteString(c, "HTTP/1.1 401 No\r\nWWW-Authenticate: Basic realm=x\r\nContent-Length: 0\r\n\r\n")
			return
		}
		_, _ = io.WriteString(c, "HTTP/1.1 101 OK\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: "+
			acceptOf(req.Header.Get("Sec-Websocket-Key"))+"\r\n\r\n")
		echo(c, r)
	})
	f := d.forward(t)
	f.SetCredential("admin", "sesame")
	dialSocket(t, f)
}

func TestClosesCarryCodeAndReasonBothWays(t *testing.T) {
	t.Run("from the page", func(t *testing.T) {
		d := socketDevice(t, nil, echo)
		f := d.forward(t)
		s := dialSocket(t, f)
		go func() { _ = s.Close(4001, "enough") }()
		if _, _, err := s.Read(testContext(t)); !errors.Is(err, io.EOF) {
			t.Errorf("got %v, want io.EOF", err)
		}
		<-s.Closed()
		if got := s.End(); got != (SocketEnd{Code: 4001, Reason: "enough", Clean: true}) {
			t.Errorf("got %+v", got)
		}
		if err := s.Write(testContext(t), true, []byte("late")); err == nil {
			t.Error("a message was sent after the close")
		}
		if _, _, err := s.Read(testContext(t)); !errors.Is(err, io.EOF) {
			t.Errorf("got %v from another read, want io.EOF", err)
		}
		eventually(t, "the connection is closed", func() bool { return f.Stats().Connections == 0 && f.sockets.Load() == 0 })
	})
	for name, tt := range map[string]struct {
		payload string
		want    SocketEnd
		reply   string
	}{
		"from the device":              {"\x03\xe9bye", SocketEnd{1001, "bye", true}, "\x03\xe9"},
		"from the device without code": {"", SocketEnd{1005, "", true}, ""},
	} {
		t.Run(name, func(t *testing.T) {
			reply := make(chan string, 1)
			d := socketDevice(t, nil, func(c net.Conn, r *bufio.Reader) {
				_ = sendFrame(c, 0x88, tt.payload)
				_, got, _ := receiveFrame(r)
				reply <- string(got)
			})
			s := dialSocket(t, d.forward(t))
			if _, _, err := s.Read(testContext(t)); !errors.Is(err, io.EOF) {
				t.Errorf("got %v, want io.EOF", err)
			}
			if got := <-reply; got != tt.reply {
				t.Errorf("got reply %q, want %q", got, tt.reply)
			}
			if got := s.End(); got != tt.want {
				t.Errorf("got %+v, want %+v", got, tt.want)
			}
		})
	}
}

func TestABrokenWebsocketEndsAs1006(t *testing.T) {
	d := socketDevice(t, nil, func(c net.Conn, _ *bufio.Reader) { _, _ = c.Write([]byte{0x81, 5, 'h'}) })
	s := dialSocket(t, d.forward(t))
	_, _, err := s.Read(testContext(t))
	wantCode(t, err, wire.CodeForwardBroken)
	<-s.Closed()
	if got := s.End(); got != (SocketEnd{Code: closeAbnormal}) {
		t.Errorf("got %+v", got)
	}

	f := socketDevice(t, nil, echo).forward(t)
	s = dialSocket(t, f)
	_ = f.Close()
	<-s.Closed()
	_, _, err = s.Read(testContext(t))
	wantCode(t, err, wire.CodeClosed)

	s = dialSocket(t, socketDevice(t, nil, echo).forward(t))
	ctx, cancel := context.WithCancel(testContext(t))
	go cancel()
	_, _, err = s.Read(ctx)
	wantCode(t, err, wire.CodeCancelled)
	<-s.Closed()
}

func TestPingsAreAnsweredWhileAWriteIsStuck(t *testing.T) {
	pongs := make(chan string, 2)
	d := socketDevice(t, nil, func(c net.Conn, r *bufio.Reader) {
		_ = sendFrame(c, 0x89, "one") // before anything is read
		_ = sendFrame(c, 0x81, "hello")
		for range 2 {
			if first, payload, _ := receiveFrame(r); opcode(first&0x0f) == opPong {
				pongs <- string(payload)
			}
		}
	})
	s := dialSocket(t, d.forward(t))
	go func() { _ = s.Write(testContext(t), true, make([]byte, 1<<20)) }()
	if _, data, err := s.Read(testContext(t)); err != nil || string(data) != "hello" {
		t.Errorf("got %q, %v", data, err)
	}
	if got := <-pongs; got != "one" {
		t.Errorf("got pong %q", got)
	}
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

func TestFiveHundredWebsocketsAndAPage(t *testing.T) {
	const sockets = 500
	d := socketDevice(t, nil, echo)
	f := d.forward(t)
	var all sync.WaitGroup
	for i := range sockets {
		s := dialSocket(t, f)
		all.Go(func() {
			want := fmt.Sprint("hello ", i)
			go func() { _ = s.Write(testContext(t), true, []byte(want)) }()
			if _, data, err := s.Read(testContext(t)); err != nil || string(data) != want {
				t.Errorf("got %q, %v, want %q", data, err, want)
			}
		})
	}
	all.Wait()
	if s := f.Stats(); s.Connections != sockets || s.Dials != sockets {
		t.Errorf("got %+v", s)
	}
	_ = f.Close()
	eventually(t, "all are closed", func() bool { return d.open.Load() == 0 && f.sockets.Load() == 0 })
}

func TestSocketsThatCannotBeAskedFor(t *testing.T) {
	f := newDevice(t).forward(t)
	for name, protocols := range map[string][]string{"two of a kind": {"a", "a"}, "a list in one": {"a, b"}, "an empty one": {""}} {
		_, err := f.Socket(testContext(t), "/", protocols, nil)
		t.Run(name, func(t *testing.T) { wantCode(t, err, wire.CodeInvalid) })
	}
	s := dialSocket(t, socketDevice(t, nil, echo).forward(t))
	for _, code := range []int{1, 999, 1005, 1006, 1015, 2000, 5000} {
		wantCode(t, s.Close(code, ""), wire.CodeInvalid)
	}
	wantCode(t, s.Close(1000, strings.Repeat("x", 124)), wire.CodeInvalid)
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
