package ssh

import (
	"bytes"
	"errors"
	"io"
	"net"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	gossh "golang.org/x/crypto/ssh"

	"porthole/ssh/sshtest"
	"porthole/ssh/wire"
)

func TestReadGreeting(t *testing.T) {
	tests := map[string]struct {
		received string
		want     greeting
		start    int
	}{
		"nothing":                {"", greetingUnknown, 0},
		"begun":                  {"SSH-2.0-Op", greetingUnknown, 0},
		"begun prefix":           {"SS", greetingUnknown, 0},
		"banner":                 {"SSH-2.0-OpenSSH_9.2\r\n", greetingSSH, 0},
		"banner, only LF":        {"SSH-2.0-x\n", greetingSSH, 0},
		"both versions":          {"SSH-1.99-Cisco-1.25\n", greetingSSH, 0},
		"text before":            {"Welcome\r\nto you\r\nSSH-2.0-x\r\n", greetingSSH, 17},
		"escape sequence before": {"\x1b[1mhi\r\nSSH-2.0-x\r\n", greetingSSH, 8},
		"only text so far":       {"Welcome\r\n", greetingUnknown, 0},
		"version 1":              {"SSH-1.5-old\n", greetingSSH1, 0},
		"version 3":              {"SSH-3.0-new\n", greetingForeign, 0},
		"endless banner":         {"SSH-2.0-" + strings.Repeat("x", 300), greetingForeign, 0},
		"endless text":           {strings.Repeat("hello\n", 3000), greetingForeign, 0},
		"endless line":           {strings.Repeat("x", 10_000), greetingForeign, 0},
		"HTTP":                   {"HTTP/1.1 400 Bad Request\r\n", greetingForeign, 0},
		"HTML":                   {"<html>", greetingForeign, 0},
		"TLS alert":              {"\x15\x03\x03\x00\x02\x02\x46", greetingForeign, 0},
		"Telnet":                 {"\xff\xfd\x18\xff\xfd\x20", greetingForeign, 0},
		"VNC":                    {"RFB 003.008\n", greetingForeign, 0},
		"FTP":                    {"220 ready\r\n", greetingForeign, 0},
		"NUL":                    {"abc\x00", greetingForeign, 0},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			if got, start := readGreeting([]byte(test.received)); got != test.want || start != test.start {
				t.Errorf("got %v at %d, want %v at %d", got, start, test.want, test.start)
			}
		})
	}
}

func FuzzGreeting(f *testing.F) {
	f.Add([]byte("a\r\nSSH-2.0-x\r\n"))
	f.Add([]byte("HTTP/1.1 200"))
	f.Fuzz(func(t *testing.T, b []byte) {
		g, start := readGreeting(b)
		switch g {
		case greetingSSH, greetingSSH1:
			if !bytes.HasPrefix(b[start:], []byte("SSH-")) || !bytes.Contains(b[start:], []byte("\n")) {
				t.Errorf("got %v at %d of %q", g, start, b)
			}
		case greetingUnknown:
			if len(b) > maxBeforeText+maxBannerLine {
				t.Errorf("still undecided after %d bytes", len(b))
			}
		case greetingForeign:
			// More bytes must not make it SSH.
			if again, _ := readGreeting(append(bytes.Clone(b), "\nSSH-2.0-x\r\n"...)); again == greetingUnknown {
				t.Errorf("became undecided: %q", b)
			}
		}
		if text := excerpt(b); len([]rune(text)) > maxExcerpt || strings.ContainsAny(text, "\x1b\n\x00") {
			t.Errorf("got excerpt %q", text)
		}
	})
}

// TestSomethingThatIsNotSSHOnThatPort: the answer comes at once and shows what came.
func TestSomethingThatIsNotSSHOnThatPort(t *testing.T) {
	tests := map[string]struct{ says, want string }{
		"HTTP server":          {"HTTP/1.1 400 Bad Request\r\nServer: x\r\n\r\n", `"HTTP/1.1 400 Bad Request`},
		"TLS server":           {"\x15\x03\x03\x00\x02\x02\x46", "Something other"},
		"terminal escapes":     {"\x1b[2J\x1b]0;owned\x07 hello\x00", "hello"},
		"text, then the end":   {"Not allowed at this time\r\n", `"Not allowed at this time"`},
		"SSH 1":                {"SSH-1.5-1.2.27\n", "version 1"},
		"64 kB without a line": {strings.Repeat("A", 65_536), `"AAAA`},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			nc := speak(t, func(device net.Conn) {
				if _, err := io.ReadFull(device, make([]byte, len(clientVersion)+2)); err != nil {
					return
				}
				_, _ = io.WriteString(device, test.says)
			})
			_, err := Connect(testContext(t), nc, Config{})
			e := wantError(t, err, wire.CodeNotSSH, test.want)
			if strings.ContainsAny(e.Message, "\x1b\x07\x00") {
				t.Errorf("got control characters in %q", e.Message)
			}
		})
	}
}

func TestSilenceEndsWithASentence(t *testing.T) {
	tests := map[string]struct {
		says  string
		code  wire.ErrorCode
		after time.Duration
	}{
		"nothing at all":         {"", wire.CodeDeviceTimeout, DefaultBannerTimeout},
		"text, then nothing":     {"Welcome to the gadget\r\n", wire.CodeNotSSH, greetingPatience},
		"banner, then nothing":   {"SSH-2.0-x\r\n", wire.CodeDeviceTimeout, DefaultSilenceTimeout},
		"half a banner":          {"SSH-2.0-x", wire.CodeNotSSH, greetingPatience},
		"garbage after a banner": {"SSH-2.0-x\r\n\x00\x00\x00", wire.CodeDeviceTimeout, DefaultSilenceTimeout},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				nc := speak(t, func(device net.Conn) {
					_, _ = io.WriteString(device, test.says)
					_, _ = io.Copy(io.Discard, device)
				})
				begin := time.Now()
				_, err := Connect(t.Context(), nc, Config{})
				wantError(t, err, test.code)
				if took := time.Since(begin); took != test.after {
					t.Errorf("took %v, want %v", took, test.after)
				}
			})
		})
	}
}

func TestTrickledTextDoesNotHoldUs(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		nc := speak(t, func(device net.Conn) {
			for {
				if _, err := io.WriteString(device, "x"); err != nil {
					return
				}
				time.Sleep(time.Second)
			}
		})
		_, err := Connect(t.Context(), nc, Config{})
		wantError(t, err, wire.CodeNotSSH, `"xxxx`)
	})
}

func TestTextBeforeTheBannerIsTolerated(t *testing.T) {
	server := passwordServer(t)
	inner := serve(t, server)
	nc := speak(t, func(device net.Conn) {
		_, _ = io.WriteString(device, strings.Repeat("long line ", 60)+"\r\nAuthorised use only\r\n")
		done := make(chan struct{})
		go func() {
			defer close(done)
			_, _ = io.Copy(inner, device)
			_ = inner.Close()
		}()
		_, _ = io.Copy(device, inner)
		_ = device.Close()
		<-done
	})
	client, err := Connect(testContext(t), nc, passwordConfig(server))
	if err != nil {
		t.Fatal(err)
	}
	_ = client.Close()
}

// reasonError is what ssh/tunnel gives when the websocket was closed with a reason.
type reasonError struct {
	code wire.CloseCode
	text string
}

func (e reasonError) Error() string                         { return "websocket closed" }
func (e reasonError) CloseReason() (wire.CloseCode, string) { return e.code, e.text }

// reasonConn gives a reason instead of io.EOF, and to who writes after the end, as the
// tunnel does.
type reasonConn struct {
	net.Conn
	reason error
}

func (c reasonConn) Read(p []byte) (int, error) {
	n, err := c.Conn.Read(p)
	if errors.Is(err, io.EOF) {
		err = c.reason
	}
	return n, err
}

func (c reasonConn) Write(p []byte) (int, error) {
	n, err := c.Conn.Write(p)
	if err != nil {
		err = c.reason
	}
	return n, err
}

// TestPortClosedOnTheDevice and its like: what the gateway knows is what the person reads.
func TestPortClosedOnTheDevice(t *testing.T) {
	tests := []struct {
		reason reasonError
		code   wire.ErrorCode
		want   string
	}{
		{reasonError{wire.CloseDeviceRefused, "connect to 127.0.0.1:22: connection refused"}, wire.CodeDeviceRefused, "connection refused"},
		{reasonError{wire.CloseDeviceTimeout, "The device did not answer."}, wire.CodeDeviceTimeout, "did not answer"},
		{reasonError{wire.CloseGatewayStopping, ""}, wire.CodeGatewayStopping, "Connect again"},
		{reasonError{wire.CloseNormal, ""}, wire.CodeLost, "before its SSH server said anything"},
		{reasonError{1234, "odd\x1b[0m"}, wire.CodeLost, "odd"},
	}
	for _, test := range tests {
		nc := speak(t, func(net.Conn) {})
		_, err := Connect(testContext(t), reasonConn{nc, test.reason}, Config{})
		wantError(t, err, test.code, test.want)
	}
	nc := speak(t, func(net.Conn) {})
	_, err := Connect(testContext(t), nc, Config{})
	wantError(t, err, wire.CodeLost, "before its SSH server said anything")
}

func TestReasonOfTheEndWhileConnected(t *testing.T) {
	for code, want := range map[wire.CloseCode]wire.ErrorCode{
		wire.CloseLoginEnded:      wire.CodeLoginEnded,
		wire.CloseIdle:            wire.CodeIdle,
		wire.CloseMaxDuration:     wire.CodeMaxDuration,
		wire.CloseTenantLost:      wire.CodeTenantLost,
		wire.CloseGatewayStopping: wire.CodeGatewayStopping,
		wire.CloseNormal:          wire.CodeLost,
	} {
		server := passwordServer(t)
		nc := reasonConn{serve(t, server), reasonError{code, "Because."}}
		client, err := Connect(testContext(t), nc, passwordConfig(server))
		if err != nil {
			t.Fatal(err)
		}
		session, err := client.Shell(testContext(t), ShellOptions{})
		if err != nil {
			t.Fatal(err)
		}
		server.DropConnections()
		exit, err := session.Wait(testContext(t))
		if err != nil {
			t.Fatal(err)
		}
		wantError(t, exit.Err, want, "Because.")
		<-client.Closed()
		wantError(t, client.Err(), want, "Because.")
		_ = client.Close()
		wantError(t, client.Err(), want)
	}
}

// TestDeviceAgentKilledMidConnection: no reason is known, and it still ends at once.
func TestDeviceAgentKilledMidConnection(t *testing.T) {
	server := passwordServer(t)
	client := connected(t, server, passwordConfig(server))
	server.DropConnections()
	<-client.Closed()
	wantError(t, client.Err(), wire.CodeLost, "The device ended the connection")
}

func TestNoCommonAlgorithmSaysWhich(t *testing.T) {
	rsa := rsaHostKey(t)
	tests := map[string]struct {
		algorithms *sshtest.Algorithms
		allowOld   bool
		kind       string
		offered    string
		old        bool
	}{
		"key exchange": {
			&sshtest.Algorithms{KeyExchanges: []string{gossh.InsecureKeyExchangeDH14SHA1}}, false,
			"key exchange", gossh.InsecureKeyExchangeDH14SHA1, true,
		},
		"host key": {&sshtest.Algorithms{HostKeys: []string{gossh.KeyAlgoRSA}}, false, "host key", gossh.KeyAlgoRSA, true},
		"cipher":   {&sshtest.Algorithms{Ciphers: []string{gossh.InsecureCipherAES128CBC}}, false, "cipher", "aes128-cbc", true},
		"cipher no one should use": {
			&sshtest.Algorithms{Ciphers: []string{gossh.InsecureCipherRC4}}, true,
			"cipher", "arcfour", false,
		},
		"cipher that old does not help": {
			&sshtest.Algorithms{Ciphers: []string{gossh.InsecureCipherRC4}}, false,
			"cipher", "arcfour", false,
		},
		"MAC": {
			&sshtest.Algorithms{Ciphers: []string{gossh.CipherAES128CTR}, MACs: []string{gossh.HMACSHA1}}, false,
			"MAC", "hmac-sha1", true,
		},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			server := newServer(t, sshtest.Options{
				Passwords: map[string]string{"root": "secret"}, HostKeys: []gossh.Signer{rsa}, Algorithms: test.algorithms,
			})
			config := passwordConfig(server)
			config.AllowOld = test.allowOld
			_, err := Connect(testContext(t), serve(t, server), config)
			e := wantError(t, err, wire.CodeNoCommonAlg, test.kind, test.offered)
			if e.Detail["kind"] != test.kind || e.Detail["oldWouldHelp"] != test.old {
				t.Errorf("got detail %v", e.Detail)
			}
			offered, _ := e.Detail["offered"].([]string)
			if len(offered) != 1 || offered[0] != test.offered {
				t.Errorf("got offered %q, want only %q", offered, test.offered)
			}
		})
	}
}

func TestOldDevice(t *testing.T) {
	for name, algorithms := range map[string]*sshtest.Algorithms{"old": sshtest.OldDevice(), "ancient": sshtest.Ancient()} {
		t.Run(name, func(t *testing.T) {
			server := newServer(t, sshtest.Options{
				Passwords: map[string]string{"root": "secret"}, HostKeys: []gossh.Signer{rsaHostKey(t)}, Algorithms: algorithms,
			})
			_, err := Connect(testContext(t), serve(t, server), passwordConfig(server))
			e := wantError(t, err, wire.CodeNoCommonAlg, "Allowing old algorithms")
			if e.Detail["oldWouldHelp"] != true {
				t.Errorf("got detail %v", e.Detail)
			}
			config := passwordConfig(server)
			config.AllowOld = true
			client := connected(t, server, config)
			if info := client.Info(); info.KeyExchange != algorithms.KeyExchanges[0] || info.Cipher != algorithms.Ciphers[0] ||
				info.MAC != algorithms.MACs[0] || info.HostKeyAlgorithm != gossh.KeyAlgoRSA {
				t.Errorf("got %+v", info)
			}
		})
	}
}

func TestOldAlgorithmsComeLast(t *testing.T) {
	server := newServer(t, sshtest.Options{Passwords: map[string]string{"root": "secret"}})
	config := passwordConfig(server)
	config.AllowOld = true
	if info := connected(t, server, config).Info(); info.KeyExchange != gossh.KeyExchangeMLKEM768X25519 ||
		info.HostKeyAlgorithm != gossh.KeyAlgoED25519 {
		t.Errorf("got %+v", info)
	}
}

func TestPreferChaCha(t *testing.T) {
	server := newServer(t, sshtest.Options{Passwords: map[string]string{"root": "secret"}})
	config := passwordConfig(server)
	config.PreferChaCha = true
	if got := connected(t, server, config).Info().Cipher; got != gossh.CipherChaCha20Poly1305 {
		t.Errorf("got %s", got)
	}
}
