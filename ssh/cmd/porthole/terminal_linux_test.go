package main

import (
	"context"
	"crypto/ed25519"
	"crypto/rand"
	"encoding/pem"
	"errors"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/creack/pty"
	gossh "golang.org/x/crypto/ssh"
	"golang.org/x/sys/unix"

	"porthole/ssh/sshtest/realpeer"
)

// typist sits at a terminal in a world of their own.
type typist struct {
	t     *testing.T
	w     *world
	home  string
	known string // the file of known host keys
	env   []string
}

func newTypist(t *testing.T, options realpeer.Options) *typist {
	t.Helper()
	sshd, err := realpeer.Start(context.Background(), realpeer.OpenSSH, options)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = sshd.Close() })
	w, err := newWorld(sshd, sshd)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(w.close)
	home := t.TempDir()
	return &typist{t: t, w: w, home: home, known: filepath.Join(home, "porthole", "known_hosts"), env: []string{
		"PATH=" + os.Getenv("PATH"), "HOME=" + home, "XDG_CONFIG_HOME=" + home, "PORTHOLE_KEYRING=off",
		"C8Y_HOST=" + w.server.URL, "C8Y_USER=admin", "C8Y_PASSWORD=pw",
		"C8Y_SETTINGS_REMOTEACCESS_SSHUSER=" + sshd.User, "TERM=xterm",
	}}
}

// set changes the person's environment; without "=" it takes a variable away.
func (p *typist) set(variables ...string) {
	for _, variable := range variables {
		name, _, set := strings.Cut(variable, "=")
		kept := p.env[:0:0]
		for _, old := range p.env {
			if !strings.HasPrefix(old, name+"=") {
				kept = append(kept, old)
			}
		}
		if set {
			kept = append(kept, variable)
		}
		p.env = kept
	}
}

// file writes a private file of the person's.
func (p *typist) file(name string, text []byte) string {
	p.t.Helper()
	path := filepath.Join(p.home, name)
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		p.t.Fatal(err)
	}
	if err := os.WriteFile(path, text, 0o600); err != nil {
		p.t.Fatal(err)
	}
	return path
}

// runs is a command at a terminal.
type runs struct {
	t   *testing.T
	tty *os.File
	cmd *exec.Cmd

	mu     sync.Mutex
	output string
	more   chan struct{} // closed and replaced when output grew
	ended  chan struct{} // closed at the end of output
	seen   int           // what await has been through
}

// types runs a program at a terminal.
func (p *typist) types(program string, args ...string) *runs {
	p.t.Helper()
	cmd := exec.Command(program, args...)
	cmd.Env, cmd.Dir = p.env, p.home
	tty, err := pty.Start(cmd)
	if err != nil {
		p.t.Fatal(err)
	}
	r := &runs{t: p.t, tty: tty, cmd: cmd, more: make(chan struct{}), ended: make(chan struct{})}
	go r.read()
	p.t.Cleanup(func() {
		_ = cmd.Process.Kill() // when the test failed
		_ = tty.Close()
		<-r.ended
	})
	return r
}

func (r *runs) read() {
	defer close(r.ended)
	buf := make([]byte, 4096)
	for {
		n, err := r.tty.Read(buf)
		r.mu.Lock()
		r.output += string(buf[:n])
		close(r.more)
		r.more = make(chan struct{})
		r.mu.Unlock()
		if err != nil { // EIO when the program has ended
			return
		}
	}
}

// await waits for a text behind what was awaited before.
func (r *runs) await(text string) {
	r.t.Helper()
	limit := time.After(patience)
	for {
		r.mu.Lock()
		output, more := r.output, r.more
		r.mu.Unlock()
		if at := strings.Index(output[r.seen:], text); at >= 0 {
			r.seen += at + len(text)
			return
		}
		select {
		case <-more:
		case <-limit:
			r.t.Fatalf("%q did not come; there is %q", text, output)
		case <-r.ended:
			r.mu.Lock()
			output = r.output
			r.mu.Unlock()
			if !strings.Contains(output[r.seen:], text) {
				r.t.Fatalf("%q did not come before the end; there is %q", text, output)
			}
		}
	}
}

// answer waits for a question and answers it, once the program reads the answer with or
// without echo.
func (r *runs) answer(question, text string, echo bool) {
	r.t.Helper()
	r.await(question)
	for until := time.Now().Add(patience); r.echoes() != echo; {
		if time.Now().After(until) {
			r.t.Fatalf("%q: echo is %t", question, !echo)
		}
		time.Sleep(time.Millisecond) // between two looks
	}
	if _, err := r.tty.WriteString(text); err != nil {
		r.t.Fatal(err)
	}
}

// echoes tells whether the terminal shows what is typed.
func (r *runs) echoes() bool {
	r.t.Helper()
	state, err := unix.IoctlGetTermios(int(r.tty.Fd()), unix.TCGETS)
	if err != nil {
		r.t.Fatal(err)
	}
	return state.Lflag&unix.ECHO != 0
}

// end waits for the exit status, and gives all that was shown.
func (r *runs) end(want int) string {
	r.t.Helper()
	select {
	case <-r.ended:
	case <-time.After(patience):
		r.mu.Lock()
		defer r.mu.Unlock()
		r.t.Fatalf("it did not end; there is %q", r.output)
	}
	_ = r.cmd.Wait() // the status tells
	if got := r.cmd.ProcessState.ExitCode(); got != want {
		r.t.Errorf("exit status %d, want %d; there is %q", got, want, r.output)
	}
	return r.output
}

func (p *typist) pinned() string {
	text, err := os.ReadFile(p.known)
	if err != nil && !errors.Is(err, os.ErrNotExist) {
		p.t.Fatal(err)
	}
	return string(text)
}

func TestAPersonIsAskedAboutTheFirstHostKey(t *testing.T) {
	p := newTypist(t, realpeer.Options{})
	key := p.file("key", p.w.sshd.PrivateKey)
	fingerprint := gossh.FingerprintSHA256(p.w.sshd.HostKey)
	const question = "Is this the device? It is pinned then. [yes/no/fingerprint] "
	ls := []string{"ls", "my_device:.", "-i", key}

	r := p.types("porthole", ls...)
	r.await("the host key of my_device is not known yet: ssh-ed25519 " + fingerprint)
	r.answer(question, "no\n", true)
	r.end(12)
	if p.pinned() != "" {
		t.Errorf("no: pinned %q", p.pinned())
	}
	r = p.types("porthole", ls...)
	r.answer(question, "SHA256:of-something-else\n", true)
	r.await("neither yes, nor no, nor the fingerprint")
	r.answer(question, "\n", true)
	r.end(12)
	r = p.types("porthole", ls...)
	r.answer(question, "\x04", true) // the end of the input
	r.end(12)
	if p.pinned() != "" {
		t.Errorf("pinned %q", p.pinned())
	}
	r = p.types("porthole", ls...)
	r.answer(question, fingerprint+"\n", true)
	r.end(0)
	if !strings.HasPrefix(p.pinned(), "[localhost.1234.t12345]:") {
		t.Errorf("the fingerprint: pinned %q", p.pinned())
	}
	if out := p.types("porthole", ls...).end(0); strings.Contains(out, "pinned") {
		t.Errorf("a known key was asked about: %q", out)
	}
	if err := os.Remove(p.known); err != nil {
		t.Fatal(err)
	}
	r = p.types("porthole", ls...)
	r.answer(question, "yes\n", true)
	r.end(0)

	public, _, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	other, err := gossh.NewPublicKey(public)
	if err != nil {
		t.Fatal(err)
	}
	name, _, _ := strings.Cut(p.pinned(), " ")
	p.file("porthole/known_hosts", []byte(name+" "+string(gossh.MarshalAuthorizedKey(other))))
	out := p.types("porthole", ls...).end(12)
	if strings.Contains(out, "[yes/no") || !strings.Contains(out, "changed") {
		t.Errorf("a changed key: %q", out)
	}
}

func TestAPasswordIsAskedForAndNotShown(t *testing.T) {
	for _, method := range []string{"password", "keyboard-interactive"} {
		t.Run(method, func(t *testing.T) {
			p := newTypist(t, realpeer.Options{Methods: []string{method}})
			question := "Password of " + p.w.sshd.User
			if method == "keyboard-interactive" {
				question = "assword: "
			}
			r := p.types("porthole", "ls", "my_device:.", "--accept-new")
			r.answer(question, "wrong-one\n", false)
			r.answer(question, p.w.sshd.Password+"\n", false)
			if out := r.end(0); strings.Contains(out, p.w.sshd.Password) || strings.Contains(out, "wrong-one") {
				t.Errorf("a password was shown: %q", out)
			}
			r = p.types("porthole", "ls", "my_device:.")
			for range 3 {
				r.answer(question, "wrong-one\n", false)
			}
			r.end(12)
			if !r.echoes() {
				t.Error("the terminal shows nothing any more")
			}
		})
	}
}

func TestCtrlCAtAQuestionEndsItAndLeavesTheTerminalAsItWas(t *testing.T) {
	p := newTypist(t, realpeer.Options{Methods: []string{"password"}})
	r := p.types("porthole", "ls", "my_device:.", "--accept-new")
	r.answer("Password of ", "half\x03", false)
	r.end(130)
	if !r.echoes() {
		t.Error("the terminal shows nothing any more")
	}
	p.set("C8Y_PASSWORD")
	r = p.types("porthole", "login")
	r.answer("Password: ", "\x03", false)
	r.end(130)
	if !r.echoes() {
		t.Error("the terminal shows nothing any more")
	}
}

// locked is a private key with a passphrase.
func locked(t *testing.T, passphrase string) []byte {
	t.Helper()
	_, private, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	return lock(t, private, passphrase)
}

func lock(t *testing.T, private any, passphrase string) []byte {
	t.Helper()
	block, err := gossh.MarshalPrivateKeyWithPassphrase(private, "", []byte(passphrase))
	if err != nil {
		t.Fatal(err)
	}
	return pem.EncodeToMemory(block)
}

func TestAPassphraseIsAskedForWhenTheDeviceTakesTheKey(t *testing.T) {
	p := newTypist(t, realpeer.Options{})
	private, err := gossh.ParseRawPrivateKey(p.w.sshd.PrivateKey)
	if err != nil {
		t.Fatal(err)
	}
	key := p.file("key", lock(t, private, "open it"))
	r := p.types("porthole", "ls", "my_device:.", "--accept-new", "-i", key)
	r.answer("Passphrase of the key "+key, "wrong\n", false)
	r.answer("Passphrase of the key "+key, "open it\n", false)
	if out := r.end(0); strings.Contains(out, "open it") {
		t.Errorf("the passphrase was shown: %q", out)
	}
	r = p.types("porthole", "ls", "my_device:.", "-i", key)
	for range 3 {
		r.answer("Passphrase of the key ", "wrong\n", false)
	}
	r.answer("Password of ", p.w.sshd.Password+"\n", false) // as OpenSSH goes on
	r.end(0)

	// A key that the device does not take is not asked about: the password's turn comes.
	p.file(".ssh/id_ed25519", locked(t, "never asked"))
	r = p.types("porthole", "ls", "my_device:.")
	r.answer("Password of ", p.w.sshd.Password+"\n", false)
	if out := r.end(0); strings.Contains(out, "Passphrase") {
		t.Errorf("asked about a key that the device does not take: %q", out)
	}
}

func TestKeysOfTheAgentSignInWithoutATerminal(t *testing.T) {
	p := newTypist(t, realpeer.Options{})
	p.agent()
	if out, code := p.alone("ssh-add", p.file("key", p.w.sshd.PrivateKey)); code != 0 {
		t.Fatal(out)
	}
	// What OpenSSH's own configuration says is for OpenSSH alone.
	p.file(".ssh/config", []byte("Host *\n  User nobody\n  IdentitiesOnly yes\n  ProxyCommand false\n  Port 1\nnonsense\n"))
	p.file(".ssh/id_ed25519", locked(t, "not asked about"))
	p.file(".ssh/id_rsa", []byte("no key at all"))
	if out, code := p.alone("porthole", "ls", "my_device:.", "--accept-new"); code != 0 {
		t.Errorf("with the agent: status %d, %s", code, out)
	}
	p.set("SSH_AUTH_SOCK=" + filepath.Join(p.home, "gone"))
	out, code := p.alone("porthole", "ls", "my_device:.")
	if code != 12 || !strings.Contains(out, "no terminal to ask at") {
		t.Errorf("without the agent: status %d, %s", code, out)
	}
}

// alone runs a program without a terminal.
func (p *typist) alone(program string, args ...string) (output string, code int) {
	p.t.Helper()
	ctx, cancel := context.WithTimeout(p.t.Context(), 2*patience)
	defer cancel()
	cmd := exec.CommandContext(ctx, program, args...)
	cmd.Env, cmd.Dir = p.env, p.home
	out, err := cmd.CombinedOutput()
	if _, ended := errors.AsType[*exec.ExitError](err); err != nil && !ended {
		p.t.Fatalf("%s: %v", program, err)
	}
	return string(out), cmd.ProcessState.ExitCode()
}

func TestLoginAsksForUserPasswordAndCode(t *testing.T) {
	p := newTypist(t, realpeer.Options{})
	p.set("C8Y_USER", "C8Y_PASSWORD")
	r := p.types("porthole", "login")
	r.answer("User: ", "tfa\n", true)
	r.answer("Password: ", "tw\n", false)
	r.answer("TFA code: ", "123456\n", false)
	r.await("signed in at 127.0.0.1 as tfa")
	if out := r.end(0); strings.Contains(out, "123456") {
		t.Errorf("the code was shown: %q", out)
	}
	if out, code := p.alone("porthole", "devices", "get", "my_device"); code != 0 {
		t.Errorf("afterwards: status %d, %s", code, out)
	}
}

func TestAKeyringThatHangsDelaysNobody(t *testing.T) {
	p := newTypist(t, realpeer.Options{})
	bus, err := net.Listen("unix", filepath.Join(p.home, "bus")) // takes everything and says nothing
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = bus.Close() }()
	p.set("PORTHOLE_KEYRING", "DBUS_SESSION_BUS_ADDRESS=unix:path="+filepath.Join(p.home, "bus"), "C8Y_PASSWORD")
	begun := time.Now()
	r := p.types("porthole", "login")
	r.answer("Password: ", "pw\n", false)
	r.await("the keyring did not answer within 2s")
	r.await("the token is in " + filepath.Join(p.home, "porthole", "tokens.json"))
	r.end(0)
	if out, code := p.alone("porthole", "devices", "get", "my_device"); code != 0 || strings.Contains(out, "keyring") {
		t.Errorf("afterwards: status %d, %s", code, out)
	}
	out, code := p.alone("porthole", "logout")
	if code != 10 || !strings.Contains(out, "a token that is in it stays there") {
		t.Errorf("logout: status %d, %s", code, out)
	}
	if took := time.Since(begun); took > 18*time.Second { // three programs at 2 s, on a slow machine
		t.Errorf("it took %s", took)
	}
}

func TestACopyFromStandardInputAsksAtTheTerminal(t *testing.T) {
	p := newTypist(t, realpeer.Options{Methods: []string{"password"}})
	file := p.file("text", []byte("some text\n"))
	r := p.types("sh", "-c", "porthole cp - my_device:copied < "+file)
	r.answer("[yes/no/fingerprint] ", "yes\n", true)
	r.answer("Password of ", p.w.sshd.Password+"\n", false)
	r.end(0)
	p.set("PORTHOLE_SSH_PASSWORD=" + p.w.sshd.Password)
	if out, code := p.alone("porthole", "cat", "my_device:copied"); code != 0 || out != "some text\n" {
		t.Errorf("status %d, %q", code, out)
	}
}

func TestProgressIsShownAtATerminalOnly(t *testing.T) {
	p := newTypist(t, realpeer.Options{})
	key := p.file("key", p.w.sshd.PrivateKey)
	file := p.file("large", make([]byte, 3<<20))
	args := []string{"cp", "-i", key, "--accept-new", file, "my_device:copied"}
	if out := p.types("porthole", args...).end(0); !strings.Contains(out, "3.0 MiB") || !strings.Contains(out, "100 %") {
		t.Errorf("at a terminal: %q", out)
	}
	if out, code := p.alone("porthole", args...); code != 0 || out != "" {
		t.Errorf("without one: status %d, %q", code, out)
	}
}
