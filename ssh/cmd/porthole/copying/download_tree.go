package copying

import (
	"context"
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"golang.org/x/sync/errgroup"

	"porthole/ssh/cmd/porthole/fault"
	"porthole/ssh/files"
	"porthole/ssh/files/fsys"
)

// tree is a folder that is being received.
type tree struct {
	failures

	root   *os.Root
	remote string
	whole  map[string]bool // what is there already, and the same
	coming *incoming       // the file whose data comes
	dirs   []dirTime       // what is set last: writing into a folder changes its time

	settling *errgroup.Group // files whose data has come
}

type dirTime struct {
	name  string
	entry fsys.Entry
}

// downloadTree copies a folder to exactly that path. What cannot be copied is named, and
// the rest goes on. With Resume a folder that is not there yet gets its name when it is
// whole: the same command finds it again after a cut.
func (c *Copier) downloadTree(ctx context.Context, remote, local string) error {
	folder := local
	if _, err := os.Lstat(local); c.Resume && errors.Is(err, fs.ErrNotExist) {
		folder = c.localPart(local)
	}
	if err := os.MkdirAll(folder, 0o777); err != nil { //nolint:gosec // subject to the umask, as mkdir does
		return localError(local, err)
	}
	err := c.receiveTree(ctx, remote, folder)
	if err == nil && folder != local {
		err = localError(local, os.Rename(folder, local))
	}
	if err != nil && folder != local {
		c.Note("what was copied is in %s; the same command goes on with it", quoted(folder))
	}
	return err
}

func (c *Copier) receiveTree(ctx context.Context, remote, folder string) error {
	root, err := os.OpenRoot(folder)
	if err != nil {
		return localError(folder, err)
	}
	defer func() { _ = root.Close() }() // only looked into
	t := &tree{failures: failures{c: c}, root: root, remote: strings.TrimRight(remote, "/")}
	var has func(string, fsys.Entry) bool
	if c.Resume {
		if err := t.findWhole(ctx, folder); err != nil {
			return err
		}
		has = t.has
	}
	t.settling, ctx = errgroup.WithContext(ctx)
	t.settling.SetLimit(atOnce)
	err = t.takeAll(ctx, files.OpenTree(ctx, c.FS, []string{remote}, has))
	if t.coming != nil {
		t.coming.abandon()
	}
	if serr := t.settling.Wait(); serr != nil {
		err = serr // the cause of what takeAll met
	}
	if err != nil {
		return err
	}
	t.setDirs()
	return t.result()
}

func (t *tree) incoming(name string, entry fsys.Entry) *incoming {
	return &incoming{
		c: t.c, root: t.root, name: name, shown: filepath.Join(t.root.Name(), name),
		remote: t.remote + "/" + filepath.ToSlash(name), entry: entry,
	}
}

// takeAll goes through what the device sends.
func (t *tree) takeAll(ctx context.Context, items *files.Tree) error {
	defer items.Close()
	for {
		item, err := items.Next(ctx)
		if err == io.EOF { //nolint:errorlint // the tree's own
			return t.finish(ctx)
		}
		if err == nil {
			err = t.take(ctx, item)
		}
		if err != nil {
			return err
		}
	}
}

// take is one step. Its error ends the copy; what concerns one file only is noted.
func (t *tree) take(ctx context.Context, item files.Item) error {
	switch item.Kind {
	case files.TreeData:
		if t.coming == nil {
			return nil // of a file that cannot be written
		}
		if _, err := t.coming.file.Write(item.Data); err != nil {
			return localError(t.coming.shown, err) // a full disk
		}
		t.c.Meter.Add(int64(len(item.Data)))
		return nil
	case files.TreeFault:
		return t.broke(item)
	case files.TreeEntry:
	}
	if err := t.finish(ctx); err != nil {
		return err
	}
	name := t.local(item.Path)
	if name != "." && !filepath.IsLocal(name) {
		t.add(fault.New(fault.Local, "The name %s cannot be a file name here.", quoted(item.Path)))
		return nil
	}
	return t.begin(ctx, name, item)
}

// broke is a file whose data broke off, or what could not be read at all.
func (t *tree) broke(item files.Item) error {
	if fatal(item.Err) {
		return item.Err
	}
	if t.coming != nil && t.coming.name == t.local(item.Path) {
		t.coming.abandon()
		t.coming = nil
	}
	t.add(item.Err)
	return nil
}
