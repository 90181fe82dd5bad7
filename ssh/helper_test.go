package ssh

import (
	"context"
	"errors"
	"io"
	"net"
	"strings"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"
	gossh "golang.org/x/crypto/ssh"

	"porthole/ssh/sshtest"
	"porthole/ssh/wire"
)

// Under js the scheduler keeps a goroutine of its own for events of the page.
func TestMain(m *testing.M) {
	goleak.VerifyTestMain(m, goleak.IgnoreAnyFunction("runtime.handleEvent"))
}

// patience bounds every wait of a test.
const patience = 60 * time.Second

// testContext ends before the test's own limit does, so that what hangs is named.
func testContext(t *testing.T) context.Context {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	t.Cleanup(cancel)
	return ctx
}

// prompts answers questions from lists; what it was asked is kept.
type prompts struct {
	passwords   []string
	answers     [][]string
	keys        []string
	passphrases []string
	block       chan struct{} // when set, Password waits for it or for its context

	mu        sync.Mutex
	asked     []string // "password", "questions", "key", "passphrase" in order
	password  []PasswordQuestion
	questions []Questions
	key       []KeyQuestion
	phrase    []PassphraseQuestion
}

// take gives the next of a list; an empty list cancels.
func take[T any](list *[]T) (first T, err error) {
	if len(*list) == 0 {
		return first, ErrCancelled
	}
	first, *list = (*list)[0], (*list)[1:]
	return first, nil
}

func (p *prompts) Password(ctx context.Context, q PasswordQuestion) (string, error) {
	p.mu.Lock()
	p.asked = append(p.asked, "password")
	p.password = append(p.password, q)
	p.mu.Unlock()
	if p.block != nil {
		select {
		case <-p.block:
		case <-ctx.Done():
			return "", ctx.Err()
		}
	}
	return take(&p.passwords)
}

func (p *prompts) Questions(_ context.Context, q Questions) ([]string, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.asked = append(p.asked, "questions")
	p.questions = append(p.questions, q)
	return take(&p.answers)
}

func (p *prompts) Key(_ context.Context, q KeyQuestion) ([]byte, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.asked = append(p.asked, "key")
	p.key = append(p.key, q)
	key, err := take(&p.keys)
	return []byte(key), err
}

func (p *prompts) Passphrase(_ context.Context, q PassphraseQuestion) ([]byte, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.asked = append(p.asked, "passphrase")
	p.phrase = append(p.phrase, q)
	phrase, err := take(&p.passphrases)
	return []byte(phrase), err
}

// trust is a host key decision for one key.
func trust(want gossh.PublicKey) func(context.Context, gossh.PublicKey) error {
	return func(_ context.Context, key gossh.PublicKey) error {
		if string(key.Marshal()) != string(want.Marshal()) {
			return errors.New("not the server's key")
		}
		return nil
	}
}

// newServer starts an sshtest server that the test stops.
func newServer(t *testing.T, options sshtest.Options) *sshtest.Server {
	t.Helper()
	server, err := sshtest.New(options)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = server.Close() })
	return server
}

// serve gives the client's end of a pipe to the server.
func serve(t *testing.T, server *sshtest.Server) net.Conn {
	t.Helper()
	client, far := sshtest.Pipe()
	var wg sync.WaitGroup
	wg.Go(func() { _ = server.ServeConn(far) })
	t.Cleanup(func() {
		_ = client.Close()
		wg.Wait()
	})
	return client
}

// speak gives the client's end of a pipe to a function that plays the device.
func speak(t *testing.T, device func(net.Conn)) net.Conn {
	t.Helper()
	client, far := sshtest.Pipe()
	var wg sync.WaitGroup
	wg.Go(func() {
		defer func() { _ = far.Close() }()
		device(far)
	})
	t.Cleanup(func() {
		_ = client.Close()
		wg.Wait()
	})
	return client
}

// passwordServer knows user "root" with password "secret".
func passwordServer(t *testing.T) *sshtest.Server {
	t.Helper()
	return newServer(t, sshtest.Options{
		Passwords: map[string]string{"root": "secret"},
		Exec:      sshtest.Scripted,
		AcceptEnv: func(string, string) bool { return true },
	})
}

func passwordConfig(server *sshtest.Server) Config {
	return Config{
		User: "root", Prompter: &prompts{passwords: []string{"secret"}}, HostKey: trust(server.HostKey()),
		KeepAlive: -1,
	}
}

// connected connects or fails the test.
func connected(t *testing.T, server *sshtest.Server, config Config) *Client {
	t.Helper()
	client, err := Connect(testContext(t), serve(t, server), config)
	if err != nil {
		t.Fatalf("Connect: %v", err)
	}
	t.Cleanup(func() { _ = client.Close() })
	return client
}

// wantError checks code and the wording of a failure.
func wantError(t *testing.T, err error, code wire.ErrorCode, contains ...string) *Error {
	t.Helper()
	var e *Error
	if !errors.As(err, &e) {
		t.Fatalf("got error %v, want an *Error with code %s", err, code)
	}
	if e.Code != code {
		t.Fatalf("got code %s (%v), want %s", e.Code, e, code)
	}
	for _, text := range contains {
		if !strings.Contains(e.Message, text) {
			t.Errorf("got message %q, want it to contain %q", e.Message, text)
		}
	}
	return e
}

// readUntil reads until the text was seen, and returns all of it.
func readUntil(t *testing.T, r io.Reader, text string) string {
	t.Helper()
	type chunk struct {
		data []byte
		err  error
	}
	var all []byte
	for !strings.Contains(string(all), text) {
		read := make(chan chunk, 1)
		go func() {
			buf := make([]byte, 4096)
			n, err := r.Read(buf)
			read <- chunk{buf[:n], err}
		}()
		select {
		case c := <-read:
			all = append(all, c.data...)
			if c.err != nil {
				t.Fatalf("got %q and then %v, want %q", all, c.err, text)
			}
		case <-time.After(patience):
			t.Fatalf("got %q and then nothing, want %q", all[max(0, len(all)-200):], text)
		}
	}
	return string(all)
}
