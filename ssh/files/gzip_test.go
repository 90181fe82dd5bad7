//go:build linux

package files_test

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"strings"
	"testing"

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
	p := makeFile(t, strings.Repeat("line of a log\n", 300_000), m.Dir, "log")
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
	// Whatever was asked for before it went came; then it broke off, or it was all there.
	var e *fsys.Error
	if !errors.As(err, &e) || e.Code != wire.CodeLost {
		t.Errorf("got %v", err)
	}
}
