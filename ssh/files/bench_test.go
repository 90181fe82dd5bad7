//go:build linux

package files_test

import (
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"testing"

	"porthole/ssh/files"
	"porthole/ssh/files/fstest"
	"porthole/ssh/files/fsys"
	"porthole/ssh/sshtest/realpeer"
)

// BenchmarkAgainstSFTP carries 100 MiB over a real server, by our client and by OpenSSH's
// sftp, which also has to connect: go test -bench AgainstSFTP -benchtime 3x.
func BenchmarkAgainstSFTP(b *testing.B) {
	const size = 100 << 20
	dir := b.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "down"), noise(1, size), 0o600); err != nil {
		b.Fatal(err)
	}
	client := fstest.Device(b, realpeer.OpenSSH, realpeer.Options{})
	fs, err := files.Open(b.Context(), fstest.PeerOf(client))
	if err != nil {
		b.Fatal(err)
	}
	defer fs.Close()
	b.Run("ours down", func(b *testing.B) {
		b.SetBytes(size)
		for b.Loop() {
			r, err := fs.Read(b.Context(), filepath.Join(dir, "down"), fsys.ReadOptions{Length: -1})
			if err != nil {
				b.Fatal(err)
			}
			if n, err := io.Copy(io.Discard, r); n != size || err != nil {
				b.Fatal(n, err)
			}
		}
	})
	b.Run("ours up", func(b *testing.B) {
		data := noise(1, size)
		b.SetBytes(size)
		for b.Loop() {
			if err := fstest.Write(b.Context(), fs, filepath.Join(dir, "up"), fsys.WriteOptions{}, data); err != nil {
				b.Fatal(err)
			}
		}
	})
	peer, err := realpeer.Start(b.Context(), realpeer.OpenSSH, realpeer.Options{})
	if err != nil {
		b.Fatal(err)
	}
	defer peer.Close()
	key := filepath.Join(dir, "key")
	if err := os.WriteFile(key, peer.PrivateKey, 0o600); err != nil {
		b.Fatal(err)
	}
	for name, batch := range map[string]string{
		"sftp down": "get " + dir + "/down " + dir + "/got\n", "sftp up": "put " + dir + "/down " + dir + "/up\n",
	} {
		b.Run(name, func(b *testing.B) {
			file := filepath.Join(dir, "batch")
			if err := os.WriteFile(file, []byte(batch), 0o600); err != nil {
				b.Fatal(err)
			}
			b.SetBytes(size)
			for b.Loop() {
				cmd := exec.CommandContext(b.Context(), "sftp", "-q", "-i", key, "-P", strconv.Itoa(peer.Port),
					"-o", "StrictHostKeyChecking=no", "-o", "UserKnownHostsFile=/dev/null", "-o", "BatchMode=yes",
					"-b", file, peer.User+"@"+peer.Host)
				if out, err := cmd.CombinedOutput(); err != nil {
					b.Fatalf("%v: %s", err, out)
				}
			}
		})
	}
}
