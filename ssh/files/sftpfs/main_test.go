//go:build linux

package sftpfs_test

import (
	"bytes"
	"context"
	"crypto/sha256"
	"io"
	"math/rand/v2"
	"os"
	"path/filepath"
	"testing"
	"time"

	"go.uber.org/goleak"

	"porthole/ssh/files/fstest"
	"porthole/ssh/files/fsys"
	"porthole/ssh/files/sftpfs"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// server is OpenSSH's, as sshd starts it.
const server = "/usr/lib/openssh/sftp-server"

// machine is this one, with its SFTP server in an empty home directory.
func machine(t *testing.T) fstest.Machine {
	t.Helper()
	return fstest.Machine{
		SFTP: []string{server}, Shell: []string{"/bin/sh", "-c"},
		Env: []string{"PATH=" + os.Getenv("PATH"), "LC_ALL=C"}, Dir: t.TempDir(),
	}
}

// open gives the files of a machine, and a context that ends before the test's own limit.
func open(t *testing.T, m fstest.Machine) (context.Context, fsys.FS) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	t.Cleanup(cancel)
	fs, err := sftpfs.Open(ctx, m.Peer())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = fs.Close() })
	return ctx, fs
}

// random gives bytes that are the same each time.
func random(size int) []byte {
	b := make([]byte, size)
	r := rand.NewChaCha8([32]byte{byte(size)})
	_, _ = r.Read(b)
	return b
}

func write(t *testing.T, path string, data []byte) {
	t.Helper()
	if err := os.WriteFile(path, data, 0o644); err != nil {
		t.Fatal(err)
	}
}

// get reads a whole file through fs.
func get(ctx context.Context, t *testing.T, fs fsys.FS, path string, o fsys.ReadOptions) []byte {
	t.Helper()
	r, err := fs.Read(ctx, path, o)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = r.Close() }()
	data, err := io.ReadAll(r)
	if err != nil {
		t.Fatalf("read %s: %v", path, err)
	}
	return data
}

// put writes a whole file through fs, in pieces of odd sizes.
func put(ctx context.Context, t *testing.T, fs fsys.FS, path string, o fsys.WriteOptions, data []byte) {
	t.Helper()
	w, err := fs.Write(ctx, path, o)
	if err != nil {
		t.Fatal(err)
	}
	for rest := data; len(rest) > 0; {
		n := min(len(rest), 77_777)
		if _, err := w.Write(rest[:n]); err != nil {
			t.Fatal(err)
		}
		rest = rest[n:]
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	if got, want := w.Confirmed(), o.Offset+int64(len(data)); got != want {
		t.Errorf("confirmed up to %d, want %d", got, want)
	}
}

func same(t *testing.T, got, want []byte) {
	t.Helper()
	if !bytes.Equal(got, want) {
		t.Errorf("%d bytes with SHA-256 %x, want %d with %x", len(got), sha256.Sum256(got), len(want), sha256.Sum256(want))
	}
}

func TestWhatIsWrittenIsReadBack(t *testing.T) {
	m := machine(t)
	ctx, fs := open(t, m)
	for _, size := range []int{0, 1, 1024, 32 << 10, 255<<10 + 1, 9<<20 + 17} {
		data := random(size)
		put(ctx, t, fs, "file", fsys.WriteOptions{}, data)
		onDisk, err := os.ReadFile(filepath.Join(m.Dir, "file"))
		if err != nil {
			t.Fatal(err)
		}
		same(t, onDisk, data)
		same(t, get(ctx, t, fs, "file", fsys.ReadOptions{Length: -1}), data)
		if size > 1000 {
			same(t, get(ctx, t, fs, "file", fsys.ReadOptions{Offset: 100, Length: 500}), data[100:600])
			same(t, get(ctx, t, fs, "file", fsys.ReadOptions{Offset: 100, Length: -1}), data[100:])
			same(t, get(ctx, t, fs, "file", fsys.ReadOptions{Offset: int64(size) + 5, Length: -1}), nil)
		}
	}
}

func TestListingHasAllEntries(t *testing.T) {
	m := machine(t)
	want := map[string]bool{}
	for _, name := range []string{"a b", `q"uo'te`, "new\nline", "-rf", "\xff\xfe", ".hidden", "*", "$HOME", string(bytes.Repeat([]byte("x"), 255))} {
		write(t, filepath.Join(m.Dir, name), []byte("12345"))
		want[name] = true
	}
	ctx, fs := open(t, m)
	err := fs.List(ctx, ".", func(entries []fsys.Entry) error {
		for _, e := range entries {
			if !want[e.Name] || e.Type != fsys.File || e.Size != 5 || e.Mode != 0o644 || time.Since(e.Modified) > time.Hour {
				t.Errorf("got %+v", e)
			}
			delete(want, e.Name)
		}
		return nil
	})
	if err != nil || len(want) > 0 {
		t.Errorf("error %v, missing %v", err, want)
	}
}
