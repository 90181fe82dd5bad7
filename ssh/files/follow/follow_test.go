//go:build linux

package follow_test

import (
	"bufio"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"go.uber.org/goleak"

	"porthole/ssh/files/follow"
	"porthole/ssh/files/fstest"
	"porthole/ssh/files/fsys"
	"porthole/ssh/files/shellfs"
	"porthole/ssh/sshtest/realpeer"
	"porthole/ssh/wire"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// devices are those with tail -F, and one whose size is asked for.
func devices(t *testing.T) map[string]fsys.Peer {
	t.Helper()
	without := fstest.PeerOf(fstest.Device(t, realpeer.Dropbear, realpeer.Options{
		// tail of this PATH is none.
		ForceCommand: "d=$(mktemp -d); ln -s /bin/false $d/tail; PATH=$d:/usr/bin:/bin /bin/sh -c \"$SSH_ORIGINAL_COMMAND\"; s=$?; rm -r $d; exit $s",
	}))
	return map[string]fsys.Peer{
		"OpenSSH":      fstest.PeerOf(fstest.Device(t, realpeer.OpenSSH, realpeer.Options{})),
		"BusyBox":      fstest.PeerOf(fstest.Device(t, realpeer.Dropbear, realpeer.Options{ForceCommand: "exec busybox ash -c \"$SSH_ORIGINAL_COMMAND\""})),
		"without tail": without,
	}
}

func TestALogIsFollowedThroughRotationAndTruncation(t *testing.T) {
	for name, peer := range devices(t) {
		t.Run(name, func(t *testing.T) {
			fs, err := shellfs.Open(t.Context(), peer)
			if err != nil {
				t.Fatal(err)
			}
			defer func() { _ = fs.Close() }()
			log := filepath.Join(t.TempDir(), "-app's.log")
			write(t, log, os.O_CREATE, "one\ntwo\nthree\nfour\n")
			ch, err := follow.Start(t.Context(), peer, fs, log, 2)
			if err != nil {
				t.Fatal(err)
			}
			lines := make(chan string)
			go func() {
				defer close(lines)
				for s := bufio.NewScanner(ch.Stdout()); s.Scan(); {
					lines <- s.Text()
				}
			}()
			await(t, lines, "three", "four")
			write(t, log, os.O_APPEND, "five\nsi")
			write(t, log, os.O_APPEND, "x\n")
			await(t, lines, "five", "six")
			if err := os.Rename(log, log+".1"); err != nil {
				t.Fatal(err)
			}
			write(t, log, os.O_CREATE, "new\n")
			await(t, lines, "new")
			write(t, log, os.O_TRUNC, "c\n")
			await(t, lines, "c")
			if err := ch.Close(); err != nil {
				t.Error(err)
			}
			for range lines {
				t.Error("a line after the end")
			}
		})
	}
}

func TestOnlyWhatTailSaysIsBesideTheLines(t *testing.T) {
	peer := fstest.PeerOf(fstest.Device(t, realpeer.OpenSSH, realpeer.Options{}))
	fs, err := shellfs.Open(t.Context(), peer)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = fs.Close() }()
	log := filepath.Join(t.TempDir(), "app.log")
	write(t, log, os.O_CREATE, "one\n")
	ch, err := follow.Start(t.Context(), peer, fs, log, 1)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = ch.Close() }()
	if err := os.Remove(log); err != nil {
		t.Fatal(err)
	}
	line, err := bufio.NewReader(ch.Stderr()).ReadString('\n')
	if err != nil || !strings.Contains(line, "app.log") {
		t.Errorf("first line: got %q, %v", line, err)
	}
}

func write(t *testing.T, path string, flag int, text string) {
	t.Helper()
	f, err := os.OpenFile(path, os.O_WRONLY|flag, 0o600)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := f.WriteString(text); err != nil {
		t.Fatal(err)
	}
	if err := f.Close(); err != nil {
		t.Fatal(err)
	}
}

func await(t *testing.T, lines <-chan string, want ...string) {
	t.Helper()
	for _, line := range want {
		select {
		case got, more := <-lines:
			if got != line {
				t.Fatalf("got line %q (%v), want %q", got, more, line)
			}
		case <-time.After(20 * time.Second):
			t.Fatalf("no line %q", line)
		}
	}
}

func TestOnlyFilesAreFollowed(t *testing.T) {
	m := fstest.Machine{Shell: []string{"/bin/sh", "-c"}, Env: []string{"PATH=/usr/bin:/bin"}, Dir: t.TempDir()}
	fs, err := shellfs.Open(t.Context(), m.Peer())
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = fs.Close() }()
	for path, code := range map[string]wire.ErrorCode{
		m.Dir: wire.CodeIsDir, "/dev/zero": wire.CodeSpecialFile, fmt.Sprint(m.Dir, "/nothing"): wire.CodeNotFound,
	} {
		_, err := follow.Start(t.Context(), m.Peer(), fs, path, 10)
		var e *fsys.Error
		if !errors.As(err, &e) || e.Code != code {
			t.Errorf("%s: got %v, want %s", path, err, code)
		}
	}
}
