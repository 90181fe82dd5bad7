//go:build linux

package ssh

import (
	"context"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"porthole/ssh/sshtest/realpeer"
	"porthole/ssh/wire"
)

// eachPeer runs a test against both real servers.
func eachPeer(t *testing.T, options realpeer.Options, test func(t *testing.T, peer *realpeer.Peer, kind realpeer.Kind)) {
	t.Helper()
	for _, kind := range []realpeer.Kind{realpeer.OpenSSH, realpeer.Dropbear} {
		t.Run(string(kind), func(t *testing.T) { test(t, startPeer(t, kind, options), kind) })
	}
}

func startPeer(t *testing.T, kind realpeer.Kind, options realpeer.Options) *realpeer.Peer {
	t.Helper()
	peer, err := realpeer.Start(t.Context(), kind, options)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = peer.Close() })
	return peer
}

func dialPeer(t *testing.T, peer *realpeer.Peer) net.Conn {
	t.Helper()
	nc, err := (&net.Dialer{}).DialContext(testContext(t), "tcp", net.JoinHostPort(peer.Host, fmt.Sprint(peer.Port)))
	if err != nil {
		t.Fatal(err)
	}
	return nc
}

func connectPeer(t *testing.T, peer *realpeer.Peer, p *prompts, change ...func(*Config)) (*Client, error) {
	t.Helper()
	config := Config{User: peer.User, Prompter: p, HostKey: trust(peer.HostKey)}
	for _, f := range change {
		f(&config)
	}
	client, err := Connect(testContext(t), dialPeer(t, peer), config)
	if err == nil {
		t.Cleanup(func() { _ = client.Close() })
	}
	return client, err
}

// runEcho runs a command and compares its output.
func runEcho(t *testing.T, client *Client) {
	t.Helper()
	session, err := client.Exec(testContext(t), "echo out; echo err >&2; exit 7")
	if err != nil {
		t.Fatal(err)
	}
	var wg sync.WaitGroup
	var stderr []byte
	wg.Go(func() { stderr, _ = io.ReadAll(session.Stderr()) })
	stdout, err := io.ReadAll(session.Stdout())
	wg.Wait()
	if err != nil || string(stdout) != "out\n" || string(stderr) != "err\n" {
		t.Errorf("got %q and %q, %v", stdout, stderr, err)
	}
	if exit, err := session.Wait(testContext(t)); err != nil || exit.Status == nil || *exit.Status != 7 {
		t.Errorf("got %+v, %v, want status 7", exit, err)
	}
}

func TestRealServersEveryMethod(t *testing.T) {
	eachPeer(t, realpeer.Options{}, func(t *testing.T, peer *realpeer.Peer, kind realpeer.Kind) {
		t.Run("password", func(t *testing.T) {
			client, err := connectPeer(t, peer, &prompts{passwords: []string{"wrong", peer.Password}})
			if err != nil {
				t.Fatal(err)
			}
			runEcho(t, client)
		})
		t.Run("key", func(t *testing.T) {
			client, err := connectPeer(t, peer, &prompts{keys: []string{string(peer.PrivateKey)}}, keyFirst)
			if err != nil {
				t.Fatal(err)
			}
			runEcho(t, client)
		})
		t.Run("refused key, then cancel", func(t *testing.T) {
			p := &prompts{keys: []string{newUserKey(t).open(t)}}
			_, err := connectPeer(t, peer, p, keyFirst)
			wantError(t, err, wire.CodeCancelled)
			if len(p.key) != 2 || !strings.Contains(p.key[1].Error, "does not accept") {
				t.Errorf("got %+v", p.key)
			}
		})
		t.Run("unknown user up to the limit", func(t *testing.T) {
			// dropbear takes seconds for each wrong try: three of its ten are enough.
			p := &prompts{passwords: slices.Repeat([]string{"wrong"}, 3), answers: slices.Repeat([][]string{{"wrong"}}, 30)}
			_, err := connectPeer(t, peer, p, func(c *Config) { c.User = "nobody-at-all" })
			if kind == realpeer.Dropbear {
				wantError(t, err, wire.CodeCancelled)
				return
			}
			wantError(t, err, wire.CodeAuthFailed, "tries")
		})
	})
}

func TestRealServersLimitOfTries(t *testing.T) {
	eachPeer(t, realpeer.Options{MaxAuthTries: 2}, func(t *testing.T, peer *realpeer.Peer, _ realpeer.Kind) {
		p := &prompts{passwords: slices.Repeat([]string{"wrong"}, 20), answers: slices.Repeat([][]string{{"wrong"}}, 20)}
		_, err := connectPeer(t, peer, p)
		e := wantError(t, err, wire.CodeAuthFailed, "tries", "password")
		if n, _ := e.Detail["attempts"].(int); n < 2 || n > 3 {
			t.Errorf("got detail %v", e.Detail)
		}
	})
}

func TestOpenSSHKeyboardInteractive(t *testing.T) {
	peer := startPeer(t, realpeer.OpenSSH, realpeer.Options{Methods: []string{"keyboard-interactive"}})
	p := &prompts{answers: [][]string{{"wrong"}, {peer.Password}}}
	client, err := connectPeer(t, peer, p)
	if err != nil {
		t.Fatal(err)
	}
	runEcho(t, client)
	if q := p.questions[0]; len(q.Prompts) != 1 || q.Prompts[0].Echo || !strings.Contains(q.Prompts[0].Text, "assword") {
		t.Errorf("got %+v", q)
	}
}

func TestOpenSSHThatTakesKeysOnly(t *testing.T) {
	peer := startPeer(t, realpeer.OpenSSH, realpeer.Options{Methods: []string{"publickey"}})
	p := &prompts{keys: []string{string(peer.PrivateKey)}}
	client, err := connectPeer(t, peer, p) // a password was chosen, a key is asked for
	if err != nil {
		t.Fatal(err)
	}
	runEcho(t, client)
}

func TestOpenSSHOldAlgorithms(t *testing.T) {
	peer := startPeer(t, realpeer.OpenSSH, realpeer.Options{OldAlgorithms: true})
	_, err := connectPeer(t, peer, &prompts{passwords: []string{peer.Password}})
	e := wantError(t, err, wire.CodeNoCommonAlg, "key exchange")
	if e.Detail["oldWouldHelp"] != true {
		t.Errorf("got detail %v", e.Detail)
	}
	old := func(c *Config) { c.AllowOld = true }
	client, err := connectPeer(t, peer, &prompts{passwords: []string{peer.Password}}, old)
	if err != nil {
		t.Fatal(err)
	}
	runEcho(t, client)
	if info := client.Info(); info.KeyExchange != "diffie-hellman-group14-sha1" || info.MAC != "hmac-sha1" {
		t.Errorf("got %+v", info)
	}
}

func TestRealServersShell(t *testing.T) {
	eachPeer(t, realpeer.Options{Banner: "Authorised use only\n"}, func(t *testing.T, peer *realpeer.Peer, _ realpeer.Kind) {
		var mu sync.Mutex
		var banner string
		client, err := connectPeer(t, peer, &prompts{keys: []string{string(peer.PrivateKey)}}, keyFirst, func(c *Config) {
			c.Banner = func(text string) {
				mu.Lock()
				defer mu.Unlock()
				banner += text
			}
		})
		if err != nil {
			t.Fatal(err)
		}
		mu.Lock()
		if !strings.Contains(banner, "Authorised use only") {
			t.Errorf("got banner %q", banner)
		}
		mu.Unlock()
		session, err := client.Shell(testContext(t), ShellOptions{Cols: 91, Rows: 17})
		if err != nil {
			t.Fatal(err)
		}
		typeText := func(line, want string) {
			t.Helper()
			if _, err := session.Write([]byte(line + "\r")); err != nil {
				t.Fatal(err)
			}
			readUntil(t, session.Stdout(), want)
		}
		typeText("stty size", "17 91")
		if err := session.Resize(500, 200); err != nil {
			t.Fatal(err)
		}
		typeText("sleep 0.2; stty size", "200 500")
		typeText("echo $((6*7))-$TERM", "42-xterm-256color")
		interrupt := func() {
			t.Helper()
			if _, err := session.Write([]byte{3}); err != nil {
				t.Fatal(err)
			}
			// A shell may drop what is typed before it prompts again.
			if all := readUntil(t, session.Stdout(), "^C"); !strings.Contains(all[strings.Index(all, "^C"):], "go> ") {
				readUntil(t, session.Stdout(), "go> ")
			}
		}
		typeText("PS1='g''o> '", "go> ")
		typeText("cat", "cat")
		typeText("marker", "marker\r\nmarker") // once from the terminal, once from cat
		interrupt()
		typeText("echo inter''rupted", "interrupted")
		typeText("yes", "y\r\ny\r\n")
		interrupt()
		typeText("echo still''here", "stillhere")
		typeText("kill -TERM $$; exit 5", "")
		if exit, err := session.Wait(testContext(t)); err != nil || exit.Err != nil || exit.Status == nil && exit.Signal == "" {
			t.Errorf("got %+v, %v", exit, err)
		}
	})
}

func TestRealServersKeepAliveAndLoss(t *testing.T) {
	eachPeer(t, realpeer.Options{}, func(t *testing.T, peer *realpeer.Peer, _ realpeer.Kind) {
		client, err := connectPeer(t, peer, &prompts{keys: []string{string(peer.PrivateKey)}}, keyFirst,
			func(c *Config) { c.KeepAlive = 50 * time.Millisecond })
		if err != nil {
			t.Fatal(err)
		}
		deadline := time.Now().Add(patience)
		for client.RoundTrip() == 0 && time.Now().Before(deadline) {
			time.Sleep(5 * time.Millisecond)
		}
		if client.RoundTrip() == 0 {
			t.Error("no round trip was measured")
		}
		_ = peer.Close()
		<-client.Closed()
		wantError(t, client.Err(), wire.CodeLost)
	})
}

func TestRealServersForwardAndSubsystem(t *testing.T) {
	eachPeer(t, realpeer.Options{}, func(t *testing.T, peer *realpeer.Peer, _ realpeer.Kind) {
		client, err := connectPeer(t, peer, &prompts{keys: []string{string(peer.PrivateKey)}}, keyFirst)
		if err != nil {
			t.Fatal(err)
		}
		nc, err := client.Dial(testContext(t), "tcp", net.JoinHostPort(peer.Host, fmt.Sprint(peer.Port)))
		if err != nil {
			t.Fatal(err)
		}
		if got := readUntil(t, nc, "\n"); !strings.HasPrefix(got, "SSH-2.0-") {
			t.Errorf("got %q through a forward to the server itself", got)
		}
		_ = nc.Close()
		_, err = client.Dial(testContext(t), "tcp", "127.0.0.1:1")
		wantError(t, err, wire.CodeForwardRefused, "127.0.0.1:1")
		if _, err := client.Subsystem(testContext(t), "no-such"); err == nil {
			t.Error("a subsystem that does not exist was opened")
		}
	})
}

// TestKeysOfRealTools: what ssh-keygen and openssl write can be read.
func TestKeysOfRealTools(t *testing.T) {
	dir := t.TempDir()
	run := func(name string, args ...string) {
		t.Helper()
		ctx, cancel := context.WithTimeout(t.Context(), patience)
		defer cancel()
		if out, err := exec.CommandContext(ctx, name, args...).CombinedOutput(); err != nil {
			t.Fatalf("%s %v (Debian packages openssh-client, openssl): %v\n%s", name, args, err, out)
		}
	}
	for name, generate := range map[string]func(path string){
		"ssh-keygen ed25519": func(p string) { run("ssh-keygen", "-q", "-t", "ed25519", "-a", "2", "-N", "horse", "-f", p) },
		"ssh-keygen PEM": func(p string) {
			run("ssh-keygen", "-q", "-t", "rsa", "-b", "2048", "-m", "PEM", "-N", "horse", "-f", p)
		},
		"ssh-keygen PKCS8": func(p string) { run("ssh-keygen", "-q", "-t", "ecdsa", "-m", "PKCS8", "-N", "horse", "-f", p) },
		"openssl AES-256": func(p string) {
			run("openssl", "genpkey", "-algorithm", "RSA", "-aes256", "-pass", "pass:horse", "-out", p)
		},
		"openssl 3DES": func(p string) {
			run("openssl", "genpkey", "-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-384", "-des3", "-pass", "pass:horse", "-out", p)
		},
	} {
		t.Run(name, func(t *testing.T) {
			path := filepath.Join(dir, strings.ReplaceAll(name, " ", "-"))
			generate(path)
			file, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			p := &prompts{passphrases: []string{"mule", "horse"}}
			h := &handshake{config: &Config{Prompter: p}, ctx: t.Context()}
			client, far := net.Pipe()
			defer func() { _, _ = client.Close(), far.Close() }()
			h.conn = newConn(client, 0, func(error) {}, func() {})
			signer, problem, err := h.readKey(trimLines(file))
			if err != nil || problem != "" || signer == nil {
				t.Fatalf("got %q, %v", problem, err)
			}
			if len(p.phrase) != 2 {
				t.Errorf("asked %d times for the passphrase, want 2", len(p.phrase))
			}
		})
	}
}
