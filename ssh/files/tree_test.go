//go:build linux

package files_test

import (
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"testing"
	"time"

	"porthole/ssh/files"
	"porthole/ssh/files/fstest"
	"porthole/ssh/files/fsys"
)

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
