package sshtest

import (
	"crypto/ed25519"
	"crypto/rand"
	"crypto/rsa"
	"errors"
	"fmt"
	"io"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/pkg/sftp"
	gossh "golang.org/x/crypto/ssh"
)

// answer gives these answers, one per prompt over all rounds, and notes what was asked.
func answer(asked *[]string, answers ...string) gossh.AuthMethod {
	return gossh.KeyboardInteractive(func(_, instruction string, prompts []string, echo []bool) ([]string, error) {
		if instruction != "" {
			*asked = append(*asked, instruction)
		}
		var out []string
		for i, p := range prompts {
			if len(answers) == 0 {
				return nil, errors.New("no answer left")
			}
			*asked = append(*asked, fmt.Sprintf("%s%v", p, echo[i]))
			out, answers = append(out, answers[0]), answers[1:]
		}
		return out, nil
	})
}

func TestNobodyGetsInByDefault(t *testing.T) {
	if _, err := New(Options{}); err == nil {
		t.Error("a server without any credential was made")
	}
}

func TestPasswords(t *testing.T) {
	s := start(t, Options{Passwords: map[string]string{testUser: testPassword, "other": ""}})
	mustConnect(t, s)
	for _, wrong := range []string{"", "wrong", testPassword + "x", testPassword[:3]} {
		if _, err := connect(t, s, gossh.Password(wrong)); err == nil {
			t.Errorf("password %q lets in", wrong)
		}
	}
	unknown := start(t, Options{Passwords: map[string]string{"other": testPassword}})
	if _, err := connect(t, unknown); err == nil {
		t.Error("an unknown user gets in")
	}
}

func TestQuestionsInSeveralRounds(t *testing.T) {
	rounds := []Round{
		{Prompts: []Prompt{{Text: "User: ", Echo: true, Answer: "me"}, {Text: "Password: ", Answer: "pw"}}},
		{Instruction: "A code was sent to you."},
		{Prompts: []Prompt{{Text: "Code: ", Echo: true, Answer: "123"}}},
	}
	s := start(t, Options{Questions: map[string][]Round{testUser: rounds}})
	var asked []string
	if _, err := connect(t, s, answer(&asked, "me", "pw", "123")); err != nil {
		t.Fatal(err)
	}
	if got, want := strings.Join(asked, "|"), "User: true|Password: false|A code was sent to you.|Code: true"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
	for _, wrong := range [][]string{{"me", "pw", "124"}, {"me", "wrong", "123"}, {"you", "pw", "123"}} {
		if _, err := connect(t, s, answer(&asked, wrong...)); err == nil {
			t.Errorf("answers %q let in", wrong)
		}
	}
	unknown := start(t, Options{Questions: map[string][]Round{"other": rounds}})
	if _, err := connect(t, unknown, answer(&asked, "me", "pw", "123")); err == nil {
		t.Error("an unknown user gets in")
	}
}

func TestExpiredPasswordIsChangedAtSignIn(t *testing.T) {
	var changed string
	accept := func(p string) error {
		if len(p) < 8 {
			return errors.New("too short")
		}
		changed = p
		return nil
	}
	s := start(t, Options{Questions: map[string][]Round{testUser: ExpiredPassword("old", accept)}})
	var asked []string
	for name, wrong := range map[string][]string{
		"differ": {"old", "old", "long enough", "other"}, "empty": {"old", "old", "", ""}, "short": {"old", "old", "x", "x"},
		"wrong current": {"old", "odl", "long enough", "long enough"},
	} {
		if _, err := connect(t, s, answer(&asked, wrong...)); err == nil {
			t.Errorf("%s: got in", name)
		}
	}
	if _, err := connect(t, s, answer(&asked, "old", "old", "long enough", "long enough")); err != nil || changed != "long enough" {
		t.Errorf("got %v and password %q, want it changed", err, changed)
	}
}

func newKey(t *testing.T) gossh.Signer {
	t.Helper()
	key, err := NewHostKey()
	if err != nil {
		t.Fatal(err)
	}
	return key
}

func TestPublicKeysAndCertificates(t *testing.T) {
	key, other, ca := newKey(t), newKey(t), newKey(t)
	s := start(t, Options{Keys: map[string][]gossh.PublicKey{testUser: {key.PublicKey()}}, UserCA: ca.PublicKey()})
	if _, err := connect(t, s, gossh.PublicKeys(key)); err != nil {
		t.Errorf("its key: %v", err)
	}
	if _, err := connect(t, s, gossh.PublicKeys(other)); err == nil {
		t.Error("another key lets in")
	}
	certify := func(by gossh.Signer, principal string, until time.Time) gossh.Signer {
		c := &gossh.Certificate{
			Key: other.PublicKey(), CertType: gossh.UserCert, ValidPrincipals: []string{principal},
			ValidBefore: uint64(until.Unix()),
		}
		if err := c.SignCert(rand.Reader, by); err != nil {
			t.Fatal(err)
		}
		signer, err := gossh.NewCertSigner(c, other)
		if err != nil {
			t.Fatal(err)
		}
		return signer
	}
	later, before := time.Now().Add(time.Hour), time.Now().Add(-time.Hour)
	if _, err := connect(t, s, gossh.PublicKeys(certify(ca, testUser, later))); err != nil {
		t.Errorf("a certificate: %v", err)
	}
	for name, cert := range map[string]gossh.Signer{
		"of another authority": certify(key, testUser, later), "of another user": certify(ca, "other", later), "expired": certify(ca, testUser, before),
	} {
		if _, err := connect(t, s, gossh.PublicKeys(cert)); err == nil {
			t.Errorf("a certificate %s lets in", name)
		}
	}
}

func TestMaxAuthTriesEndsGuessing(t *testing.T) {
	for limit, want := range map[int]int{0: 6, 3: 3} {
		var heard int
		s := start(t, Options{Passwords: passwords(), MaxAuthTries: limit, OnAuth: func(_, method string, err error) {
			if method == "password" && err != nil {
				heard++
			}
		}})
		tries := 0
		_, err := connect(t, s, gossh.RetryableAuthMethod(gossh.PasswordCallback(func() (string, error) {
			tries++
			return "guess", nil
		}), 100))
		if err == nil || heard > want {
			t.Errorf("MaxAuthTries %d: got %d guesses, %v, want the end after %d", limit, heard, err, want)
		}
	}
}

func TestOldDeviceNeedsOldAlgorithms(t *testing.T) {
	private, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	key, err := gossh.NewSignerFromKey(private)
	if err != nil {
		t.Fatal(err)
	}
	for name, a := range map[string]*Algorithms{"old": OldDevice(), "ancient": Ancient()} {
		s := start(t, Options{Passwords: passwords(), HostKeys: []gossh.Signer{key}, Algorithms: a})
		var common *gossh.AlgorithmNegotiationError
		if _, err := connect(t, s); !errors.As(err, &common) {
			t.Errorf("%s: got %v, want no common algorithm", name, err)
		}
	}
	s := start(t, Options{Passwords: passwords(), HostKeys: []gossh.Signer{key}, Algorithms: OldDevice()})
	client, server := Pipe()
	var served sync.WaitGroup
	served.Go(func() { _ = s.ServeConn(server) })
	old := OldDevice()
	config := &gossh.ClientConfig{
		User: testUser, Auth: []gossh.AuthMethod{gossh.Password(testPassword)},
		HostKeyCallback: gossh.FixedHostKey(key.PublicKey()), HostKeyAlgorithms: old.HostKeys,
	}
	config.KeyExchanges, config.Ciphers, config.MACs = old.KeyExchanges, old.Ciphers, old.MACs
	conn, _, _, err := gossh.NewClientConn(client, "device", config)
	if err != nil {
		t.Fatalf("with old algorithms: %v", err)
	}
	_ = conn.Close()
	served.Wait()

	_, ed, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	wrong, err := gossh.NewSignerFromKey(ed)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := New(Options{Passwords: passwords(), HostKeys: []gossh.Signer{wrong}, Algorithms: OldDevice()}); err == nil {
		t.Error("an ed25519 host key was taken for ssh-rsa")
	}
}

func TestEverythingButTheShellIsRefusedByDefault(t *testing.T) {
	c := mustConnect(t, start(t, Options{Passwords: passwords()}))
	if _, err := c.Dial("tcp", "127.0.0.1:22"); err == nil {
		t.Error("a forward was opened")
	}
	if _, err := c.Listen("tcp", "127.0.0.1:0"); err == nil {
		t.Error("a remote forward was opened")
	}
	if err := session(t, c).Start("true"); err == nil {
		t.Error("a command was started")
	}
	if err := session(t, c).RequestSubsystem("sftp"); err == nil {
		t.Error("a subsystem was started")
	}
	if err := session(t, c).Setenv("LANG", "C"); err == nil {
		t.Error("a variable was set")
	}
	if _, _, err := c.OpenChannel("x11", nil); err == nil {
		t.Error("a channel of another type was opened")
	}
	if _, _, err := c.OpenChannel("direct-tcpip", []byte{1}); err == nil {
		t.Error("a malformed forward was opened")
	}
}

func TestScriptedShellPlaysATerminal(t *testing.T) {
	s := start(t, Options{Passwords: passwords(), Exec: Scripted, Banner: "hello\n"})
	c := mustConnect(t, s)
	sh := session(t, c)
	out := newScreen()
	sh.Stdout = out
	in, err := sh.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := sh.RequestPty("xterm", 24, 80, nil); err != nil {
		t.Fatal(err)
	}
	if err := sh.Shell(); err != nil {
		t.Fatal(err)
	}
	type step struct{ send, want string }
	for _, st := range []step{
		{"", "$ "},
		{"echo hex\x7fllo\r", "hello\r\n"},
		{"size\r", "80x24\r\n"},
		{"typo\x03", "^C\r\n$ "},
		{"flood\r", "y\r\ny\r\n"},
		{"\x03", "^C\r\n"},
		{"echo after\r", "after\r\n"},
	} {
		if _, err := io.WriteString(in, st.send); err != nil {
			t.Fatal(err)
		}
		out.await(t, st.want)
	}
	if err := sh.WindowChange(1, 1); err != nil {
		t.Fatal(err)
	}
	_, _ = io.WriteString(in, "resized\r")
	out.await(t, "1x1\r\n")
	_, _ = io.WriteString(in, "signalled\r")
	out.await(t, "signalled\r\n")
	if err := sh.Signal(gossh.SIGUSR2); err != nil {
		t.Fatal(err)
	}
	out.await(t, "USR2\r\n")
	_, _ = io.WriteString(in, "exit 3\r")
	var exit *gossh.ExitError
	if err := sh.Wait(); !errors.As(err, &exit) || exit.ExitStatus() != 3 {
		t.Errorf("got %v, want exit status 3", err)
	}
	if err := session(t, c).Run("kill TERM"); !errors.As(err, &exit) || exit.Signal() != "TERM" {
		t.Errorf("got %v, want signal TERM", err)
	}
	if got, err := session(t, c).Output("bytes 100000"); err != nil || len(got) != 100000 {
		t.Errorf("got %d bytes, %v, want 100000", len(got), err)
	}
}

func TestMemorySFTP(t *testing.T) {
	s := start(t, Options{Passwords: passwords(), Subsystems: map[string]func(*Session){"sftp": MemorySFTP()}})
	files, err := sftp.NewClient(mustConnect(t, s))
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = files.Close() }()
	if err := files.Mkdir("/dir"); err != nil {
		t.Error(err)
	}
}

func TestCloseEndsWhatRuns(t *testing.T) {
	s := start(t, Options{Passwords: passwords(), Exec: Scripted})
	sh := session(t, mustConnect(t, s))
	out := newScreen()
	sh.Stdout = out
	if err := sh.Start("flood"); err != nil {
		t.Fatal(err)
	}
	out.await(t, "y\r\n")
	if err := s.Close(); err != nil {
		t.Error(err)
	}
	if err := sh.Wait(); err == nil {
		t.Error("the session ended well, want it cut")
	}
	client, server := Pipe()
	if err := s.ServeConn(server); !errors.Is(err, ErrServerClosed) {
		t.Errorf("got %v, want ErrServerClosed", err)
	}
	_ = client.Close()
}

func TestPipeBothSidesMayWriteFirst(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		a, b := Pipe()
		big := make([]byte, PipeBuffer)
		for _, c := range []io.Writer{a, b} {
			if n, err := c.Write(big); n != len(big) || err != nil {
				t.Fatalf("got %d, %v", n, err)
			}
		}
		if err := a.SetDeadline(time.Now().Add(time.Second)); err != nil {
			t.Fatal(err)
		}
		if n, err := a.Write([]byte("full")); n != 0 || err == nil || !strings.Contains(err.Error(), "timeout") {
			t.Errorf("got %d, %v, want a deadline while the buffer is full", n, err)
		}
		if err := a.SetDeadline(time.Time{}); err != nil {
			t.Fatal(err)
		}
		if _, err := io.ReadFull(a, big); err != nil {
			t.Error(err)
		}
		if err := b.Close(); err != nil {
			t.Error(err)
		}
		if n, err := a.Read(big); n != 0 || !errors.Is(err, io.EOF) {
			t.Errorf("got %d, %v, want EOF", n, err)
		}
		if _, err := a.Write(big); err == nil {
			t.Error("a write to a closed pipe succeeded")
		}
		_ = a.Close()
	})
}

func FuzzTerminalModes(f *testing.F) {
	f.Add([]byte{53, 0, 0, 0, 1, 0})
	f.Add([]byte{53, 0, 0})
	f.Fuzz(func(t *testing.T, b []byte) {
		for opcode := range parseModes(b) {
			if opcode == 0 || opcode >= 160 {
				t.Errorf("got opcode %d of %v", opcode, b)
			}
		}
	})
}
