package ports

import (
	"bufio"
	"context"
	"crypto/tls"
	"errors"
	"io"
	"log"
	"net"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"
)

func TestWebServersAreTold(t *testing.T) {
	page := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path != "/" || r.Method != http.MethodGet {
			t.Errorf("the device was asked for %s %s", r.Method, r.URL)
		}
		_, _ = io.WriteString(w, "<!doctype html><html><head><title>Pump &amp; valve</title>")
		w.(http.Flusher).Flush()
		_, _ = io.WriteString(w, strings.Repeat("x", 1<<20))
	})
	redirect := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		http.Redirect(w, r, "/login", http.StatusFound)
	})
	login := http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("WWW-Authenticate", `Basic realm="monit"`)
		w.WriteHeader(http.StatusUnauthorized)
		_, _ = io.WriteString(w, "<html><head><TITLE>401 Unauthorized</TITLE>")
	})
	tests := map[string]struct {
		server *httptest.Server
		want   Result
	}{
		"page":     {httptest.NewServer(page), Result{KindHTTP, 200, "Pump & valve"}},
		"redirect": {httptest.NewServer(redirect), Result{KindHTTP, 302, ""}},
		"password": {httptest.NewServer(login), Result{KindHTTP, 401, "401 Unauthorized"}},
		"TLS":      {httptest.NewTLSServer(page), Result{KindHTTPS, 0, ""}},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			defer test.server.Close()
			test.server.Config.ErrorLog = log.New(io.Discard, "", 0)
			got := Probe(t.Context(), dialer(test.server.Listener.Addr()))
			if got != test.want {
				t.Errorf("got %+v, want %+v", got, test.want)
			}
		})
	}
}

// Node's and OpenSSL's servers hang up on plain HTTP without a byte.
func TestATLSServerThatHangsUpIsTold(t *testing.T) {
	for _, version := range []uint16{tls.VersionTLS12, tls.VersionTLS13} {
		server := httptest.NewUnstartedServer(http.NotFoundHandler())
		server.StartTLS()
		config := server.TLS.Clone()
		config.MinVersion, config.MaxVersion = version, version
		got := Probe(t.Context(), serve(t, func(conn net.Conn) {
			reader := bufio.NewReader(conn)
			if first, err := reader.Peek(1); err != nil || first[0] != tlsHandshake {
				return
			}
			_ = tls.Server(readerConn{conn, reader}, config).HandshakeContext(t.Context())
		}))
		server.Close()
		if got != (Result{Kind: KindHTTPS}) {
			t.Errorf("TLS %x: got %+v, want https", version, got)
		}
	}
}

func TestOtherProtocolsAreLeftAlone(t *testing.T) {
	var mu sync.Mutex
	var heard strings.Builder
	greet := func(text string) Dial {
		return serve(t, func(conn net.Conn) {
			_, _ = io.WriteString(conn, text)
			_ = conn.SetReadDeadline(time.Now().Add(50 * time.Millisecond))
			b, _ := io.ReadAll(conn)
			mu.Lock()
			defer mu.Unlock()
			heard.Write(b)
		})
	}
	for _, banner := range []string{"SSH-2.0-dropbear_2022.83\r\n", "220 mail ready\r\n", "RFB 003.008\n", "\x00", "HTTP"} {
		if got := Probe(t.Context(), greet(banner)); got != (Result{Kind: KindOther}) {
			t.Errorf("%q: got %+v, want other", banner, got)
		}
	}
	mu.Lock()
	defer mu.Unlock()
	if heard.Len() > 0 {
		t.Errorf("who spoke first was sent %q", heard.String())
	}
}

func TestAnswersThatAreNotHTTP(t *testing.T) {
	for answer, want := range map[string]Result{
		"":                                 {Kind: KindOther},
		"<html><title>HTTP/0.9</title>":    {Kind: KindOther},
		"-ERR unknown command 'GET'\r\n":   {Kind: KindOther},
		"RTSP/1.0 400 Bad Request\r\n\r\n": {Kind: KindOther},
		"HTTP/1.1 abc\r\n\r\n":             {Kind: KindOther},
		"HTTP/1.1 999 No\r\n\r\n":          {Kind: KindOther},
		"HTTP/1.1 20":                      {Kind: KindOther},
		"HTTP/1.1 200":                     {KindHTTP, 200, ""},
		"HTTP/1.0 200 OK\r\n\r\n<title>x":  {KindHTTP, 200, ""},
		"HTTP/1.1 400 No\r\n\r\n<title>a</title><p>The plain HTTP request was sent to HTTPS port</p>": {KindHTTPS, 0, ""},
		"\x15\x03\x01\x00\x02\x02\x46": {KindHTTPS, 0, ""},
	} {
		t.Run(strconv.Quote(answer), func(t *testing.T) {
			t.Parallel()
			got := Probe(t.Context(), serve(t, func(conn net.Conn) {
				_, _ = conn.Read(make([]byte, 4096))
				_, _ = io.WriteString(conn, answer)
			}))
			if got != want {
				t.Errorf("got %+v, want %+v", got, want)
			}
		})
	}
}

func TestAClosedPortIsClosed(t *testing.T) {
	got := Probe(t.Context(), func(context.Context) (net.Conn, error) { return nil, errors.New("connect failed") })
	if got != (Result{Kind: KindClosed}) {
		t.Errorf("got %+v", got)
	}
}

func TestAPortThatNeverEndsIsLeft(t *testing.T) {
	servers := map[string]func(context.Context, net.Conn){
		"silent": func(_ context.Context, conn net.Conn) { _, _ = io.Copy(io.Discard, conn) },
		"deaf":   func(ctx context.Context, _ net.Conn) { <-ctx.Done() },
		"endless": func(_ context.Context, conn net.Conn) {
			_, _ = conn.Read(make([]byte, len(request)))
			pour(conn, 4096, 0)
		},
		"dribbles": func(_ context.Context, conn net.Conn) {
			_, _ = conn.Read(make([]byte, len(request)))
			pour(conn, 1, time.Second)
		},
	}
	for name, server := range servers {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				var wait sync.WaitGroup
				defer wait.Wait()
				ctx, cancel := context.WithCancel(t.Context())
				defer cancel()
				begun := time.Now()
				got := Probe(ctx, func(context.Context) (net.Conn, error) {
					ours, theirs := net.Pipe()
					wait.Go(func() {
						server(ctx, theirs)
						_ = theirs.Close()
					})
					return ours, nil
				})
				if took := time.Since(begun); took > bannerLimit+2*answerLimit {
					t.Errorf("it took %v", took)
				}
				if got.Kind == KindHTTPS || got.Title != "" {
					t.Errorf("got %+v", got)
				}
			})
		})
	}
}

func TestADeviceThatTakesNoConnectionIsClosedInTime(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		begun := time.Now()
		got := Probe(t.Context(), func(ctx context.Context) (net.Conn, error) {
			<-ctx.Done()
			return nil, ctx.Err()
		})
		if got.Kind != KindClosed || time.Since(begun) != dialLimit {
			t.Errorf("got %+v after %v", got, time.Since(begun))
		}
	})
}

func TestAProbeThatIsCancelledEnds(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		begun := time.Now()
		Probe(ctx, func(context.Context) (net.Conn, error) {
			ours, theirs := net.Pipe()
			go func() { _, _ = io.Copy(io.Discard, theirs) }()
			return ours, nil
		})
		if took := time.Since(begun); took != time.Second {
			t.Errorf("it ended after %v, want 1s", took)
		}
	})
}

func pour(conn net.Conn, size int, pause time.Duration) {
	piece := []byte("HTTP/1.1 200 OK\r\n\r\n" + strings.Repeat("x", size))
	for {
		if _, err := conn.Write(piece); err != nil {
			return
		}
		piece = piece[len(piece)-size:]
		time.Sleep(pause)
	}
}

// serve runs a server for the connections of a test and dials it.
func serve(t *testing.T, handle func(net.Conn)) Dial {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	var wait sync.WaitGroup
	wait.Go(func() {
		for {
			conn, err := listener.Accept()
			if err != nil {
				return
			}
			wait.Go(func() {
				defer conn.Close()
				handle(conn)
			})
		}
	})
	t.Cleanup(func() {
		_ = listener.Close()
		wait.Wait()
	})
	return dialer(listener.Addr())
}

func dialer(addr net.Addr) Dial {
	return func(ctx context.Context) (net.Conn, error) {
		var d net.Dialer
		return d.DialContext(ctx, addr.Network(), addr.String())
	}
}

// readerConn is a connection some bytes of which were read ahead.
type readerConn struct {
	net.Conn
	reader *bufio.Reader
}

func (c readerConn) Read(b []byte) (int, error) { return c.reader.Read(b) }
