//go:build linux

package sftpfs_test

import (
	"errors"
	"fmt"
	"io"
	"path/filepath"
	"sync/atomic"
	"testing"

	"porthole/ssh/files/fsys"
	"porthole/ssh/wire"
)

// deaf is a channel that, when its time has come, takes nothing more, as an SSH channel of
// a connection that ended: io.EOF is why.
type deaf struct {
	fsys.Channel
	left *atomic.Int64
}

func (d deaf) Write(p []byte) (int, error) {
	if d.left.Add(-1) < 0 {
		return 0, fmt.Errorf("lost: %w", io.EOF)
	}
	return d.Channel.Write(p)
}

func TestARequestThatCannotBeSentIsNoEndOfTheFile(t *testing.T) {
	m := machine(t)
	var left atomic.Int64
	left.Store(1 << 30)
	m.Opened = func(channel fsys.Channel) fsys.Channel { return deaf{channel, &left} }
	ctx, fs := open(t, m)
	data := random(8 << 20)
	path := filepath.Join(m.Dir, "file")
	write(t, path, data)
	r, err := fs.Read(ctx, path, fsys.ReadOptions{Length: -1})
	if err != nil {
		t.Fatal(err)
	}
	left.Store(5)
	got, err := io.ReadAll(r)
	_ = r.Close()
	if failed, ok := errors.AsType[*fsys.Error](err); !ok || failed.Code != wire.CodeLost {
		t.Errorf("%d of %d bytes came, and then %v; want code lost", len(got), len(data), err)
	}
	left.Store(1 << 30)
	_, fs = open(t, m)
	w, err := fs.Write(ctx, path, fsys.WriteOptions{})
	if err != nil {
		t.Fatal(err)
	}
	left.Store(5)
	_, err = w.Write(data)
	err = errors.Join(err, w.Close())
	if failed, ok := errors.AsType[*fsys.Error](err); !ok || failed.Code != wire.CodeLost {
		t.Errorf("written, and then %v; want code lost", err)
	}
}
