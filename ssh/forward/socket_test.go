package forward

import (
	"bufio"
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
