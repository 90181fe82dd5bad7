//go:build linux

package files_test

import (
	"os"
	"path/filepath"
	"testing"
	"time"

	"porthole/ssh/files"
	"porthole/ssh/files/fstest"
	"porthole/ssh/files/fsys"
	"porthole/ssh/wire"
)

func TestANewSmallFileIsPutByOneCommandWhereThereIsNoSFTP(t *testing.T) {
	m := machine(t)
	m.SFTP = nil
	opened := 0
	m.Opened = func(ch fsys.Channel) fsys.Channel {
		opened++
		return ch
	}
	ctx, fs := open(t, m)
	must(t, os.Mkdir(filepath.Join(m.Dir, "a dir"), 0o700))
	before := opened
	mode, when := uint32(0o4750), time.Unix(1_500_000_000, 0)
	for _, content := range []string{"", "text", string(fstest.Noise(1, 300_000))} {
		p := filepath.Join(m.Dir, "a dir", "-it's\nnew")
		e, err := files.Put(ctx, fs, "a dir/-it's\nnew", []byte(content), files.PutOptions{Mode: &mode, Modified: &when})
		must(t, err)
		wantContent(t, p, content)
		if e.Name != "-it's\nnew" || e.Size != int64(len(content)) || e.Mode != mode || !e.Modified.Equal(when) {
			t.Errorf("got %+v", e)
		}
		must(t, os.Remove(p))
	}
	if got := opened - before; got != 3 {
		t.Errorf("%d commands for three files", got)
	}
	makeFile(t, "old", m.Dir, "there")
	must(t, os.Symlink("nowhere", filepath.Join(m.Dir, "dangling")))
	for p, code := range map[string]wire.ErrorCode{
		"there": wire.CodeExists, "dangling": wire.CodeExists, "a dir": wire.CodeExists, "gone/file": wire.CodeNotFound,
	} {
		_, err := files.Put(ctx, fs, p, []byte("new"), files.PutOptions{})
		wantCode(t, p, err, code)
	}
	noParts(t, m.Dir)
}

// shortened loses what comes behind the first bytes of a small file.
type shortened struct{ fsys.Channel }

func (s shortened) Write(b []byte) (int, error) {
	if len(b) == 5000 {
		_, err := s.Channel.Write(b[:1000])
		_ = s.CloseWrite()
		return len(b), err
	}
	return s.Channel.Write(b)
}

func TestAConnectionCutWhileASmallFileIsPutLeavesNoPiece(t *testing.T) {
	m := machine(t)
	m.SFTP = nil
	m.Opened = func(ch fsys.Channel) fsys.Channel { return shortened{ch} }
	ctx, fs := open(t, m)
	_, err := files.Put(ctx, fs, "file", make([]byte, 5000), files.PutOptions{})
	wantCode(t, "cut", err, wire.CodeFileFailed)
	entries, err := os.ReadDir(m.Dir)
	must(t, err)
	if len(entries) != 0 {
		t.Errorf("%v is left", entries)
	}
}
