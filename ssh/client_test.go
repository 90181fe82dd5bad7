package ssh

import (
	"io"
	"slices"
	"strings"
	"sync"
	"testing"

	"porthole/ssh/sshtest"
	"porthole/ssh/wire"
)

func TestShellWithPasswordOverAPipe(t *testing.T) {
	server := passwordServer(t)
	config := passwordConfig(server)
	var mu sync.Mutex
	var states []State
	config.Progress = func(s State) {
		mu.Lock()
		defer mu.Unlock()
		states = append(states, s)
	}
	client := connected(t, server, config)
	mu.Lock()
	if want := []State{StateWaiting, StateConnecting, StateAuthenticating, StateConnected}; !slices.Equal(states, want) {
		t.Errorf("got states %v, want %v", states, want)
	}
	mu.Unlock()

	session, err := client.Shell(testContext(t), ShellOptions{Cols: 80, Rows: 24, Env: map[string]string{"LANG": "C.UTF-8"}})
	if err != nil {
		t.Fatal(err)
	}
	readUntil(t, session.Stdout(), "$ ")
	for input, want := range map[string]string{
		"echo grüße\r": "grüße\r\n$ ",
		"size\r":       "80x24\r\n$ ",
		"env\r":        "LANG=C.UTF-8\r\n$ ",
	} {
		if _, err := session.Write([]byte(input)); err != nil {
			t.Fatal(err)
		}
		readUntil(t, session.Stdout(), want)
	}
	if _, err := session.Write([]byte("exit 3\r")); err != nil {
		t.Fatal(err)
	}
	exit, err := session.Wait(testContext(t))
	if err != nil || exit.Status == nil || *exit.Status != 3 || exit.Err != nil {
		t.Errorf("got exit %+v, %v, want status 3", exit, err)
	}
}

func TestInfoNamesTheAlgorithms(t *testing.T) {
	server := newServer(t, sshtest.Options{Passwords: map[string]string{"root": "secret"}, Version: "SSH-2.0-Example_1"})
	client := connected(t, server, passwordConfig(server))
	info := client.Info()
	if info.ServerVersion != "SSH-2.0-Example_1" || info.KeyExchange != "mlkem768x25519-sha256" ||
		info.HostKeyAlgorithm != "ssh-ed25519" || !strings.HasPrefix(info.HostKeyFingerprint, "SHA256:") {
		t.Errorf("got %+v", info)
	}
	want := "aes128-gcm@openssh.com"
	if chachaFirst {
		want = "chacha20-poly1305@openssh.com"
	}
	if info.Cipher != want || info.MAC != "" {
		t.Errorf("got cipher %q and MAC %q, want %q without MAC", info.Cipher, info.MAC, want)
	}
	if s := client.Stats(); s.BytesIn < 500 || s.BytesOut < 500 {
		t.Errorf("got %+v, want the handshake counted", s)
	}
}

func TestExecSeparatesStderrAndGivesTheStatus(t *testing.T) {
	server := passwordServer(t)
	client := connected(t, server, passwordConfig(server))
	session, err := client.Exec(testContext(t), "error oh no")
	if err != nil {
		t.Fatal(err)
	}
	out, err := io.ReadAll(session.Stdout())
	if err != nil || len(out) != 0 {
		t.Errorf("got stdout %q, %v, want none", out, err)
	}
	if text, err := io.ReadAll(session.Stderr()); err != nil || string(text) != "oh no\n" {
		t.Errorf("got stderr %q, %v", text, err)
	}
	if exit, err := session.Wait(testContext(t)); err != nil || exit.Status == nil || *exit.Status != 0 {
		t.Errorf("got %+v, %v, want status 0", exit, err)
	}
}

func TestCloseEndsEverythingAndIsIdempotent(t *testing.T) {
	server := passwordServer(t)
	client := connected(t, server, passwordConfig(server))
	session, err := client.Shell(testContext(t), ShellOptions{})
	if err != nil {
		t.Fatal(err)
	}
	if client.Err() != nil {
		t.Errorf("got Err %v before Close", client.Err())
	}
	for range 2 {
		if err := client.Close(); err != nil {
			t.Fatal(err)
		}
	}
	wantError(t, client.Err(), wire.CodeClosed)
	_, err = client.Shell(testContext(t), ShellOptions{})
	wantError(t, err, wire.CodeClosed)
	_, err = session.Write([]byte("x"))
	wantError(t, err, wire.CodeClosed)
	exit, err := session.Wait(testContext(t))
	if err != nil {
		t.Fatal(err)
	}
	wantError(t, exit.Err, wire.CodeClosed)
	if _, err := io.Copy(io.Discard, session.Stdout()); err != nil {
		t.Errorf("reading on: %v, want the end", err)
	}
}
