//go:build !js

package hostkey

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	gossh "golang.org/x/crypto/ssh"
)

// keygen runs OpenSSH's own reader of known_hosts.
func keygen(t *testing.T, args ...string) string {
	t.Helper()
	out, err := exec.CommandContext(t.Context(), "ssh-keygen", args...).CombinedOutput()
	if err != nil {
		t.Fatalf("ssh-keygen %v (Debian package openssh-client): %v\n%s", args, err, out)
	}
	return string(out)
}

func TestOpenSSHFindsOurNames(t *testing.T) {
	key := newKey(t)
	for _, name := range []string{device1, Name("t1", "1234", "fe80::1%eth0", 2222), Name("t-2", "7", "a b,*", 22)} {
		path := filepath.Join(t.TempDir(), "known_hosts")
		if err := os.WriteFile(path, Add([]byte("# first\n"), name, key), 0o600); err != nil {
			t.Fatal(err)
		}
		if out := keygen(t, "-F", name, "-l", "-f", path); !strings.Contains(out, gossh.FingerprintSHA256(key)) {
			t.Errorf("ssh-keygen does not find %q:\n%s", name, out)
		}
	}
}

func TestWeFindWhatOpenSSHHashed(t *testing.T) {
	key := newKey(t)
	path := filepath.Join(t.TempDir(), "known_hosts")
	if err := os.WriteFile(path, Add(nil, device1, key), 0o600); err != nil {
		t.Fatal(err)
	}
	keygen(t, "-H", "-f", path)
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if strings.Contains(string(text), "localhost") {
		t.Fatalf("not hashed:\n%s", text)
	}
	if got := Parse(text).Decide(device1, key).Outcome; got != Match {
		t.Errorf("got %v, want %v", got, Match)
	}
	if out, n := Remove(text, device1, ""); n != 1 || len(out) != 0 {
		t.Errorf("removed %d lines, left %q", n, out)
	}
}
