package ssh

import (
	"context"
	"crypto/rand"
	"crypto/rsa"
	"errors"
	"net"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	gossh "golang.org/x/crypto/ssh"

	"porthole/ssh/hostkey"
	"porthole/ssh/sshtest"
	"porthole/ssh/wire"
)

// rsaHostKey is made once: it takes long, in wasm above all.
var rsaHostKey = func() func(*testing.T) gossh.Signer {
	once := sync.OnceValues(func() (gossh.Signer, error) {
		key, err := rsa.GenerateKey(rand.Reader, 2048)
		if err != nil {
			return nil, err
		}
		return gossh.NewSignerFromKey(key)
	})
	return func(t *testing.T) gossh.Signer {
		t.Helper()
		signer, err := once()
		if err != nil {
			t.Fatal(err)
		}
		return signer
	}
}()

// noPrompts fails the test when anything is asked.
type noPrompts struct{ t *testing.T }

func (p noPrompts) Password(context.Context, PasswordQuestion) (string, error) {
	p.t.Error("a password was asked for")
	return "", ErrCancelled
}

func (p noPrompts) Questions(context.Context, Questions) ([]string, error) {
	p.t.Error("questions were asked")
	return nil, ErrCancelled
}

func (p noPrompts) Key(context.Context, KeyQuestion) ([]byte, error) {
	p.t.Error("a key was asked for")
	return nil, ErrCancelled
}

func (p noPrompts) Passphrase(context.Context, PassphraseQuestion) ([]byte, error) {
	p.t.Error("a passphrase was asked for")
	return nil, ErrCancelled
}

// TestAttackByAnotherServer: whatever the decision says but yes, no credential is asked
// for and nothing is sent.
func TestAttackByAnotherServer(t *testing.T) {
	tests := map[string]struct {
		decide func(context.Context, gossh.PublicKey) error
		code   wire.ErrorCode
	}{
		"no decision at all": {nil, wire.CodeHostKeyRejected},
		"the person says no": {func(context.Context, gossh.PublicKey) error { return hostkey.ErrRejected }, wire.CodeHostKeyRejected},
		"the person cancels": {func(context.Context, gossh.PublicKey) error { return ErrCancelled }, wire.CodeCancelled},
		"changed": {func(context.Context, gossh.PublicKey) error {
			return &hostkey.ChangedError{Name: "n", Known: []string{"SHA256:a"}, Offered: "SHA256:b"}
		}, wire.CodeHostKeyChanged},
		"revoked":         {func(context.Context, gossh.PublicKey) error { return &hostkey.RevokedError{Name: "n"} }, wire.CodeHostKeyRevoked},
		"bad certificate": {func(context.Context, gossh.PublicKey) error { return &hostkey.CertificateError{Name: "n"} }, wire.CodeHostKeyRejected},
		"profile broken":  {func(context.Context, gossh.PublicKey) error { return errors.New("no such file") }, wire.CodeHostKeyRejected},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			var mu sync.Mutex
			attempts := 0
			server := newServer(t, sshtest.Options{
				Passwords: map[string]string{"root": "secret"},
				OnAuth: func(string, string, error) {
					mu.Lock()
					defer mu.Unlock()
					attempts++
				},
			})
			config := Config{User: "root", Prompter: noPrompts{t}, HostKey: test.decide}
			_, err := Connect(testContext(t), serve(t, server), config)
			e := wantError(t, err, test.code)
			if test.code == wire.CodeHostKeyChanged {
				known, _ := e.Detail["known"].([]string)
				if e.Detail["name"] != "n" || e.Detail["offered"] != "SHA256:b" || !slices.Equal(known, []string{"SHA256:a"}) {
					t.Errorf("got detail %v", e.Detail)
				}
			}
			_ = server.Close()
			mu.Lock()
			defer mu.Unlock()
			if attempts != 0 {
				t.Errorf("the server saw %d attempts to authenticate", attempts)
			}
		})
	}
}

func TestChangedHostKeyThroughKnownHosts(t *testing.T) {
	store := &memoryStore{}
	name := hostkey.Name("t1", "1234", "127.0.0.1", 22)
	connect := func(server *sshtest.Server, yes bool) error {
		v := &hostkey.Verifier{
			Store: store, Name: name,
			Ask: func(context.Context, hostkey.Question) (bool, error) { return yes, nil },
		}
		config := passwordConfig(server)
		config.HostKey = v.Verify
		client, err := Connect(testContext(t), serve(t, server), config)
		if err == nil {
			_ = client.Close()
		}
		return err
	}
	first, second := passwordServer(t), passwordServer(t)
	wantError(t, connect(first, false), wire.CodeHostKeyRejected)
	if err := connect(first, true); err != nil {
		t.Fatal(err)
	}
	if err := connect(first, false); err != nil {
		t.Errorf("a known key was refused: %v", err)
	}
	e := wantError(t, connect(second, true), wire.CodeHostKeyChanged)
	known, _ := e.Detail["known"].([]string)
	if !slices.Equal(known, []string{gossh.FingerprintSHA256(first.HostKey())}) ||
		e.Detail["offered"] != gossh.FingerprintSHA256(second.HostKey()) || e.Detail["name"] != name {
		t.Errorf("got detail %v", e.Detail)
	}
}

// memoryStore is a hostkey.Store.
type memoryStore struct {
	mu   sync.Mutex
	text []byte
}

func (m *memoryStore) KnownHosts(context.Context) ([]byte, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.text, nil
}

func (m *memoryStore) UpdateKnownHosts(_ context.Context, edit func([]byte) ([]byte, error)) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	text, err := edit(m.text)
	if err == nil {
		m.text = text
	}
	return err
}

// TestDeviceWithSeveralHostKeysShowsTheKnownOne: else it would look changed.
func TestDeviceWithSeveralHostKeysShowsTheKnownOne(t *testing.T) {
	ed25519, err := sshtest.NewHostKey()
	if err != nil {
		t.Fatal(err)
	}
	server := newServer(t, sshtest.Options{
		Passwords: map[string]string{"root": "secret"}, HostKeys: []gossh.Signer{ed25519, rsaHostKey(t)},
	})
	for known, want := range map[string]string{
		"":                   gossh.KeyAlgoED25519,
		gossh.KeyAlgoED25519: gossh.KeyAlgoED25519,
		gossh.KeyAlgoRSA:     gossh.KeyAlgoRSASHA512,
		"ssh-unheard-of":     gossh.KeyAlgoED25519,
	} {
		config := passwordConfig(server)
		config.HostKey = func(context.Context, gossh.PublicKey) error { return nil }
		config.KnownAlgorithms = []string{known}
		if got := connected(t, server, config).Info().HostKeyAlgorithm; got != want {
			t.Errorf("known %q: got %s, want %s", known, got, want)
		}
	}
}

// TestHostKeyIsOneForTheWholeConnection: key exchanges come again after a gigabyte.
func TestHostKeyIsOneForTheWholeConnection(t *testing.T) {
	asked := 0
	h := &handshake{
		config: &Config{HostKey: func(context.Context, gossh.PublicKey) error { asked++; return nil }},
		ctx:    t.Context(),
	}
	client, far := sshtest.Pipe()
	defer func() { _ = far.Close() }()
	h.conn = newConn(client, 0, func(error) {}, func() {})
	defer h.conn.watching.Wait()
	defer func() { _ = h.conn.Close() }()
	first, second := rsaHostKey(t).PublicKey(), passwordServer(t).HostKey()
	for range 3 {
		if err := h.decide(first); err != nil {
			t.Fatal(err)
		}
	}
	if asked != 1 {
		t.Errorf("asked %d times, want once", asked)
	}
	wantError(t, h.decide(second), wire.CodeHostKeyChanged)
	if asked != 1 {
		t.Errorf("asked about the second key")
	}
}

func TestRekeyingAsksNothing(t *testing.T) {
	signer := rsaHostKey(t)
	serverConfig := &gossh.ServerConfig{NoClientAuth: true}
	serverConfig.RekeyThreshold = 64 << 10
	serverConfig.AddHostKey(signer)
	nc := speak(t, func(device net.Conn) {
		rawServer(device, serverConfig, func(_ *gossh.ServerConn, ch gossh.Channel) {
			buf := make([]byte, 32<<10)
			for range 64 { // 2 MiB: over thirty key exchanges
				if _, err := ch.Write(buf); err != nil {
					return
				}
			}
			_ = ch.Close()
		})
	})
	asked := 0
	client, err := Connect(testContext(t), nc, Config{
		User: "root", KeepAlive: -1,
		HostKey: func(context.Context, gossh.PublicKey) error { asked++; return nil },
	})
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = client.Close() }()
	session, err := client.Shell(testContext(t), ShellOptions{})
	if err != nil {
		t.Fatal(err)
	}
	n := 0
	buf := make([]byte, 128<<10)
	for {
		m, err := session.Stdout().Read(buf)
		n += m
		if err != nil {
			break
		}
	}
	if n != 2<<20 || asked != 1 {
		t.Errorf("got %d bytes and %d questions, want all and one", n, asked)
	}
}

// rawServer serves one connection by hand: each session channel goes to handle, all its
// requests are granted.
func rawServer(device net.Conn, config *gossh.ServerConfig, handle func(*gossh.ServerConn, gossh.Channel)) {
	sc, channels, requests, err := gossh.NewServerConn(device, config)
	if err != nil {
		return
	}
	var wg sync.WaitGroup
	wg.Go(func() { gossh.DiscardRequests(requests) })
	for n := range channels {
		ch, requests, err := n.Accept()
		if err != nil {
			break
		}
		wg.Go(func() {
			for r := range requests {
				if r.WantReply {
					_ = r.Reply(true, nil)
				}
				if r.Type == "shell" {
					wg.Go(func() { handle(sc, ch) })
				}
			}
		})
	}
	wg.Wait()
}

// TestHostKeyQuestionEndsWhenTheDeviceGoes: a question nobody can use an answer to must
// not stay on the screen.
func TestHostKeyQuestionEndsWhenTheDeviceGoes(t *testing.T) {
	server := passwordServer(t)
	nc := serve(t, server)
	config := passwordConfig(server)
	config.HostKey = func(ctx context.Context, _ gossh.PublicKey) error {
		server.DropConnections()
		<-ctx.Done()
		return ctx.Err()
	}
	_, err := Connect(testContext(t), nc, config)
	wantError(t, err, wire.CodeLost)
}

// TestAPersonMayTakeTime: the silence of the device is not counted while a person is
// asked.
func TestAPersonMayTakeTime(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		server := passwordServer(t)
		config := passwordConfig(server)
		trusted := config.HostKey
		config.HostKey = func(ctx context.Context, key gossh.PublicKey) error {
			time.Sleep(100 * time.Second) // synctest's clock
			return trusted(ctx, key)
		}
		client, err := Connect(t.Context(), serve(t, server), config)
		if err != nil {
			t.Fatal(err)
		}
		_ = client.Close()
	})
}
