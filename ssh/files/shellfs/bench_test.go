//go:build linux

package shellfs_test

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"testing"

	"porthole/ssh/files/fstest"
	"porthole/ssh/files/fsys"
	"porthole/ssh/files/sftpfs"
	"porthole/ssh/files/shellfs"
	"porthole/ssh/sshtest/realpeer"
)

// backends are both, over the same OpenSSH.
func backends(b *testing.B) map[string]fsys.FS {
	b.Helper()
	peer := fstest.PeerOf(fstest.Device(b, realpeer.OpenSSH, realpeer.Options{}))
	busybox := fstest.PeerOf(fstest.Device(b, realpeer.OpenSSH, realpeer.Options{ForceCommand: `exec busybox ash -c "$SSH_ORIGINAL_COMMAND"`}))
	all := make(map[string]fsys.FS)
	for name, open := range map[string]func() (fsys.FS, error){
		"sftp":    func() (fsys.FS, error) { return sftpfs.Open(b.Context(), peer) },
		"GNU":     func() (fsys.FS, error) { return shellfs.Open(b.Context(), peer) },
		"BusyBox": func() (fsys.FS, error) { return shellfs.Open(b.Context(), busybox) },
	} {
		fs, err := open()
		if err != nil {
			b.Fatal(name, err)
		}
		b.Cleanup(func() { _ = fs.Close() })
		all[name] = fs
	}
	return all
}

func BenchmarkDownload(b *testing.B) {
	data := fstest.Noise(1, 64<<20)
	path := filepath.Join(b.TempDir(), "file")
	if err := os.WriteFile(path, data, 0o600); err != nil {
		b.Fatal(err)
	}
	for name, fs := range backends(b) {
		b.Run(name, func(b *testing.B) {
			b.SetBytes(int64(len(data)))
			for b.Loop() {
				r, err := fs.Read(b.Context(), path, fsys.ReadOptions{Length: -1})
				if err != nil {
					b.Fatal(err)
				}
				if n, err := io.Copy(io.Discard, r); err != nil || n != int64(len(data)) {
					b.Fatal(n, err)
				}
				_ = r.Close()
			}
		})
	}
}

func BenchmarkUpload(b *testing.B) {
	data := fstest.Noise(1, 64<<20)
	path := filepath.Join(b.TempDir(), "file")
	for name, fs := range backends(b) {
		b.Run(name, func(b *testing.B) {
			b.SetBytes(int64(len(data)))
			for b.Loop() {
				w, err := fs.Write(b.Context(), path, fsys.WriteOptions{})
				if err != nil {
					b.Fatal(err)
				}
				if _, err := io.CopyBuffer(struct{ io.Writer }{w}, bytes.NewReader(data), make([]byte, 256<<10)); err != nil {
					b.Fatal(err)
				}
				if err := w.Close(); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

func BenchmarkList50000(b *testing.B) {
	dir := b.TempDir()
	for i := range 50_000 {
		if err := os.WriteFile(filepath.Join(dir, fmt.Sprintf("entry %d", i)), nil, 0o600); err != nil {
			b.Fatal(err)
		}
	}
	for name, fs := range backends(b) {
		b.Run(name, func(b *testing.B) {
			for b.Loop() {
				entries, err := fstest.List(b.Context(), fs, dir)
				if err != nil || len(entries) != 50_000 {
					b.Fatal(len(entries), err)
				}
			}
		})
	}
}

// read reads as a tree is read.
func read(ctx context.Context, fs fsys.FS, path string) (io.ReadCloser, error) {
	e := fsys.Entry{Type: fsys.File, Size: 1024}
	if quick, ok := fs.(interface {
		ReadEntry(ctx context.Context, path string, e fsys.Entry, o fsys.ReadOptions) (io.ReadCloser, error)
	}); ok {
		return quick.ReadEntry(ctx, path, e, fsys.ReadOptions{Length: -1})
	}
	return fs.Read(ctx, path, fsys.ReadOptions{Length: -1})
}

func BenchmarkSmallFiles(b *testing.B) {
	path := filepath.Join(b.TempDir(), "file")
	if err := os.WriteFile(path, make([]byte, 1024), 0o600); err != nil {
		b.Fatal(err)
	}
	for name, fs := range backends(b) {
		b.Run(name, func(b *testing.B) {
			b.SetParallelism(8)
			b.RunParallel(func(p *testing.PB) {
				for p.Next() {
					r, err := read(b.Context(), fs, path)
					if err != nil {
						b.Error(err)
						return
					}
					if n, err := io.Copy(io.Discard, r); err != nil || n != 1024 {
						b.Error(n, err)
					}
					_ = r.Close()
				}
			})
			b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "files/s")
		})
	}
}
