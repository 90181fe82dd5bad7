//go:build linux

package files_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"

	"porthole/ssh/files"
	"porthole/ssh/files/fsys"
	"porthole/ssh/wire"
)

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
