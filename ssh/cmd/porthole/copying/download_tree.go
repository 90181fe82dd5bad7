package copying

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"errors"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"porthole/ssh/cmd/porthole/fault"
	"porthole/ssh/files"
	"porthole/ssh/files/fsys"
)

// random is for names that nobody else has.
func random() string {
	b := make([]byte, 4)
	_, _ = rand.Read(b) // never fails
	return hex.EncodeToString(b)
}

// tree is a folder that is being received.
type tree struct {
	c     *Copier
	root  *os.Root
	file  *os.File // the one whose data comes
	entry fsys.Entry
	name  string // of file, without its part's mark
	part  string

	dirs   []dirTime // what is set last: writing into a folder changes its time
	failed int
	first  error
}

type dirTime struct {
	name  string
	entry fsys.Entry
}

// downloadTree copies a folder to exactly that path. What cannot be copied is named, and
// the rest goes on.
func (c *Copier) downloadTree(ctx context.Context, remote, local string) error {
	if err := os.MkdirAll(local, 0o777); err != nil { //nolint:gosec // subject to the umask, as mkdir does
		return localError(local, err)
	}
	root, err := os.OpenRoot(local)
	if err != nil {
		return localError(local, err)
	}
	defer func() { _ = root.Close() }()
	t := &tree{c: c, root: root}
	items := files.OpenTree(ctx, c.FS, []string{remote}, nil)
	defer items.Close()
	for {
		item, err := items.Next(ctx)
		if errors.Is(err, io.EOF) {
			break
		}
		if err == nil {
			err = t.take(item)
		}
		if err != nil {
			t.abandon()
			return err
		}
	}
	if err := t.finish(); err != nil {
		return err
	}
	t.setDirs()
	if t.failed > 0 {
		return fault.Wrap(t.first, fault.Of(t.first), "%d of the files could not be copied. The first: %s", t.failed, fault.Text(t.first))
	}
	return nil
}

// take is one step. Its error ends the copy; what concerns one file only is noted.
func (t *tree) take(item files.Item) error {
	switch item.Kind {
	case files.TreeData:
		if t.file == nil {
			return nil // of a file that cannot be written
		}
		if _, err := t.file.Write(item.Data); err != nil {
			return localError(t.name, err) // a full disk
		}
		t.c.Meter.Add(int64(len(item.Data)))
		return nil
	case files.TreeFault:
		if t.file != nil && t.name == t.local(item.Path) {
			t.abandon()
		}
		t.fail(item.Err)
		return nil
	case files.TreeEntry:
	}
	if err := t.finish(); err != nil {
		return err
	}
	name := t.local(item.Path)
	if name != "." && !filepath.IsLocal(name) {
		t.fail(fault.New(fault.Local, "The name %s cannot be a file name here.", quoted(item.Path)))
		return nil
	}
	t.begin(name, item.Entry)
	return nil
}

// local is the path here of an item: without the name of the folder that was asked for.
func (t *tree) local(path string) string {
	_, rest, below := strings.Cut(path, "/")
	if !below {
		return "."
	}
	return filepath.FromSlash(rest)
}

func (t *tree) begin(name string, entry fsys.Entry) {
	switch entry.Type {
	case fsys.Dir:
		if name != "." {
			err := t.root.Mkdir(name, os.FileMode(entry.Mode&0o777)|0o700)
			if err != nil && !errors.Is(err, os.ErrExist) {
				t.fail(localError(name, err))
			}
		}
		t.dirs = append(t.dirs, dirTime{name, entry})
	case fsys.File, fsys.Unknown:
		t.entry, t.name, t.part = entry, name, name+".part-"+random()
		file, err := t.root.OpenFile(t.part, os.O_CREATE|os.O_EXCL|os.O_WRONLY, os.FileMode(entry.Mode&0o777)|0o200)
		if err != nil {
			t.fail(localError(name, err))
			return
		}
		t.file = file
		t.c.Meter.Begin(name, -1)
	case fsys.Link:
		t.link(name, entry)
	case fsys.FIFO, fsys.Socket, fsys.Char, fsys.Block:
		t.c.Note("%s is a %s and was left out", quoted(name), entry.Type)
	}
}

// link makes a link that stays within the folder; others are left out.
func (t *tree) link(name string, entry fsys.Entry) {
	target := filepath.FromSlash(entry.Target)
	if entry.Target == "" || filepath.IsAbs(target) || !filepath.IsLocal(filepath.Join(filepath.Dir(name), target)) {
		t.c.Note("the link %s leads out of the folder and was left out", quoted(name))
		return
	}
	_ = t.root.Remove(name) // of an earlier copy
	if err := t.root.Symlink(target, name); err != nil {
		t.fail(localError(name, err))
	}
}

// finish puts the file whose data has come into its place.
func (t *tree) finish() error {
	if t.file == nil {
		return nil
	}
	err := t.file.Close()
	t.file = nil
	if err == nil && t.c.Preserve {
		err = errors.Join(t.root.Chmod(t.part, os.FileMode(t.entry.Mode&0o777)), t.root.Chtimes(t.part, t.entry.Modified, t.entry.Modified))
	}
	if err == nil {
		err = t.root.Rename(t.part, t.name)
	}
	if err != nil {
		_ = t.root.Remove(t.part) // the first error counts
	}
	return localError(t.name, err)
}

// abandon removes the file whose data broke off.
func (t *tree) abandon() {
	if t.file != nil {
		_ = t.file.Close()
		_ = t.root.Remove(t.part)
		t.file = nil
	}
}

func (t *tree) fail(err error) {
	if t.failed++; t.first == nil {
		t.first = err
	}
	t.c.Note("%s", fault.Text(err))
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
			t.fail(localError(d.name, err))
		}
	}
}
