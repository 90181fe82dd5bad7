//go:build linux

package realpeer

import (
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/pkg/sftp"
	"go.uber.org/goleak"
	gossh "golang.org/x/crypto/ssh"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func start(t *testing.T, kind Kind, o Options) *Peer {
	t.Helper()
	p, err := Start(t.Context(), kind, o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := p.Close(); err != nil {
			t.Error(err)
		}
		if t.Failed() {
			t.Logf("the server's log:\n%s", p.Log())
		}
	})
	return p
}

func dial(t *testing.T, p *Peer, change func(*gossh.ClientConfig), auth ...gossh.AuthMethod) (*gossh.Client, error) {
	t.Helper()
	config := &gossh.ClientConfig{
		User: p.User, Auth: auth, HostKeyCallback: gossh.FixedHostKey(p.HostKey), Timeout: 10 * time.Second,
	}
	if change != nil {
		change(config)
	}
	c, err := gossh.Dial("tcp", fmt.Sprintf("%s:%d", p.Host, p.Port), config)
	if err == nil {
		t.Cleanup(func() { _ = c.Close() })
	}
	return c, err
}

func output(t *testing.T, c *gossh.Client, command string) string {
	t.Helper()
	s, err := c.NewSession()
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = s.Close() }()
	out, err := s.CombinedOutput(command)
	if err != nil {
		t.Fatalf("%s: %v", command, err)
	}
	return string(out)
}

func answers(password string) gossh.AuthMethod {
	return gossh.KeyboardInteractive(func(_, _ string, questions []string, _ []bool) ([]string, error) {
		out := make([]string, len(questions))
		for i := range out {
			out[i] = password
		}
		return out, nil
	})
}

func TestEveryMethodLetsTheUserIn(t *testing.T) {
	for _, kind := range []Kind{OpenSSH, Dropbear} {
		t.Run(string(kind), func(t *testing.T) {
			p := start(t, kind, Options{})
			methods := map[string]gossh.AuthMethod{"publickey": gossh.PublicKeys(p.Key), "password": gossh.Password(p.Password)}
			wrong := map[string]gossh.AuthMethod{"password": gossh.Password("wrong")}
			if kind == OpenSSH {
				methods["keyboard-interactive"] = answers(p.Password)
				wrong["keyboard-interactive"] = answers("wrong")
			}
			for name, method := range methods {
				c, err := dial(t, p, nil, method)
				if err != nil {
					t.Fatalf("%s: %v", name, err)
				}
				got := output(t, c, "echo $HOME; env | grep -c -e WRAPPER -e LD_PRELOAD || true")
				if got != p.Home+"\n0\n" {
					t.Errorf("%s: got %q, want the home folder %s and a clean environment", name, got, p.Home)
				}
			}
			for name, method := range wrong {
				if _, err := dial(t, p, nil, method); err == nil {
					t.Errorf("%s: a wrong password let the user in", name)
				}
			}
		})
	}
}

func TestOldAlgorithmsOnly(t *testing.T) {
	p := start(t, OpenSSH, Options{OldAlgorithms: true})
	if _, err := dial(t, p, nil, gossh.Password(p.Password)); err == nil {
		t.Fatal("a client with today's algorithms got in")
	}
	old := func(c *gossh.ClientConfig) {
		c.KeyExchanges = []string{gossh.InsecureKeyExchangeDH14SHA1}
		c.Ciphers = []string{gossh.InsecureCipherAES128CBC}
		c.MACs = []string{gossh.HMACSHA1}
		c.HostKeyAlgorithms = []string{gossh.KeyAlgoRSA}
	}
	c, err := dial(t, p, old, gossh.Password(p.Password))
	if err != nil {
		t.Fatal(err)
	}
	if got := output(t, c, "echo old"); got != "old\n" {
		t.Errorf("got %q, want old", got)
	}
}

func TestOptionsAreTheServers(t *testing.T) {
	for _, kind := range []Kind{OpenSSH, Dropbear} {
		t.Run(string(kind), func(t *testing.T) {
			key, err := newHostKey(kind == Dropbear)
			if err != nil {
				t.Fatal(err)
			}
			p := start(t, kind, Options{
				HostKey: key, Banner: "authorised use only\n", MaxAuthTries: 2, ForceCommand: "echo forced", NoTCPForwarding: true,
			})
			want, err := gossh.NewPublicKey(key.Public())
			if err != nil || gossh.FingerprintSHA256(want) != gossh.FingerprintSHA256(p.HostKey) {
				t.Errorf("the host key is not the one given: %v", err)
			}
			var banner string
			show := func(c *gossh.ClientConfig) { c.BannerCallback = func(m string) error { banner = m; return nil } }
			c, err := dial(t, p, show, gossh.Password(p.Password))
			if err != nil {
				t.Fatal(err)
			}
			if strings.TrimSpace(banner) != "authorised use only" {
				t.Errorf("got banner %q", banner)
			}
			if got := output(t, c, "echo mine"); got != "forced\n" {
				t.Errorf("got %q, want the forced command's output", got)
			}
			if conn, err := c.Dial("tcp", fmt.Sprintf("127.0.0.1:%d", p.Port)); err == nil {
				_ = conn.Close()
				t.Error("a port forward was allowed")
			}
			tries := 0
			_, err = dial(t, p, nil, gossh.RetryableAuthMethod(gossh.PasswordCallback(func() (string, error) {
				tries++
				return "wrong", nil
			}), 10))
			if err == nil || tries > 3 {
				t.Errorf("got %d tries, %v, want the end after 2", tries, err)
			}
		})
	}
}

func TestTerminalsCanBeRefused(t *testing.T) {
	for _, refused := range []bool{false, true} {
		p := start(t, OpenSSH, Options{NoTTY: refused})
		c, err := dial(t, p, nil, gossh.PublicKeys(p.Key))
		if err != nil {
			t.Fatal(err)
		}
		s, err := c.NewSession()
		if err != nil {
			t.Fatal(err)
		}
		if err := s.RequestPty("xterm", 24, 80, nil); (err != nil) != refused {
			t.Errorf("refused=%v: got %v", refused, err)
		}
		_ = s.Close()
	}
}

func TestSFTP(t *testing.T) {
	c, err := dialKey(t, start(t, OpenSSH, Options{}))
	if err != nil {
		t.Fatal(err)
	}
	files, err := sftp.NewClient(c)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = files.Close() }()
	if _, err := files.ReadDir("."); err != nil {
		t.Error(err)
	}
}

func TestWithoutSFTPCommandsRunAllTheSame(t *testing.T) {
	for _, kind := range []Kind{OpenSSH, Dropbear} {
		t.Run(string(kind), func(t *testing.T) {
			c, err := dialKey(t, start(t, kind, Options{NoSFTP: true}))
			if err != nil {
				t.Fatal(err)
			}
			session, err := c.NewSession()
			if err != nil {
				t.Fatal(err)
			}
			if said, err := session.Output("printf '%s' 'a  b'; exit 0"); err != nil || string(said) != "a  b" {
				t.Errorf("a command: got %q, %v", said, err)
			}
			if files, err := sftp.NewClient(c); err == nil {
				_ = files.Close()
				t.Error("it has SFTP")
			}
		})
	}
}

func dialKey(t *testing.T, p *Peer) (*gossh.Client, error) {
	t.Helper()
	return dial(t, p, nil, gossh.PublicKeys(p.Key))
}

func TestCloseLeavesNothing(t *testing.T) {
	for _, kind := range []Kind{OpenSSH, Dropbear} {
		t.Run(string(kind), func(t *testing.T) {
			p, err := Start(t.Context(), kind, Options{})
			if err != nil {
				t.Fatal(err)
			}
			c, err := dialKey(t, p)
			if err != nil {
				t.Fatal(err)
			}
			s, err := c.NewSession()
			if err != nil {
				t.Fatal(err)
			}
			out, err := s.StdoutPipe()
			if err != nil {
				t.Fatal(err)
			}
			if err := s.Start("echo $$; exec sleep 1000"); err != nil {
				t.Fatal(err)
			}
			var pid int
			if _, err := fmt.Fscan(out, &pid); err != nil {
				t.Fatal(err)
			}
			if err := p.Close(); err != nil {
				t.Error(err)
			}
			for deadline := time.Now().Add(5 * time.Second); !gone(pid); {
				if time.Now().After(deadline) {
					t.Fatalf("process %d outlived the server", pid)
				}
			}
			if _, err := os.Stat(p.dir); !errors.Is(err, os.ErrNotExist) {
				t.Errorf("the folder is still there: %v", err)
			}
			_, _ = io.Copy(io.Discard, out)
		})
	}
}

// gone reports whether a process has ended, reaped or not.
func gone(pid int) bool {
	stat, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	return syscall.Kill(pid, 0) != nil || err != nil || strings.Contains(string(stat), ") Z ")
}

func TestAMissingProgramNamesItsPackage(t *testing.T) {
	for _, find := range []func(string, string) (string, error){program, library} {
		if _, err := find("no-such-thing", "the-package"); err == nil || !strings.Contains(err.Error(), "apt-get install the-package") {
			t.Errorf("got %v, want the package named", err)
		}
	}
}
