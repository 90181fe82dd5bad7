//go:build linux

package files_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"porthole/ssh/files"
	"porthole/ssh/files/fstest"
	"porthole/ssh/files/fsys"
)

// snapshot says what is at and below dir: kind, mode and content or target of each path.
func snapshot(t *testing.T, dir string) map[string]string {
	t.Helper()
	all := map[string]string{}
	must(t, filepath.Walk(dir, func(p string, info os.FileInfo, err error) error {
		if err != nil {
			return err
		}
		name, err := filepath.Rel(dir, p)
		if err != nil {
			return err
		}
		content := ""
		switch {
		case info.Mode().IsRegular():
			data, err := os.ReadFile(p)
			if err != nil {
				return err
			}
			content = fmt.Sprint(info.ModTime().Unix()) + string(data)
		case info.Mode()&os.ModeSymlink != 0:
			if content, err = os.Readlink(p); err != nil {
				return err
			}
		}
		all[name] = info.Mode().String() + " " + content
		return nil
	}))
	return all
}

func sameTree(t *testing.T, got, want map[string]string) {
	t.Helper()
	short := func(s string) string { return s[:min(len(s), 60)] }
	for name, w := range want {
		if g, ok := got[name]; !ok {
			t.Errorf("%q is missing", name)
		} else if g != w {
			t.Errorf("%q is %q with %d bytes, want %q with %d", name, short(g), len(g), short(w), len(w))
		}
	}
	for name := range got {
		if _, ok := want[name]; !ok {
			t.Errorf("%q should not be there", name)
		}
	}
}

// grow makes a tree from a seed: odd names, empty files, some of many pieces, links.
func grow(t *testing.T, dir string, seed uint64, entries int) {
	t.Helper()
	r := rand.New(rand.NewPCG(seed, seed))
	dirs := []string{dir}
	when := time.Unix(1_600_000_000, 0)
	for i := range entries {
		name := fstest.Names[r.IntN(len(fstest.Names))]
		if len(name) > 200 || r.IntN(2) == 0 {
			name = fmt.Sprintf("%s%d", name[:min(len(name), 200)], i)
		}
		p := dirs[r.IntN(len(dirs))] + "/" + name
		if _, err := os.Lstat(p); err == nil {
			continue
		}
		switch r.IntN(10) {
		case 0, 1:
			must(t, os.Mkdir(p, 0o755))
			dirs = append(dirs, p)
		case 2:
			must(t, os.Symlink([]string{"nowhere", ".", "../..", "/etc/passwd"}[r.IntN(4)], p))
		default:
			size := []int{0, 1, r.IntN(5000), r.IntN(5000), r.IntN(700_000)}[r.IntN(5)]
			must(t, os.WriteFile(p, noise(uint64(i), size), 0o644))
			must(t, os.Chmod(p, os.FileMode([]uint32{0o644, 0o600, 0o755, 0o444}[r.IntN(4)])))
			must(t, os.Chtimes(p, when, when.Add(time.Duration(r.IntN(1e6))*time.Second)))
		}
	}
}

// download writes a tree below dir, as whoever receives one does.
func download(ctx context.Context, t *testing.T, fs fsys.FS, paths []string, dir string) {
	t.Helper()
	tree := files.OpenTree(ctx, fs, paths, nil)
	defer tree.Close()
	var out *os.File
	var last files.Item
	finish := func() {
		if out == nil {
			return
		}
		must(t, out.Close())
		must(t, os.Chmod(out.Name(), os.FileMode(last.Entry.Mode)))
		must(t, os.Chtimes(out.Name(), last.Entry.Modified, last.Entry.Modified))
		out = nil
	}
	for {
		item, err := tree.Next(ctx)
		if errors.Is(err, io.EOF) {
			finish()
			return
		}
		must(t, err)
		switch item.Kind {
		case files.TreeFault:
			t.Fatalf("%s: %v", item.Path, item.Err)
		case files.TreeData:
			_, err := out.Write(item.Data)
			must(t, err)
			continue
		case files.TreeEntry:
		}
		finish()
		last = item
		p := dir + "/" + item.Path
		switch item.Entry.Type {
		case fsys.Dir:
			must(t, os.Mkdir(p, 0o755))
		case fsys.Link:
			must(t, os.Symlink(item.Entry.Target, p))
		default:
			out, err = os.Create(p)
			must(t, err)
		}
	}
}

// upload puts a folder of this machine below a path of the device.
func upload(ctx context.Context, t *testing.T, fs fsys.FS, from, to string) {
	t.Helper()
	must(t, filepath.Walk(from, func(p string, info os.FileInfo, err error) error {
		if err != nil {
			return err
		}
		at := to + strings.TrimPrefix(p, from)
		switch {
		case info.IsDir():
			return fs.Mkdir(ctx, at, 0o755)
		case info.Mode()&os.ModeSymlink != 0:
			target, err := os.Readlink(p)
			if err != nil {
				return err
			}
			return fs.Symlink(ctx, target, at)
		}
		data, err := os.ReadFile(p)
		if err != nil {
			return err
		}
		mode, when := uint32(info.Mode().Perm()), info.ModTime()
		_, err = files.Put(ctx, fs, at, data, files.PutOptions{Mode: &mode, Modified: &when})
		return err
	}))
}
