//go:build linux

package files_test

import (
	"bytes"
	"compress/gzip"
	"context"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"porthole/ssh/files"
	"porthole/ssh/files/fstest"
	"porthole/ssh/files/fsys"
	"porthole/ssh/wire"
)

func TestReadingPackedGivesTheSameBytes(t *testing.T) {
	backends(t, func(t *testing.T, shell bool) {
		m := machine(t)
		if shell {
			m.SFTP = nil
		}
		const name = "a 'log' $(x)\n.txt"
		var text bytes.Buffer
		for i := 0; text.Len() < 3<<20; i++ {
			fmt.Fprintf(&text, "2026-11-22 07:%02d:00 info line %d of the log\n", i%60, i)
		}
		data := text.Bytes()
		p := makeFile(t, string(data), m.Dir, name)
		ctx, fs := open(t, m)
		if !fs.Info().Gzip {
			t.Fatal("this machine has gzip")
		}
		for _, o := range []fsys.ReadOptions{
			{Length: -1},
			{Length: 0},
			{Offset: 1, Length: 100},
			{Offset: 128<<10 - 1, Length: 2},
			{Offset: 1 << 20, Length: 1 << 20},
			{Offset: 2_000_003, Length: -1},
			{Offset: int64(len(data)), Length: -1},
			{Offset: 9 << 20, Length: 10},
			{Length: 9 << 20},
		} {
			from := min(int(o.Offset), len(data))
			want := data[from:]
			if o.Length >= 0 {
				want = want[:min(int(o.Length), len(want))]
			}
			o.Gzip = true
			got, err := fstest.Read(ctx, fs, name, o)
			if err != nil || !bytes.Equal(got, want) {
				t.Errorf("%+v: %d bytes, %v; want %d", o, len(got), err, len(want))
			}
		}
		must(t, os.Truncate(p, 128<<10)) // one whole block
		got, err := fstest.Read(ctx, fs, name, fsys.ReadOptions{Length: -1, Gzip: true})
		if err != nil || len(got) != 128<<10 {
			t.Errorf("%d bytes, %v", len(got), err)
		}
		must(t, os.Truncate(p, 0))
		if got, err = fstest.Read(ctx, fs, name, fsys.ReadOptions{Length: -1, Gzip: true}); err != nil || len(got) != 0 {
			t.Errorf("%d bytes, %v", len(got), err)
		}
		_, err = fstest.Read(ctx, fs, ".", fsys.ReadOptions{Length: -1, Gzip: true})
		wantCode(t, "directory", err, wire.CodeIsDir)
	})
}

func TestReadingPackedThatIsGivenUpOrBreaks(t *testing.T) {
	m := machine(t)
	p := makeFile(t, strings.Repeat("line of a log\n", 2_000_000), m.Dir, "log") // more than is asked for ahead
	ctx, fs := open(t, m)
	r, err := fs.Read(ctx, "log", fsys.ReadOptions{Length: -1, Gzip: true})
	must(t, err)
	_, err = r.Read(make([]byte, 1000))
	must(t, err)
	must(t, r.Close())
	if _, err := r.Read(make([]byte, 10)); err == nil {
		t.Error("read after Close")
	}
	r, err = fs.Read(ctx, "log", fsys.ReadOptions{Length: -1, Gzip: true})
	must(t, err)
	_, err = r.Read(make([]byte, 1000))
	must(t, err)
	must(t, os.Remove(p))
	for err == nil {
		_, err = r.Read(make([]byte, 100_000))
	}
	wantCode(t, "a file that went", err, wire.CodeLost)
}

// A disk that cannot give a block, a dd that is killed: gzip ends well all the same.
func TestReadingPackedDoesNotEndWhereTheDeviceCannotRead(t *testing.T) {
	m := machine(t)
	tools := t.TempDir()
	broken := "#!/bin/sh\ncase \"$*\" in *skip=2*) exit 1 ;; esac\nPATH=/usr/bin:/bin; exec dd \"$@\"\n"
	must(t, os.WriteFile(filepath.Join(tools, "dd"), []byte(broken), 0o700))
	m.Env = []string{"PATH=" + tools + ":/usr/bin:/bin"}
	makeFile(t, strings.Repeat("line of a log\n", 100_000), m.Dir, "log")
	ctx, fs := open(t, m)
	r, err := fs.Read(ctx, "log", fsys.ReadOptions{Length: -1, Gzip: true})
	must(t, err)
	got, err := io.ReadAll(r)
	must(t, r.Close())
	wantCode(t, fmt.Sprintf("%d bytes", len(got)), err, wire.CodeLost)
}

// pack makes a gzip member.
func pack(t *testing.T, data []byte) []byte {
	t.Helper()
	var b bytes.Buffer
	z := gzip.NewWriter(&b)
	_, err := z.Write(data)
	must(t, err)
	must(t, z.Close())
	return b.Bytes()
}

func TestWritingPackedGivesTheSameBytes(t *testing.T) {
	backends(t, func(t *testing.T, shell bool) {
		m := machine(t)
		if shell {
			m.SFTP = nil
		}
		const name = "a 'log' $(x)\n.txt"
		text := []byte(strings.Repeat("2026-11-22 07:00:00 info a line of the log\n", 100_000))
		noise := fstest.Noise(3, 700_001)
		ctx, fs := open(t, m)
		w, err := fs.Write(ctx, name, fsys.WriteOptions{New: true, Mode: 0o640, Gzip: true})
		must(t, err)
		p, ok := w.(fsys.PackedWriter)
		if !ok || !p.Packs() {
			t.Fatal("this machine has gzip")
		}
		half := len(text) / 2
		must(t, p.WritePacked(pack(t, text[:half]), half))
		_, err = p.Write(noise) // not packed at all
		must(t, err)
		must(t, p.WritePacked(pack(t, nil), 0))
		must(t, p.Close())
		at := int64(half + len(noise))
		if got := w.Confirmed(); got != at {
			t.Errorf("%d bytes are confirmed, want %d", got, at)
		}
		// It goes on where it stopped, also behind what was left half done.
		path := filepath.Join(m.Dir, name)
		f, err := os.OpenFile(path, os.O_APPEND|os.O_WRONLY, 0)
		must(t, err)
		_, err = f.WriteString("left half done")
		must(t, err)
		must(t, f.Close())
		w, err = fs.Write(ctx, name, fsys.WriteOptions{Offset: at, Gzip: true})
		must(t, err)
		must(t, w.(fsys.PackedWriter).WritePacked(pack(t, text[half:]), len(text)-half))
		must(t, w.Close())
		want := slices.Concat(text[:half], noise, text[half:])
		if got, err := os.ReadFile(path); err != nil || !bytes.Equal(got, want) {
			t.Errorf("%d bytes, %v; want %d", len(got), err, len(want))
		}
		if info, err := os.Stat(path); err != nil || info.Mode().Perm() != 0o640 {
			t.Errorf("mode %v, %v", info.Mode(), err)
		}
		_, err = fs.Write(ctx, name, fsys.WriteOptions{New: true, Gzip: true})
		wantCode(t, "new where it is there", err, wire.CodeExists)
		_, err = fs.Write(ctx, ".", fsys.WriteOptions{Gzip: true})
		wantCode(t, "directory", err, wire.CodeIsDir)
	})
}

func TestWritingPackedThatIsGivenUpOrBreaks(t *testing.T) {
	m := machine(t)
	ctx, fs := open(t, m)
	cancelled, cancel := context.WithCancel(ctx)
	w, err := fs.Write(cancelled, "given up", fsys.WriteOptions{Gzip: true})
	must(t, err)
	must(t, w.(fsys.PackedWriter).WritePacked(pack(t, []byte("text")), 4))
	cancel()
	wantCode(t, "cancelled", w.Close(), wire.CodeCancelled)

	w, err = fs.Write(ctx, "no gzip", fsys.WriteOptions{Gzip: true})
	must(t, err)
	err = w.(fsys.PackedWriter).WritePacked([]byte("this is no gzip member"), 100)
	for err == nil {
		_, err = w.Write(make([]byte, 1<<20))
	}
	wantCode(t, "no gzip", err, wire.CodeFileFailed)
	_ = w.Close()
	if at := w.Confirmed(); at != 0 {
		t.Errorf("%d bytes are confirmed, want none", at)
	}
}

func TestWritingPackedToAFullDiskIsSaid(t *testing.T) {
	m := machine(t)
	m.SFTP = nil
	m.Shell = []string{"unshare", "-rm", "/bin/sh", "-c", `mount -t tmpfs -o size=1m none /mnt && exec sh -c "$0"`}
	// Each session has a disk of its own: the file of this one is made before it is opened.
	peer := m.Peer()
	exec := peer.Exec
	peer.Exec = func(ctx context.Context, command string) (fsys.Channel, error) {
		return exec(ctx, ": >/mnt/big; "+command)
	}
	fs, err := files.Open(t.Context(), peer)
	must(t, err)
	defer func() { _ = fs.Close() }()
	w, err := fs.Write(t.Context(), "/mnt/big", fsys.WriteOptions{Gzip: true})
	must(t, err)
	zeros := make([]byte, 256<<10)
	member := pack(t, zeros)
	for range 64 {
		if err = w.(fsys.PackedWriter).WritePacked(member, len(zeros)); err != nil {
			break
		}
	}
	if cerr := w.Close(); err == nil {
		err = cerr
	}
	wantCode(t, "full disk", err, wire.CodeNoSpace)
	raw, rerr := fs.Write(t.Context(), "/mnt/big", fsys.WriteOptions{Gzip: true})
	must(t, rerr)
	_, rerr = raw.Write(make([]byte, 4<<20))
	if cerr := raw.Close(); rerr == nil {
		rerr = cerr
	}
	wantCode(t, "full disk, not packed", rerr, wire.CodeNoSpace)
	if at := w.Confirmed(); at > 1<<20 {
		t.Errorf("%d bytes are confirmed on a disk of 1 MiB", at)
	}
}

func TestWhatIsWrittenPackedKeepsTheLimits(t *testing.T) {
	m := machine(t)
	ctx, fs := open(t, m)
	fs = files.Limited(fs, files.Limits{MaxBytes: 1 << 20, WritePaths: []string{m.Dir}})
	w, err := fs.Write(ctx, m.Dir+"/file", fsys.WriteOptions{Gzip: true})
	must(t, err)
	defer func() { _ = w.Close() }()
	p, ok := w.(fsys.PackedWriter)
	if !ok || !p.Packs() {
		t.Fatal("it is not packed within limits")
	}
	half := make([]byte, 1<<19)
	must(t, p.WritePacked(pack(t, half), len(half)))
	wantCode(t, "more than it says", p.WritePacked(pack(t, make([]byte, 1<<20)), 1), wire.CodeTooLarge)
	must(t, p.WritePacked(pack(t, half), len(half)))
	wantCode(t, "one byte more", p.WritePacked(pack(t, half[:1]), 1), wire.CodeTooLarge)
	_, err = fs.Write(ctx, "/tmp/elsewhere", fsys.WriteOptions{Gzip: true})
	wantCode(t, "another folder", err, wire.CodeNotAllowed)
}
