//go:build linux

package files_test

import (
	"context"
	"encoding/binary"
	"errors"
	"math/rand/v2"
	"os"
	"path/filepath"
	"testing"
	"time"

	"go.uber.org/goleak"

	"porthole/ssh/files"
	"porthole/ssh/files/fstest"
	"porthole/ssh/files/fsys"
	"porthole/ssh/wire"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// machine is this one, with OpenSSH's SFTP server and an empty home directory.
func machine(t *testing.T) fstest.Machine {
	t.Helper()
	home, err := filepath.EvalSymlinks(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	return fstest.Machine{
		SFTP: []string{"/usr/lib/openssh/sftp-server"}, Shell: []string{"/bin/sh", "-c"},
		Env: []string{"PATH=" + os.Getenv("PATH"), "LC_ALL=C"}, Dir: home,
	}
}

// open gives the files of a machine, and a context that ends before the test's own limit.
func open(t *testing.T, m fstest.Machine) (context.Context, fsys.FS) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 2*time.Minute)
	t.Cleanup(cancel)
	fs, err := files.Open(ctx, m.Peer())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = fs.Close() })
	return ctx, fs
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// makeFile makes a file with its directories.
func makeFile(t *testing.T, content string, elements ...string) string {
	t.Helper()
	p := filepath.Join(elements...)
	must(t, os.MkdirAll(filepath.Dir(p), 0o755))
	must(t, os.WriteFile(p, []byte(content), 0o644))
	return p
}

func wantCode(t *testing.T, what string, err error, want wire.ErrorCode) {
	t.Helper()
	var e *fsys.Error
	if !errors.As(err, &e) || e.Code != want {
		t.Errorf("%s: got %v, want code %q", what, err, want)
	}
}

func wantContent(t *testing.T, path, want string) {
	t.Helper()
	got, err := os.ReadFile(path)
	if err != nil || string(got) != want {
		t.Errorf("%s has %q, %v; want %q", path, got, err, want)
	}
}

func TestOpenTakesSFTPThenTheShellThenSaysWhatIsMissing(t *testing.T) {
	m := machine(t)
	if _, fs := open(t, m); fs.Info().Kind != fsys.SFTP || fs.Info().Home != m.Dir || !fs.Info().Hash {
		t.Errorf("got %+v", fs.Info())
	}
	m.SFTP = nil
	if _, fs := open(t, m); fs.Info().Kind != fsys.Shell {
		t.Errorf("got %+v", fs.Info())
	}
	// What greets with text is no SFTP server, and does not hang.
	m.SFTP = []string{"/bin/echo", "Welcome to this machine, which greets everybody"}
	if _, fs := open(t, m); fs.Info().Kind != fsys.Shell {
		t.Errorf("got %+v", fs.Info())
	}
	m.SFTP, m.Shell = nil, nil
	_, err := files.Open(t.Context(), m.Peer())
	wantCode(t, "nothing there", err, wire.CodeFilesRefused)
}

// noise gives bytes that are the same each time.
func noise(seed uint64, size int) []byte {
	b := make([]byte, size)
	var key [32]byte
	binary.LittleEndian.PutUint64(key[:], seed)
	_, _ = rand.NewChaCha8(key).Read(b) // never fails
	return b
}
