package copying

import (
	"context"
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"time"

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

// findWhole compares what an earlier copy has brought.
func (t *tree) findWhole(ctx context.Context, folder string) error {
	t.whole = map[string]bool{}
	var mu sync.Mutex
	group, comparing := errgroup.WithContext(ctx)
	group.SetLimit(atOnce)
	err := filepath.WalkDir(folder, func(at string, d fs.DirEntry, err error) error {
		if comparing.Err() != nil {
			return context.Cause(comparing)
		}
		if err != nil || !d.Type().IsRegular() {
			return nil //nolint:nilerr // what cannot be read is copied anew, and that tells why
		}
		name, err := filepath.Rel(folder, at)
		if err != nil {
			return localError(at, err)
		}
		group.Go(func() error {
			same, err := t.same(comparing, name)
			if fatal(err) {
				return err
			}
			if same && err == nil {
				mu.Lock()
				defer mu.Unlock()
				t.whole[name] = true
			}
			return nil
		})
		return nil
	})
	if werr := group.Wait(); werr != nil {
		err = werr
	}
	return err
}

// same compares one file.
func (t *tree) same(ctx context.Context, name string) (bool, error) {
	in := t.incoming(name, fsys.Entry{})
	var err error
	if in.entry, err = t.c.FS.Stat(ctx, in.remote, false); err != nil || in.entry.Type != fsys.File {
		return false, err
	}
	return in.there(ctx)
}

// has tells which files of the device need not come from their beginning.
func (t *tree) has(path string, _ fsys.Entry) bool {
	name := t.local(path)
	if t.whole[name] {
		return true
	}
	info, err := t.root.Lstat(t.c.localPart(name))
	return err == nil && info.Mode().IsRegular() && info.Size() > 0
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
	if entry.Target == "" || filepath.IsAbs(target) || !filepath.IsLocal(filepath.Join(filepath.Dir(name), target)) {
		t.c.Note("the link %s leads out of the folder and was left out", quoted(name))
		return
	}
	_ = t.root.Remove(name) // of an earlier copy
	if err := t.root.Symlink(target, name); err != nil {
		t.add(localError(name, err))
	}
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
