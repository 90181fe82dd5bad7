package forwards

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"porthole/ssh/wire"
)

var nodeRED = Target{Tenant: "t12345", User: "anna", Device: "1001", Scheme: "http", Host: "localhost", Port: 1880}

func TestAnIDStaysAndNoTwoTargetsShareOne(t *testing.T) {
	secret := Secret{1, 2, 3}
	id := secret.ID(nodeRED)
	// Fixed: another construction would move everybody's pages to other origins.
	if want := "iijqo537xaavgqhqjkkb3u3mzw"; id != want {
		t.Errorf("got %s, want %s", id, want)
	}
	if !isID(id) {
		t.Errorf("%s is no id", id)
	}
	seen := map[string]string{id: "the target itself"}
	for name, change := range map[string]func(*Target){
		"another tenant": func(t *Target) { t.Tenant = "t9" },
		"another person": func(t *Target) { t.User = "bert" },
		"another device": func(t *Target) { t.Device = "1002" },
		"https":          func(t *Target) { t.Scheme = "https" },
		"another host":   func(t *Target) { t.Host = "10.0.0.7" },
		"another port":   func(t *Target) { t.Port = 1881 },
		// Attack: parts that run into each other.
		"a border moved one way":   func(t *Target) { t.User, t.Device = "anna1", "001" },
		"a border moved the other": func(t *Target) { t.Tenant, t.User = "t12345a", "nna" },
	} {
		other := nodeRED
		change(&other)
		if had, found := seen[secret.ID(other)]; found {
			t.Errorf("%s has the id of %s", name, had)
		}
		seen[secret.ID(other)] = name
	}
	if NewSecret().ID(nodeRED) == id {
		t.Error("another secret gives the same id")
	}
}

func TestTheSecretIsNeverPrinted(t *testing.T) {
	secret := Secret{0xab, 0xcd}
	if text := fmt.Sprintf("%v %s %+v %#v", secret, secret, secret, secret); strings.Contains(text, "171") || strings.Contains(strings.ToLower(text), "ab") {
		t.Errorf("got %s", text)
	}
}

func TestTargetsAreReadStrictly(t *testing.T) {
	good := wire.ForwardRequest{Device: "1001", Scheme: "http", Host: "127.0.0.1", Port: 1880}
	for _, host := range []string{"127.0.0.1", "::1", "[::1]", "LOCALHOST", "localhost.", "127.9.9.9"} {
		request := good
		request.Host = host
		if got, err := NewTarget("t12345", "anna", request); err != nil || got != nodeRED {
			t.Errorf("%q: got %+v, %v, want the device's own address", host, got, err)
		}
	}
	for _, host := range []string{"10.0.0.7", "router", "plc-1.site_b.example", "fe80::1%eth0", "[fd00::2]", "1.2.3"} {
		request := good
		request.Host = host
		if _, err := NewTarget("t", "u", request); err != nil {
			t.Errorf("%q: %v", host, err)
		}
	}
	long := strings.Repeat("a", 64)
	for _, host := range []string{
		"", " ", "a b", "a/b", "a\x00b", "a\r\nb", "user@host", "host:80", "a..b", ".a", "-\u00e9", "a?b", "[::1", "fe80::1%a b", long,
		strings.Repeat("abc.", 70) + "d", "javascript:alert(1)",
	} {
		request := good
		request.Host = host
		if got, err := NewTarget("t", "u", request); !errors.Is(err, ErrHost) {
			t.Errorf("host %q: got %+v, %v", host, got, err)
		}
	}
	for want, change := range map[InvalidError]func(*wire.ForwardRequest){
		ErrDevice: func(r *wire.ForwardRequest) { r.Device = "../1" },
		ErrScheme: func(r *wire.ForwardRequest) { r.Scheme = "tcp" },
		ErrPort:   func(r *wire.ForwardRequest) { r.Port = 65536 },
	} {
		request := good
		change(&request)
		if _, err := NewTarget("t", "u", request); !errors.Is(err, want) {
			t.Errorf("%+v: got %v, want %v", request, err, want)
		}
	}
}

func TestTheSecretOutlivesARestart(t *testing.T) {
	folder := filepath.Join(t.TempDir(), "state", "deep")
	var group sync.WaitGroup
	secrets := make([]Secret, 8)
	for i := range secrets { // several gateways on one new folder
		group.Go(func() {
			var err error
			if secrets[i], err = LoadSecret(folder); err != nil {
				t.Error(err)
			}
		})
	}
	group.Wait()
	for _, s := range secrets {
		if s != secrets[0] || s == (Secret{}) {
			t.Fatal("not all have the same secret")
		}
	}
	entries, err := os.ReadDir(folder)
	if err != nil || len(entries) != 1 {
		t.Errorf("the folder holds %v, %v, want the secret alone", entries, err)
	}
	info, err := os.Stat(filepath.Join(folder, secretFile))
	if err != nil || info.Mode().Perm() != 0o600 && !ignoresModes {
		t.Errorf("mode: got %v, %v", info.Mode(), err)
	}
}

func TestASecretThatOthersReadOrThatIsDamagedIsRefused(t *testing.T) {
	folder := t.TempDir()
	name := filepath.Join(folder, secretFile)
	if err := os.WriteFile(name, make([]byte, secretBytes-1), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := LoadSecret(folder); err == nil || !strings.Contains(err.Error(), "damaged") {
		t.Errorf("short file: got %v", err)
	}
	if ignoresModes {
		return
	}
	if err := os.WriteFile(name, make([]byte, secretBytes), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Chmod(name, 0o640); err != nil {
		t.Fatal(err)
	}
	if _, err := LoadSecret(folder); err == nil || !strings.Contains(err.Error(), "chmod 600") {
		t.Errorf("readable by the group: got %v", err)
	}
}
