package main

import (
	"crypto/ed25519"
	"crypto/rand"
	"encoding/pem"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	gossh "golang.org/x/crypto/ssh"

	"porthole/ssh/sshtest/realpeer"
)

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
