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
	"porthole/ssh/wire"
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

func TestRandomTreesComeBackIdentical(t *testing.T) {
	for kind, size := range map[fsys.Kind]int{fsys.SFTP: 150, fsys.Shell: 40} {
		for seed := range uint64(3) {
			t.Run(fmt.Sprintf("%s %d", kind, seed), func(t *testing.T) {
				m := machine(t)
				if kind == fsys.Shell {
					m.SFTP = nil
				}
				ctx, fs := open(t, m)
				local := t.TempDir()
				grow(t, local+"/", seed, size)
				want := snapshot(t, local)
				up := m.Dir + "/up"
				upload(ctx, t, fs, local, up)
				sameTree(t, snapshot(t, up), want)

				back := t.TempDir()
				download(ctx, t, fs, []string{up}, back)
				sameTree(t, snapshot(t, back+"/up"), want)

				found, err := files.Count(ctx, fs, up, nil)
				must(t, err)
				if got := found.Files + found.Folders + found.Others; got != int64(len(want)) {
					t.Errorf("counted %+v, want %d in all", found, len(want))
				}
				removed, err := files.RemoveAll(ctx, fs, up, nil)
				must(t, err)
				if removed != len(want) {
					t.Errorf("removed %d, want %d", removed, len(want))
				}
				if _, err := os.Lstat(up); !os.IsNotExist(err) {
					t.Errorf("%s is still there: %v", up, err)
				}
			})
		}
	}
}

func TestRemovalAndModesDoNotFollowLinks(t *testing.T) {
	m := machine(t)
	outside := makeFile(t, "keep me", m.Dir, "outside", "file")
	makeFile(t, "x", m.Dir, "tree", "sub", "x")
	must(t, os.Symlink(filepath.Dir(outside), m.Dir+"/tree/dirlink"))
	must(t, os.Symlink(outside, m.Dir+"/tree/filelink"))
	must(t, os.Symlink(m.Dir+"/tree", m.Dir+"/toplink"))
	ctx, fs := open(t, m)

	must(t, files.Chmod(ctx, fs, "tree", 0o700, true))
	if info, err := os.Stat(outside); err != nil || info.Mode().Perm() != 0o644 {
		t.Errorf("outside has %v, %v", info.Mode(), err)
	}
	if info, err := os.Stat(m.Dir + "/tree/sub/x"); err != nil || info.Mode().Perm() != 0o700 {
		t.Errorf("inside has %v, %v", info.Mode(), err)
	}
	removed, err := files.RemoveAll(ctx, fs, "toplink", nil)
	must(t, err)
	if removed != 1 {
		t.Errorf("removing a link to a tree removed %d", removed)
	}
	wantContent(t, m.Dir+"/tree/sub/x", "x")
	removed, err = files.RemoveAll(ctx, fs, "tree/", nil)
	must(t, err)
	if removed != 5 {
		t.Errorf("removed %d, want 5", removed)
	}
	wantContent(t, outside, "keep me")
}

func TestRemovalGoesOnAndSaysWhatStayed(t *testing.T) {
	m := machine(t)
	for _, name := range []string{"a", "b", "c"} {
		makeFile(t, "x", m.Dir, "tree", "sub", name)
	}
	makeFile(t, "x", m.Dir, "tree", "z", "file")
	ctx, fs := open(t, m)
	removed, err := files.RemoveAll(ctx, refusing{fs, "tree/sub/b"}, "tree", nil)
	wantCode(t, "removal", err, wire.CodePermission)
	if want := "3 entries were not removed; 4 are gone. The first: no"; err == nil || !strings.HasPrefix(err.Error(), want) {
		t.Errorf("got %v, want %q", err, want)
	}
	wantContent(t, m.Dir+"/tree/sub/b", "x")
	if left, err := os.ReadDir(m.Dir + "/tree"); err != nil || len(left) != 1 || removed != 4 {
		t.Errorf("%v left, %v; removed %d, want 4", left, err, removed)
	}
	removed, err = files.RemoveAll(ctx, refusing{fs, "tree/sub/b"}, "tree/sub/b", nil)
	if err == nil || err.Error() != "no" || removed != 0 {
		t.Errorf("one file: %d, %v", removed, err)
	}
	// A folder that cannot be looked into may be empty all the same.
	must(t, os.Remove(m.Dir+"/tree/sub/b"))
	must(t, os.Mkdir(m.Dir+"/tree/closed", 0o700))
	if removed, err = files.RemoveAll(ctx, unreadable{fs}, "tree", nil); err != nil || removed != 3 {
		t.Errorf("removed %d, %v", removed, err)
	}
}

func TestRemovalThatIsCancelledStops(t *testing.T) {
	m := machine(t)
	for i := range 200 {
		makeFile(t, "x", m.Dir, "tree", fmt.Sprint(i))
	}
	ctx, fs := open(t, m)
	ctx, cancel := context.WithCancel(ctx)
	_, err := files.RemoveAll(ctx, fs, "tree", func(int) { cancel() })
	wantCode(t, "removal", err, wire.CodeCancelled)
	if left, err := os.ReadDir(m.Dir + "/tree"); err != nil || len(left) == 0 {
		t.Errorf("all is gone, %v", err)
	}
}

// refusing refuses to remove one path.
type refusing struct {
	fsys.FS
	path string
}

func (r refusing) Remove(ctx context.Context, p string) error {
	if p == r.path {
		return &fsys.Error{Code: wire.CodePermission, Message: "no"}
	}
	return r.FS.Remove(ctx, p)
}

func TestTreeTellsOfWhatItCannotReadAndGoesOn(t *testing.T) {
	m := machine(t)
	makeFile(t, "aaa", m.Dir, "tree", "a")
	makeFile(t, "bbb", m.Dir, "tree", "b")
	makeFile(t, "ccc", m.Dir, "tree", "closed", "c")
	makeFile(t, "ddd", m.Dir, "tree", "d")
	ctx, fs := open(t, m)
	tree := files.OpenTree(ctx, unreadable{fs}, []string{"tree", "gone"}, nil)
	defer tree.Close()
	var got []string
	for {
		item, err := tree.Next(ctx)
		if errors.Is(err, io.EOF) {
			break
		}
		must(t, err)
		got = append(got, fmt.Sprint(item.Kind, " ", item.Path, string(item.Data)))
	}
	want := []string{
		"entry tree", "entry tree/a", "data aaa", "entry tree/b", "fault tree/b", "entry tree/closed", "fault tree/closed",
		"entry tree/d", "data ddd", "fault gone",
	}
	if strings.Join(got, "|") != strings.Join(want, "|") {
		t.Errorf("got %q\nwant %q", got, want)
	}
}

// unreadable lets nobody read b, nor list closed.
type unreadable struct{ fsys.FS }

func (u unreadable) Read(ctx context.Context, p string, o fsys.ReadOptions) (io.ReadCloser, error) {
	if strings.HasSuffix(p, "/b") {
		return nil, &fsys.Error{Code: wire.CodePermission, Message: "no"}
	}
	return u.FS.Read(ctx, p, o)
}

func (u unreadable) List(ctx context.Context, p string, each func([]fsys.Entry) error) error {
	if strings.HasSuffix(p, "/closed") {
		return &fsys.Error{Code: wire.CodePermission, Message: "no"}
	}
	return u.FS.List(ctx, p, each)
}

func TestWhatTheReceiverHasComesWithoutItsData(t *testing.T) {
	m := machine(t)
	for _, name := range []string{"a", "b", "c"} {
		makeFile(t, "content "+name, m.Dir, "tree", name)
	}
	ctx, fs := open(t, m)
	has := func(path string, e fsys.Entry) bool { return path != "tree/b" && e.Size == 9 }
	tree := files.OpenTree(ctx, fs, []string{"tree"}, has)
	defer tree.Close()
	var got []string
	for {
		item, err := tree.Next(ctx)
		if errors.Is(err, io.EOF) {
			break
		}
		must(t, err)
		got = append(got, strings.TrimSpace(fmt.Sprint(item.Path, item.Done, " ", string(item.Data))))
	}
	if want := "[treefalse tree/atrue tree/bfalse false content b tree/ctrue]"; fmt.Sprint(got) != want {
		t.Errorf("got %v, want %v", got, want)
	}
}

// misstated says of each file that it has another size.
type misstated struct {
	fsys.FS
	by int64
}

func (m misstated) List(ctx context.Context, p string, each func([]fsys.Entry) error) error {
	return m.FS.List(ctx, p, func(entries []fsys.Entry) error {
		for i := range entries {
			entries[i].Size = max(entries[i].Size+m.by, 0)
		}
		return each(entries)
	})
}

func (m misstated) ReadSmall(ctx context.Context, p string, e fsys.Entry) ([]byte, bool, bool, error) {
	return m.FS.(interface {
		ReadSmall(context.Context, string, fsys.Entry) ([]byte, bool, bool, error)
	}).ReadSmall(ctx, p, e)
}

func TestSmallFilesComeWholeWhateverTheirListingSaid(t *testing.T) {
	m := machine(t)
	sizes := []int{0, 1, 100, 4096, 32<<10 - 1, 32 << 10, 32<<10 + 1, 100_000}
	for i, size := range sizes {
		makeFile(t, string(noise(uint64(i), size)), m.Dir, "tree", fmt.Sprint(i))
	}
	for _, by := range []int64{0, -50, -4000, 50, 4000} {
		ctx, fs := open(t, m)
		tree := files.OpenTree(ctx, misstated{fs, by}, []string{"tree"}, nil)
		got, at := map[string][]byte{}, ""
		for {
			item, err := tree.Next(ctx)
			if errors.Is(err, io.EOF) {
				break
			}
			must(t, err)
			switch item.Kind {
			case files.TreeEntry:
				at = item.Path
			case files.TreeData:
				got[at] = append(got[at], item.Data...)
			case files.TreeFault:
				t.Errorf("%s, said to be %+d: %v", item.Path, by, item.Err)
			}
		}
		tree.Close()
		for i, size := range sizes {
			if data := got[fmt.Sprint("tree/", i)]; string(data) != string(noise(uint64(i), size)) {
				t.Errorf("said to be %+d: %d bytes came of %d", by, len(data), size)
			}
		}
	}
}

func TestTreeThatIsGivenUpEndsAtOnce(t *testing.T) {
	m := machine(t)
	for i := range 300 {
		makeFile(t, strings.Repeat("x", i*100), m.Dir, "tree", fmt.Sprint(i))
	}
	ctx, fs := open(t, m)
	tree := files.OpenTree(ctx, fs, []string{"tree"}, nil)
	_, err := tree.Next(ctx)
	must(t, err)
	tree.Close()
}

// hostile is a device whose listings want out of the folder, or never end.
type hostile struct{ fsys.FS }

func (hostile) Stat(context.Context, string, bool) (fsys.Entry, error) {
	return fsys.Entry{Name: "dir", Type: fsys.Dir}, nil
}

func (hostile) List(_ context.Context, _ string, each func([]fsys.Entry) error) error {
	return each([]fsys.Entry{
		{Name: "../up", Type: fsys.File},
		{Name: "..", Type: fsys.Dir},
		{Name: ".", Type: fsys.Dir},
		{Name: "", Type: fsys.File},
		{Name: "a/b", Type: fsys.File},
		{Name: "nul\x00", Type: fsys.File},
		{Name: "deeper", Type: fsys.Dir},
	})
}

func TestHostileListingsLeadNowhereAndEnd(t *testing.T) {
	tree := files.OpenTree(t.Context(), hostile{}, []string{"dir"}, nil)
	defer tree.Close()
	paths := map[string]bool{}
	var last files.Item
	for {
		item, err := tree.Next(t.Context())
		if errors.Is(err, io.EOF) {
			break
		}
		must(t, err)
		last = item
		for element := range strings.SplitSeq(item.Path, "/") {
			paths[element] = true
		}
	}
	if len(paths) != 2 || !paths["dir"] || !paths["deeper"] {
		t.Errorf("elements of paths: %v", paths)
	}
	if last.Kind != files.TreeFault {
		t.Errorf("ends with %+v", last.Kind)
	}
	wantCode(t, "endless tree", last.Err, wire.CodeTooMany)
	_, err := files.Count(t.Context(), hostile{}, "dir", nil)
	wantCode(t, "count", err, wire.CodeTooMany)
}

func TestManySmallFilesOverALongLine(t *testing.T) {
	m := machine(t)
	want := map[string]bool{}
	for i := range 400 {
		makeFile(t, fmt.Sprint("content ", i), m.Dir, "tree", fmt.Sprint(i%20), fmt.Sprint(i))
		want[fmt.Sprint("tree/", i%20, "/", i)] = true
	}
	const rtt = 20 * time.Millisecond
	m.Opened = func(ch fsys.Channel) fsys.Channel { return fstest.Delay(ch, rtt) }
	m.RTT = rtt
	ctx, fs := open(t, m)
	began := time.Now()
	tree := files.OpenTree(ctx, fs, []string{"tree"}, nil)
	defer tree.Close()
	for {
		item, err := tree.Next(ctx)
		if errors.Is(err, io.EOF) {
			break
		}
		must(t, err)
		if item.Kind == files.TreeEntry {
			delete(want, item.Path)
		}
	}
	if len(want) > 0 {
		t.Errorf("%d files are missing", len(want))
	}
	// One by one, three round trips each, they would take 24 s.
	if took := time.Since(began); took > 6*time.Second {
		t.Errorf("400 files took %v", took)
	}
}
