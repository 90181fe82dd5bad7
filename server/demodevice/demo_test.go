package demodevice

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/pkg/sftp"
	gossh "golang.org/x/crypto/ssh"
)

// demo starts a demo device behind the double.
func demo(t *testing.T, d *double, change func(*DemoOptions)) *Demo {
	t.Helper()
	o := demoOptions(t, d)
	if change != nil {
		change(&o)
	}
	device, err := StartDemo(context.Background(), o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := device.Close(); err != nil {
			t.Error(err)
		}
	})
	return device
}

func demoOptions(t *testing.T, d *double) DemoOptions {
	t.Helper()
	plainAccount(t)
	return DemoOptions{
		StateDir: t.TempDir(), AllowRoot: true, PlatformURL: d.server.URL,
		DeviceID: testDevice, DeviceUser: testUser, DevicePassword: testPassword,
	}
}

// plainAccount keeps tests away from what the profile of whoever runs them does.
func plainAccount(t *testing.T) {
	t.Helper()
	home := t.TempDir()
	if err := os.WriteFile(filepath.Join(home, ".profile"), []byte("PS1='ready> '\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	t.Setenv("HOME", home)
	t.Setenv("SHELL", "/bin/sh")
}

// signIn opens SSH through the platform and the agent.
func signIn(t *testing.T, d *double, device *Demo, password string) (*gossh.Client, error) {
	t.Helper()
	c := d.open("127.0.0.1", device.SSHAddr.Port)
	conn, channels, requests, err := gossh.NewClientConn(c, "device", &gossh.ClientConfig{
		User: device.User, Auth: []gossh.AuthMethod{gossh.Password(password)}, HostKeyCallback: gossh.FixedHostKey(device.HostKey),
	})
	if err != nil {
		_ = c.Close()
		return nil, err
	}
	client := gossh.NewClient(conn, channels, requests)
	t.Cleanup(func() { _ = client.Close() })
	return client, nil
}

func mustSignIn(t *testing.T, d *double, device *Demo) *gossh.Client {
	t.Helper()
	c, err := signIn(t, d, device, device.Password)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func TestRootIsRefusedUnlessAllowed(t *testing.T) {
	d := newDouble(t)
	o := demoOptions(t, d)
	o.AllowRoot = false
	if _, err := startDemo(t.Context(), o, 0); !errors.Is(err, ErrRoot) {
		t.Errorf("got %v, want ErrRoot", err)
	}
	device, err := startDemo(t.Context(), o, 1000)
	if err != nil {
		t.Fatalf("an ordinary user is refused: %v", err)
	}
	if err := device.Close(); err != nil {
		t.Error(err)
	}
}

func TestDemoListensOnLoopbackOnly(t *testing.T) {
	d := newDouble(t)
	for _, address := range []string{"0.0.0.0:0", ":0", "[::]:0", "192.0.2.1:22", "example.com:22", "nonsense"} {
		o := demoOptions(t, d)
		o.SSHListen = address
		if device, err := StartDemo(t.Context(), o); err == nil {
			t.Errorf("%q: listens on %v", address, device.SSHAddr)
			_ = device.Close()
		}
	}
}

func TestShellThroughPlatformAndAgent(t *testing.T) {
	t.Setenv("SECRET_OF_THE_GATEWAY", "secret value")
	d := newDouble(t)
	device := demo(t, d, nil)
	c := mustSignIn(t, d, device)
	s, err := c.NewSession()
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = s.Close() }()
	if err := s.Setenv("LC_ALL", "C.UTF-8"); err != nil {
		t.Error(err)
	}
	if err := s.Setenv("LD_PRELOAD", "/tmp/evil.so"); err == nil {
		t.Error("the client could set LD_PRELOAD")
	}
	out, err := s.CombinedOutput("pwd; env")
	if err != nil {
		t.Fatal(err)
	}
	who, err := currentAccount()
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{who.home + "\n", "LC_ALL=C.UTF-8\n", "USER=" + device.User, "SHELL=" + who.shell, "SSH_CONNECTION=127.0.0.1 "} {
		if !strings.Contains(string(out), want) {
			t.Errorf("got %q, want %q in it", out, want)
		}
	}
	if strings.Contains(string(out), "secret value") {
		t.Error("a session sees the gateway's environment")
	}
}

func TestWrongPasswordsEndTheConnection(t *testing.T) {
	d := newDouble(t)
	device := demo(t, d, nil)
	if len(device.Password) < 20 {
		t.Errorf("got a password of %d characters, want 20 or more", len(device.Password))
	}
	c := d.open("127.0.0.1", device.SSHAddr.Port)
	tries := 0
	_, _, _, err := gossh.NewClientConn(c, "device", &gossh.ClientConfig{
		User: device.User, HostKeyCallback: gossh.FixedHostKey(device.HostKey),
		Auth: []gossh.AuthMethod{gossh.RetryableAuthMethod(gossh.PasswordCallback(func() (string, error) {
			tries++
			return "guess", nil
		}), 1000)},
	})
	if err == nil || tries > 6 {
		t.Errorf("got %d guesses on one connection, %v, want at most 6", tries, err)
	}
}

func TestHostKeySurvivesARestartAndThePasswordDoesNot(t *testing.T) {
	d := newDouble(t)
	o := demoOptions(t, d)
	o.StateDir = filepath.Join(o.StateDir, "made", "when missing")
	var passwords, keys []string
	var ports []int
	for range 2 {
		device, err := StartDemo(t.Context(), o)
		if err != nil {
			t.Fatal(err)
		}
		passwords = append(passwords, device.Password)
		keys = append(keys, gossh.FingerprintSHA256(device.HostKey))
		ports = append(ports, device.SSHAddr.Port)
		if err := device.Close(); err != nil {
			t.Fatal(err)
		}
	}
	if ports[0] != ports[1] {
		t.Errorf("got ports %v, want the one that configurations know", ports)
	}
	if keys[0] != keys[1] || passwords[0] == passwords[1] {
		t.Errorf("got keys %v and %d equal passwords, want one key and two passwords", keys, len(passwords))
	}
	file := filepath.Join(o.StateDir, "demo_device_host_key")
	info, err := os.Stat(file)
	if err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("got %v, %v, want mode 0600", info, err)
	}

	for name, spoil := range map[string]func() error{
		"readable by others": func() error { return os.Chmod(file, 0o644) },
		"not a key":          func() error { return errors.Join(os.Chmod(file, 0o600), os.WriteFile(file, []byte("x"), 0o600)) },
	} {
		if err := spoil(); err != nil {
			t.Fatal(err)
		}
		if device, err := StartDemo(t.Context(), o); err == nil || !strings.Contains(err.Error(), file) {
			t.Errorf("%s: got %v, want an error that names the file", name, err)
			if device != nil {
				_ = device.Close()
			}
		}
	}
}

func TestATakenPortIsReplaced(t *testing.T) {
	d := newDouble(t)
	_, taken := echo(t)
	for _, text := range []string{fmt.Sprint(taken), "22", "-1", "99999", "nonsense"} {
		device := demo(t, d, func(o *DemoOptions) {
			if err := os.WriteFile(filepath.Join(o.StateDir, "demo_device_port"), []byte(text), 0o600); err != nil {
				t.Fatal(err)
			}
		})
		if fmt.Sprint(device.SSHAddr.Port) == text {
			t.Errorf("got port %s, which is taken or not ours", text)
		}
	}
}

func TestSFTPServesTheUsersFiles(t *testing.T) {
	d := newDouble(t)
	files, err := sftp.NewClient(mustSignIn(t, d, demo(t, d, nil)))
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = files.Close() }()
	path := filepath.Join(t.TempDir(), "file")
	f, err := files.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := f.Write([]byte("content")); err != nil {
		t.Fatal(err)
	}
	if err := f.Close(); err != nil {
		t.Fatal(err)
	}
	if got, err := os.ReadFile(path); err != nil || string(got) != "content" {
		t.Errorf("got %q, %v, want content", got, err)
	}
}

func TestCloseEndsRunningPrograms(t *testing.T) {
	d := newDouble(t)
	device, err := StartDemo(context.Background(), demoOptions(t, d))
	if err != nil {
		t.Fatal(err)
	}
	c := mustSignIn(t, d, device)
	s, err := c.NewSession()
	if err != nil {
		t.Fatal(err)
	}
	out, err := s.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Start("trap '' HUP; echo $$; while :; do sleep 1; done"); err != nil {
		t.Fatal(err)
	}
	var pid int
	if _, err := fmt.Fscan(out, &pid); err != nil {
		t.Fatal(err)
	}
	if err := device.Close(); err != nil {
		t.Error(err)
	}
	if _, err := os.Stat(fmt.Sprintf("/proc/%d", pid)); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("process %d outlived Close: %v", pid, err)
	}
}

func TestShellFallsBackToTheSystems(t *testing.T) {
	file := filepath.Join(t.TempDir(), "passwd")
	if err := os.WriteFile(file, []byte("root:x:0:0:root:/root:/bin/zsh\nbroken\nother:x:1:1::/:/bin/ksh\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	for name, want := range map[string]string{"root": "/bin/zsh", "other": "/bin/ksh", "nobody": "", "broken": ""} {
		if got := passwdShell(file, name); got != want {
			t.Errorf("%s: got %q, want %q", name, got, want)
		}
	}
	t.Setenv("SHELL", "relative/sh")
	t.Setenv("HOME", "/no/such/home")
	who, err := currentAccount()
	if err != nil || !isProgram(who.shell) || !isDir(who.home) {
		t.Errorf("got %+v, %v, want a shell and a folder that are there", who, err)
	}
	if got := searchPath("/bin::relative:/usr/bin:."); got != "/bin:/usr/bin" {
		t.Errorf("got PATH %q, want the absolute folders", got)
	}
	if got := searchPath(""); got != defaultPath {
		t.Errorf("got PATH %q, want the default", got)
	}
}
