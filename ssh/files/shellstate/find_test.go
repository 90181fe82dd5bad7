//go:build linux

package shellstate_test

import (
	"errors"
	"io"
	"os"
	"path/filepath"
	"testing"
	"time"

	"go.uber.org/goleak"

	"porthole/ssh"
	"porthole/ssh/files/fstest"
	"porthole/ssh/files/fsys"
	"porthole/ssh/files/shellstate"
	"porthole/ssh/sshtest/realpeer"
	"porthole/ssh/wire"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func TestTheTerminalsShellIsFound(t *testing.T) {
	forced := `[ -n "$SSH_ORIGINAL_COMMAND" ] || exec sh -l; /bin/sh -c "$SSH_ORIGINAL_COMMAND"; exit $?`
	for name, test := range map[string]struct {
		kind    realpeer.Kind
		options realpeer.Options
	}{
		"OpenSSH":                         {realpeer.OpenSSH, realpeer.Options{}},
		"dropbear":                        {realpeer.Dropbear, realpeer.Options{}},
		"OpenSSH with a forced command":   {realpeer.OpenSSH, realpeer.Options{ForceCommand: forced}},
		"dropbear with BusyBox's sh only": {realpeer.Dropbear, realpeer.Options{ForceCommand: `[ -n "$SSH_ORIGINAL_COMMAND" ] || exec busybox sh -l; busybox sh -c "$SSH_ORIGINAL_COMMAND"; exit $?`}},
	} {
		t.Run(name, func(t *testing.T) {
			client := fstest.Device(t, test.kind, test.options)
			peer := fstest.PeerOf(client)
			_, err := shellstate.Find(t.Context(), peer)
			var e *fsys.Error
			if !errors.As(err, &e) || e.Code != wire.CodeUnsupported {
				t.Errorf("without a shell: got %v, want unsupported", err)
			}
			dir, err := filepath.EvalSymlinks(t.TempDir())
			if err != nil {
				t.Fatal(err)
			}
			dir = filepath.Join(dir, "it's (a)\nname")
			if err := os.Mkdir(dir, 0o700); err != nil {
				t.Fatal(err)
			}
			// Another terminal, opened before, is not the one.
			for range 2 {
				shell, err := client.Shell(t.Context(), ssh.ShellOptions{Cols: 80, Rows: 24})
				if err != nil {
					t.Fatal(err)
				}
				defer func() { _ = shell.Close() }()
				go func() { _, _ = io.Copy(io.Discard, shell.Stdout()) }()
				await(t, peer, shellstate.State{Directory: home(t, peer), AtPrompt: true}, nil)
				defer func(s *ssh.Session) { _, _ = s.Write([]byte("\x03")) }(shell)
				if _, err := shell.Write([]byte("cd '" + filepath.Dir(dir) + "'/it*\r")); err != nil {
					t.Fatal(err)
				}
				await(t, peer, shellstate.State{Directory: dir, AtPrompt: true}, nil)
				if _, err := shell.Write([]byte("sleep 1000\r")); err != nil {
					t.Fatal(err)
				}
				await(t, peer, shellstate.State{Directory: dir, AtPrompt: false}, nil)
				<-time.After(20 * time.Millisecond) // processes are told apart by when they started, in ticks
			}
		})
	}
}

// home is where a session starts.
func home(t *testing.T, peer fsys.Peer) string {
	t.Helper()
	ch, err := peer.Exec(t.Context(), "pwd -P")
	if err != nil {
		t.Fatal(err)
	}
	out, err := io.ReadAll(ch.Stdout())
	if err != nil {
		t.Fatal(err)
	}
	_ = ch.Close()
	return string(out[:len(out)-1])
}

func await(t *testing.T, peer fsys.Peer, want shellstate.State, wantErr error) {
	t.Helper()
	for deadline := time.Now().Add(20 * time.Second); ; {
		got, err := shellstate.Find(t.Context(), peer)
		if got == want && errors.Is(err, wantErr) {
			return
		}
		if time.Now().After(deadline) {
			t.Fatalf("the shell is %+v, %v; want %+v", got, err, want)
		}
	}
}
