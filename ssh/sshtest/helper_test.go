package sshtest

import (
	"bytes"
	"net"
	"strings"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"
	gossh "golang.org/x/crypto/ssh"
)

// Under GOOS=js the runtime keeps a goroutine for the host's events.
func TestMain(m *testing.M) {
	goleak.VerifyTestMain(m, goleak.IgnoreAnyFunction("runtime.handleEvent"))
}

const (
	testUser     = "operator"
	testPassword = "right password"
)

// start makes a server that ends with the test.
func start(t *testing.T, o Options) *Server {
	t.Helper()
	s, err := New(o)
	if err != nil {
		t.Fatalf("New: %v", err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Errorf("Close: %v", err)
		}
	})
	return s
}

func passwords() map[string]string { return map[string]string{testUser: testPassword} }

// connect serves one end of a Pipe and signs in over the other.
func connect(t *testing.T, s *Server, auth ...gossh.AuthMethod) (*gossh.Client, error) {
	t.Helper()
	client, server := Pipe()
	var served sync.WaitGroup
	served.Go(func() { _ = s.ServeConn(server) })
	t.Cleanup(func() {
		_ = client.Close()
		served.Wait()
	})
	return handshake(client, s, auth...)
}

func handshake(c net.Conn, s *Server, auth ...gossh.AuthMethod) (*gossh.Client, error) {
	if auth == nil {
		auth = []gossh.AuthMethod{gossh.Password(testPassword)}
	}
	conn, channels, requests, err := gossh.NewClientConn(c, "device", &gossh.ClientConfig{
		User: testUser, Auth: auth, HostKeyCallback: gossh.FixedHostKey(s.HostKey()),
	})
	if err != nil {
		return nil, err
	}
	return gossh.NewClient(conn, channels, requests), nil
}

func mustConnect(t *testing.T, s *Server, auth ...gossh.AuthMethod) *gossh.Client {
	t.Helper()
	c, err := connect(t, s, auth...)
	if err != nil {
		t.Fatalf("connect: %v", err)
	}
	t.Cleanup(func() { _ = c.Close() })
	return c
}

func session(t *testing.T, c *gossh.Client) *gossh.Session {
	t.Helper()
	s, err := c.NewSession()
	if err != nil {
		t.Fatalf("NewSession: %v", err)
	}
	t.Cleanup(func() { _ = s.Close() })
	return s
}

// screen collects output and lets a test wait for a text in it.
type screen struct {
	mu   sync.Mutex
	cond *sync.Cond
	buf  bytes.Buffer
}

func newScreen() *screen {
	s := &screen{}
	s.cond = sync.NewCond(&s.mu)
	return s
}

func (s *screen) Write(b []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.cond.Broadcast()
	return s.buf.Write(b)
}

func (s *screen) String() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.buf.String()
}

// await waits until want was printed, and forgets everything up to its end.
func (s *screen) await(t *testing.T, want string) {
	t.Helper()
	timeout := time.AfterFunc(20*time.Second, s.cond.Broadcast)
	defer timeout.Stop()
	deadline := time.Now().Add(20 * time.Second)
	s.mu.Lock()
	defer s.mu.Unlock()
	for {
		if i := strings.Index(s.buf.String(), want); i >= 0 {
			s.buf.Next(i + len(want))
			return
		}
		if time.Now().After(deadline) {
			t.Fatalf("got output %q, want %q in it", s.buf.String(), want)
		}
		s.cond.Wait()
	}
}
