//go:build linux

package fstest

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"strings"
	"sync"

	"porthole/ssh/files/fsys"
	"porthole/ssh/wire"
)

// Noise is n bytes that do not repeat, the same for a seed.
func Noise(seed uint64, n int) []byte {
	data := make([]byte, n)
	source := rand.NewChaCha8([32]byte{byte(seed & 0xff)})
	_, _ = source.Read(data)
	return data
}

func (s *scene) wantRead(path string, o fsys.ReadOptions, want []byte) {
	s.Helper()
	got, err := Read(s.ctx, s.FS, path, o)
	if err != nil || !bytes.Equal(got, want) {
		s.Errorf("read %+v: got %d bytes, %v; want %d", o, len(got), err, len(want))
	}
}

func (s *scene) ranges() {
	data := Noise(1, 3<<20+777)
	for _, name := range []string{"noise", "line\nfeed's", "-\xff"} {
		path := s.file(name, string(data))
		s.wantRead(path, fsys.ReadOptions{Length: -1}, data)
		size := int64(len(data))
		for _, r := range [][2]int64{{0, 1}, {1, 1}, {0, size}, {65_535, 65_538}, {1 << 20, 1<<20 + 1}, {size - 1, 1}, {1 << 19, size}, {size - 5, -1}, {size, -1}, {size + 10, -1}, {size + 10, 5}, {7, 0}} {
			from := min(r[0], size)
			to := size
			if r[1] >= 0 {
				to = min(size, from+r[1])
			}
			s.wantRead(path, fsys.ReadOptions{Offset: r[0], Length: r[1]}, data[from:to])
		}
		s.wantRead(path, fsys.ReadOptions{Length: -1, Gzip: true}, data)
		s.wantRead(path, fsys.ReadOptions{Offset: 99, Length: 1 << 20, Gzip: true}, data[99:99+1<<20])
	}
}

func (s *scene) emptyFile() {
	path := s.file("empty", "")
	s.wantRead(path, fsys.ReadOptions{Length: -1}, nil)
	s.wantRead(path, fsys.ReadOptions{Length: 100}, nil)
	if err := Write(s.ctx, s.FS, s.path("made"), fsys.WriteOptions{}, nil); err != nil {
		s.Error(err)
	}
	if info, err := os.Stat(s.path("made")); err != nil || info.Size() != 0 {
		s.Errorf("an empty file is %v, %v", info, err)
	}
}

func (s *scene) onlyFiles() {
	s.kinds()
	for name, code := range map[string]wire.ErrorCode{
		"dir": wire.CodeIsDir, "fifo": wire.CodeSpecialFile, "s": wire.CodeSpecialFile, "link -> arrow": wire.CodeSpecialFile,
		"nothing": wire.CodeNotFound, "dangling": wire.CodeNotFound,
	} {
		_, err := Read(s.ctx, s.FS, s.path(name), fsys.ReadOptions{Length: -1})
		s.wantCode(err, "read "+name, code)
	}
	_, err := Read(s.ctx, s.FS, "/dev/zero", fsys.ReadOptions{Length: -1})
	s.wantCode(err, "read /dev/zero", wire.CodeSpecialFile)
	_, err = Read(s.ctx, s.FS, s.path("loop"), fsys.ReadOptions{Length: -1})
	s.wantCode(err, "read loop", loopCodes...)
	s.wantRead(s.path("link to file"), fsys.ReadOptions{Length: -1}, []byte("12345"))
	if os.Geteuid() != 0 {
		s.must(os.WriteFile(s.path("secret"), nil, 0))
		_, err := Read(s.ctx, s.FS, s.path("secret"), fsys.ReadOptions{Length: -1})
		s.wantCode(err, "read secret", wire.CodePermission)
	}
}

func (s *scene) proc() {
	got, err := Read(s.ctx, s.FS, "/proc/self/status", fsys.ReadOptions{Length: -1})
	if err != nil || !strings.Contains(string(got), "Pid:") {
		s.Errorf("got %q, %v", got, err)
	}
	version, err := os.ReadFile("/proc/version")
	s.must(err)
	s.wantRead("/proc/version", fsys.ReadOptions{Length: -1}, version)
	s.wantRead("/proc/version", fsys.ReadOptions{Length: 1 << 20}, version)
}

func (s *scene) endless() {
	s.wantRead("/dev/zero", fsys.ReadOptions{Length: 300_001, Special: true}, make([]byte, 300_001))
	// Closed in the middle, without the rest.
	r, err := s.FS.Read(s.ctx, "/dev/zero", fsys.ReadOptions{Length: 1 << 40, Special: true})
	s.must(err)
	_, err = io.CopyN(io.Discard, r, 1<<20)
	s.must(err)
	s.must(r.Close())
}

func (s *scene) sparse() {
	path := s.path("sparse")
	s.must(os.WriteFile(path, []byte("begin"), 0o600))
	s.must(os.Truncate(path, 5<<30))
	f, err := os.OpenFile(path, os.O_WRONLY, 0)
	s.must(err)
	_, err = f.WriteAt([]byte("end"), 5<<30)
	s.must(err)
	s.must(f.Close())
	s.wantRead(path, fsys.ReadOptions{Offset: 5<<30 - 2, Length: -1}, []byte("\x00\x00end"))
	s.wantRead(path, fsys.ReadOptions{Length: 7}, []byte("begin\x00\x00"))
	if e, err := s.FS.Stat(s.ctx, path, false); err != nil || e.Size != 5<<30+3 {
		s.Errorf("stat: %+v, %v", e, err)
	}
}

func (s *scene) spaceAndHash() {
	space, err := s.FS.Space(s.ctx, s.dir)
	if s.NoSpace {
		s.wantCode(err, "space", wire.CodeUnsupported)
	} else if err != nil || space.Total <= 0 || space.Free <= 0 || space.Free > space.Total {
		s.Errorf("space is %+v, %v", space, err)
	}
	data := Noise(2, 1<<20)
	for _, name := range []string{"plain", "back\\slash\n"} {
		path := s.file(name, string(data))
		for _, length := range []int64{-1, 0, 100_003, 5 << 20} {
			part := data
			if length >= 0 && length < int64(len(data)) {
				part = data[:length]
			}
			sum := sha256.Sum256(part)
			got, err := s.FS.Hash(s.ctx, path, length)
			if s.NoHash {
				s.wantCode(err, "hash", wire.CodeUnsupported)
			} else if err != nil || got != hex.EncodeToString(sum[:]) {
				s.Errorf("hash of %q to %d is %s, %v", name, length, got, err)
			}
			if got, err = s.FS.Digest(s.ctx, path, length); !s.NoHash && (err != nil || got != hex.EncodeToString(sum[:])) {
				s.Errorf("digest of %q to %d is %s, %v", name, length, got, err)
			}
		}
	}
	if !s.NoHash {
		_, err = s.FS.Hash(s.ctx, s.path("nothing"), -1)
		s.wantCode(err, "hash of nothing", wire.CodeNotFound)
		s.must(os.Mkdir(s.path("dir"), 0o700))
		_, err = s.FS.Hash(s.ctx, s.path("dir"), -1)
		s.wantCode(err, "hash of a directory", wire.CodeIsDir, wire.CodeFileFailed)
		s.digests()
	}
}

// digests are of several pieces, and of none.
func (s *scene) digests() {
	data := Noise(3, 2*fsys.PieceBytes+5)
	path, whole := s.file("pieces", string(data)), s.file("whole pieces", string(data[:2*fsys.PieceBytes]))
	for _, want := range []struct {
		path         string
		length, size int64
	}{
		{path, -1, int64(len(data))},
		{path, 2*fsys.PieceBytes + 1, 2*fsys.PieceBytes + 1},
		{path, 2 * fsys.PieceBytes, 2 * fsys.PieceBytes},
		{path, fsys.PieceBytes, fsys.PieceBytes},
		{path, 0, 0},
		{path, 1 << 30, int64(len(data))},
		{whole, -1, 2 * fsys.PieceBytes},
		{s.file("empty", ""), -1, 0},
	} {
		got, err := s.FS.Digest(s.ctx, want.path, want.length)
		if sum := digest(data[:want.size]); err != nil || got != sum {
			s.Errorf("digest of %q to %d is %s, %v, not %s", want.path, want.length, got, err, sum)
		}
	}
	_, err := s.FS.Digest(s.ctx, s.path("nothing"), -1)
	s.wantCode(err, "digest of nothing", wire.CodeNotFound)
}

func digest(data []byte) string {
	var hashes []string
	for len(data) > 0 || len(hashes) == 0 {
		piece := data[:min(len(data), fsys.PieceBytes)]
		sum := sha256.Sum256(piece)
		hashes, data = append(hashes, hex.EncodeToString(sum[:])), data[len(piece):]
	}
	if len(hashes) == 1 {
		return hashes[0]
	}
	sum := sha256.Sum256([]byte(strings.Join(hashes, "")))
	return fsys.PiecesPrefix + hex.EncodeToString(sum[:])
}

func (s *scene) cancelled() {
	ctx, cancel := context.WithCancel(s.ctx)
	r, err := s.FS.Read(ctx, "/dev/zero", fsys.ReadOptions{Length: 1 << 40, Special: true})
	s.must(err)
	_, err = io.CopyN(io.Discard, r, 1<<16)
	s.must(err)
	cancel()
	_, err = io.Copy(io.Discard, r)
	s.wantCode(err, "read on", wire.CodeCancelled)
	_ = r.Close()
	_, err = s.FS.Stat(ctx, "/", false)
	s.wantCode(err, "stat", wire.CodeCancelled)
}

func (s *scene) several() {
	var work sync.WaitGroup
	for i := range 12 {
		work.Go(func() {
			data := Noise(9, 100_000+i)
			path := s.path(fmt.Sprint("file ", i))
			if err := Write(s.ctx, s.FS, path, fsys.WriteOptions{}, data); err != nil {
				s.Error(err)
			}
			s.wantRead(path, fsys.ReadOptions{Length: -1}, data)
			if e, err := s.FS.Stat(s.ctx, path, true); err != nil || e.Size != int64(len(data)) {
				s.Errorf("stat: %+v, %v", e, err)
			}
		})
	}
	work.Wait()
	if got := s.list(s.dir); len(got) != 12 {
		s.Errorf("%d files, want 12", len(got))
	}
}
