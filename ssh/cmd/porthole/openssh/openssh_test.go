package openssh

import (
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"porthole/ssh/cmd/porthole/tenant"
)

// words of every difficult kind.
var difficult = []string{
	"plain", "", "two words", "it's", `"quoted"`, "$HOME", "`id`", "$(id)", "100%", "%n %h", "a;b|c&d", "*", "~", "\\", "-o", "ünï", "new\nline", "#x",
}

// asOpenSSH runs a ProxyCommand as OpenSSH does: percent signs are tokens, the rest is the
// shell's.
func asOpenSSH(t *testing.T, command string) []string {
	t.Helper()
	if i := strings.Index(strings.ReplaceAll(command, "%%", ""), "%"); i >= 0 {
		t.Fatalf("a token of OpenSSH's in %q", command)
	}
	out, err := exec.CommandContext(t.Context(), "/bin/sh", "-c", "exec "+strings.ReplaceAll(command, "%%", "%")).Output()
	if err != nil {
		t.Fatalf("%q: %v", command, err)
	}
	return strings.Split(strings.TrimSuffix(string(out), "\x00"), "\x00")
}

func TestAProxyCommandReachesTheProgramAsItWas(t *testing.T) {
	command := append([]string{"printf", "%s\\0"}, difficult...)
	if got := asOpenSSH(t, ProxyCommand(command)); !slices.Equal(got, difficult) {
		t.Errorf("got %q, want %q", got, difficult)
	}
}

func FuzzProxyCommand(f *testing.F) {
	for _, word := range difficult {
		f.Add(word)
	}
	f.Fuzz(func(t *testing.T, word string) {
		if strings.ContainsRune(word, 0) {
			return
		}
		got := asOpenSSH(t, ProxyCommand([]string{"printf", "%s\\0", word}))
		if len(got) != 1 || got[0] != word {
			t.Errorf("got %q, want %q", got, word)
		}
	})
}

func TestANameOfTheTenantIsAHostNameOnlyWhenItIsHarmless(t *testing.T) {
	for name, want := range map[string]bool{
		"pump": true, "edge-01": true, "": false, "-oProxyCommand=x": false, "two words": false,
		"a\nProxyCommand x": false, "*": false, "!pump": false, "pump?": false, "a,b": false, `"x"`: false, "Ünï": false,
	} {
		for _, typed := range []string{"7", name} {
			got := HostNames(tenant.Device{ID: "7", Name: name}, typed)
			if slices.Contains(got, name) != want || !slices.Contains(got, "7") || !slices.Contains(got, "device-7") {
				t.Errorf("%q, typed %q: got %q, want it in: %t", name, typed, got, want)
			}
		}
	}
}

// A device chooses its name: it must not become the name of another host.
func TestADeviceTakesTheNameOfAnotherHostOnlyWhenThePersonSaysSo(t *testing.T) {
	for _, name := range []string{"github.com", "edge-01.plant", "8", "device-8", "Device-8", "localhost", "LOCALHOST", "git@example", "10.0.0.1"} {
		device := tenant.Device{ID: "7", Name: name}
		if got := HostNames(device, "7"); !slices.Equal(got, []string{"7", "device-7"}) {
			t.Errorf("%q: got %q", name, got)
		}
		if got := HostNames(device, name); !slices.Equal(got, []string{name, "7", "device-7"}) {
			t.Errorf("%q, typed: got %q", name, got)
		}
	}
}

// Two tenants may have a device of the same id.
func TestConnectionsAreNotSharedByTheLabel(t *testing.T) {
	config := filepath.Join(t.TempDir(), "config")
	if err := os.WriteFile(config, []byte("Host *\n    ControlMaster auto\n    ControlPath /tmp/shared-%h\n    ControlPersist 10m\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	args := append([]string{"-G", "-F", config}, Target{Proxy: []string{"porthole"}, KeyName: "[localhost.7.t1]:22", KnownHosts: "k"}.Options()...)
	out, err := exec.CommandContext(t.Context(), "ssh", append(args, "device-7")...).CombinedOutput()
	if err != nil || !strings.Contains(string(out), "controlmaster auto\n") || strings.Contains(string(out), "shared-") {
		t.Errorf("%v: ssh would share connections:\n%s", err, out)
	}
}

func TestABlockIsWhatOpenSSHReads(t *testing.T) {
	folder := filepath.Join(t.TempDir(), `a "folder" with 100%`)
	target := Target{
		Proxy: []string{"porthole", "proxy", "7", "--session", folder + "/it's"}, KeyName: "[localhost.7.t1]:22",
		KnownHosts: folder + "/known_hosts", User: "an user",
	}
	config := filepath.Join(t.TempDir(), "config")
	if err := os.WriteFile(config, []byte(target.Host("pump", "7")), 0o600); err != nil {
		t.Fatal(err)
	}
	out, err := exec.CommandContext(t.Context(), "ssh", "-G", "-F", config, "pump").CombinedOutput()
	if err != nil {
		t.Fatalf("%v: %s\n%s", err, out, target.Host("pump", "7"))
	}
	for _, want := range []string{"user an user\n", "hostkeyalias [localhost.7.t1]:22\n", "hashknownhosts no\n"} {
		if !strings.Contains(string(out), want) {
			t.Errorf("ssh reads %q otherwise:\n%s", want, out)
		}
	}
}

func TestSplitRemote(t *testing.T) {
	for text, want := range map[string][2]string{
		"pump:file": {"pump", "file"}, "pump:": {"pump", ""}, "1234:/a:b": {"1234", "/a:b"}, "two words:x": {"two words", "x"},
		"./pump:file": {}, "/a:b": {}, "file": {}, ":file": {}, "": {}, "a/b:c": {},
	} {
		device, path, ok := SplitRemote(text)
		if device != want[0] || path != want[1] || ok != (want[0] != "") {
			t.Errorf("%q: got %q, %q, %t", text, device, path, ok)
		}
	}
}
