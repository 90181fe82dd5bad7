package copying

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"porthole/ssh/files"
	"porthole/ssh/files/fsys"
)

// local is the path here of an item: without the name of the folder that was asked for.
func (t *tree) local(path string) string {
	_, rest, below := strings.Cut(path, "/")
	if !below {
		return "."
	}
	return filepath.FromSlash(rest)
}

func (t *tree) begin(ctx context.Context, name string, item files.Item) error {
	switch entry := item.Entry; entry.Type {
	case fsys.Dir:
		t.mkdir(name, entry)
	case fsys.File, fsys.Unknown:
		return t.beginFile(ctx, name, item)
	case fsys.Link:
		t.link(name, entry)
	case fsys.FIFO, fsys.Socket, fsys.Char, fsys.Block:
		t.c.Note("%s is a %s and was left out", quoted(name), entry.Type)
	}
	return nil
}

func (t *tree) mkdir(name string, entry fsys.Entry) {
	if name != "." {
		err := t.root.Mkdir(name, os.FileMode(entry.Mode&0o777)|0o700)
		if err != nil && !errors.Is(err, os.ErrExist) {
			t.add(localError(name, err))
		}
	}
	t.dirs = append(t.dirs, dirTime{name, entry})
}

// beginFile makes room for a file's data, or goes on with what is there.
func (t *tree) beginFile(ctx context.Context, name string, item files.Item) error {
	in := t.incoming(name, item.Entry)
	var err error
	switch {
	case item.Done && t.whole[name]:
		t.c.Meter.Begin(name, -1)
		t.c.Meter.Had(item.Entry.Size)
		err = in.keep()
	case item.Done: // there is a part of it, and no data comes by itself
		err = in.receive(ctx)
	default:
		t.c.Meter.Begin(name, -1)
		if _, err = in.open(ctx); err == nil {
			t.coming = in
		}
	}
	return t.noted(err)
}

// link makes a link that stays within the folder; others are left out.
func (t *tree) link(name string, entry fsys.Entry) {
	target := filepath.FromSlash(entry.Target)
	inside := filepath.IsLocal(filepath.Join(filepath.Dir(name), target)) && !turnsBack(target) && !t.belowLink(name)
	if entry.Target == "" || filepath.IsAbs(target) || !inside {
		t.c.Note("the link %s leads out of the folder and was left out", quoted(name))
		return
	}
	_ = t.root.Remove(name) // of an earlier copy
	if err := t.root.Symlink(target, name); err != nil {
		t.add(localError(name, err))
	}
}

// turnsBack tells whether a target leads up again after it led down: where that ends
// depends on whether a name on the way is a link itself.
func turnsBack(target string) bool {
	down := false
	for name := range strings.SplitSeq(filepath.ToSlash(target), "/") {
		if name == ".." && down {
			return true
		}
		down = down || name != ".." && name != "." && name != ""
	}
	return false
}

// belowLink tells whether a name goes through a link, and so is elsewhere than it says.
func (t *tree) belowLink(name string) bool {
	for folder := filepath.Dir(name); folder != "."; folder = filepath.Dir(folder) {
		if info, err := t.root.Lstat(folder); err == nil && info.Mode()&os.ModeSymlink != 0 {
			return true
		}
	}
	return false
}

// finish puts the file whose data has come into its place. With Checksum several are
// compared at once: each is a question to the device.
func (t *tree) finish(ctx context.Context) error {
	in := t.coming
	if in == nil {
		return nil
	}
	t.coming = nil
	if !t.c.Checksum {
		return t.noted(in.settle(ctx))
	}
	t.settling.Go(func() error { return t.noted(in.settle(ctx)) })
	return nil
}

// setDirs gives folders their modes and times, the inner ones first.
func (t *tree) setDirs() {
	if !t.c.Preserve {
		return
	}
	for _, d := range slices.Backward(t.dirs) {
		err := t.root.Chmod(d.name, os.FileMode(d.entry.Mode&0o777))
		if err == nil && d.entry.Modified != (time.Time{}) {
			err = t.root.Chtimes(d.name, d.entry.Modified, d.entry.Modified)
		}
		if err != nil {
			t.add(localError(d.name, err))
		}
	}
}
