//go:build js

package bridge_test

import (
	"bytes"
	"fmt"
	"strconv"
	"strings"
	"syscall/js"
	"testing"

	"porthole/wasm/jsval"
)

// treeItem is an item of a TreeBatch of bridge.d.ts.
type treeItem struct {
	kind   string
	fields []string
	data   []byte
}

// items reads a tree to its end, and counts the batches.
func (s *shelves) items(tree js.Value) (all []treeItem, batches int) {
	s.t.Helper()
	many := map[string]int{"entry": 13, "data": 1, "fault": 3}
	for {
		batch := s.await(tree.Call("next"))
		if batch.IsNull() {
			return all, batches
		}
		batches++
		data, _ := jsval.GoBytes(batch.Get("data"))
		fields := strings.Split(strings.TrimSuffix(batch.Get("text").String(), "\x00"), "\x00")
		for len(fields) > 0 {
			n := many[fields[0]]
			if n == 0 || n >= len(fields) {
				s.t.Fatalf("an item %q", fields)
			}
			item := treeItem{kind: fields[0], fields: fields[1 : 1+n]}
			if item.kind == "data" {
				size, err := strconv.Atoi(item.fields[0])
				if err != nil || size > len(data) {
					s.t.Fatalf("%q bytes of %d", item.fields[0], len(data))
				}
				item.data, data = data[:size], data[size:]
			}
			all, fields = append(all, item), fields[1+n:]
		}
		if len(data) > 0 {
			s.t.Fatalf("%d bytes belong to nothing", len(data))
		}
	}
}

func TestManySmallFilesOfATreeComeInFewCalls(t *testing.T) {
	const count = 500
	s := newSFTP(t)
	s.await(s.files.Call("mkdir", "/d", 0))
	for i := range count {
		s.up(fmt.Sprint("/d/", i), fmt.Append(nil, "content ", i))
	}
	items, batches := s.items(s.await(s.files.Call("tree", []any{"/d"}, nil)))
	got, at := map[string]string{}, ""
	for _, item := range items {
		if item.kind == "entry" {
			at = item.fields[0]
		} else {
			got[at] = item.kind + " " + string(item.data)
		}
	}
	for i := range count {
		if want := fmt.Sprint("data content ", i); got[fmt.Sprint("d/", i)] != want {
			t.Errorf("%d: %q, want %q", i, got[fmt.Sprint("d/", i)], want)
		}
	}
	if batches > count/10 {
		t.Errorf("%d calls for %d files", batches, count)
	}
}

func TestATreeComesEntryByEntry(t *testing.T) {
	s := newSFTP(t)
	s.await(s.files.Call("mkdir", "/d", 0))
	s.await(s.files.Call("mkdir", "/d/empty", 0))
	s.up("/d/x", []byte("one"))
	s.up("/large", someBytes(1<<20))
	s.await(s.files.Call("symlink", "/large", "/d/link"))
	tree := s.await(s.files.Call("tree", []any{"/d", "/gone", "/large"}, nil))
	got, at := map[string]string{}, ""
	var large []byte
	items, _ := s.items(tree)
	for _, item := range items {
		switch item.kind {
		case "entry":
			at = item.fields[0]
			got[at] = item.fields[3]
		case "data":
			if at == "large" {
				large = append(large, item.data...)
			} else {
				got[at] += " " + string(item.data)
			}
		case "fault":
			got[item.fields[0]] = item.fields[1]
		}
	}
	want := map[string]string{"d": "dir", "d/empty": "dir", "d/x": "file one", "d/link": "link", "gone": "not_found", "large": "file"}
	if fmt.Sprint(got) != fmt.Sprint(want) || !bytes.Equal(large, someBytes(1<<20)) {
		t.Errorf("the tree is %v with %d bytes", got, len(large))
	}
	s.rejects(tree.Call("next"), "closed")
}

func TestATreeLeavesOutTheDataThatThePageHas(t *testing.T) {
	s := newSFTP(t)
	s.await(s.files.Call("mkdir", "/d", 0))
	s.up("/d/x", []byte("one"))
	s.up("/d/y", []byte("three"))
	asked := map[string]int{}
	has := js.FuncOf(func(_ js.Value, args []js.Value) any {
		asked[args[0].String()] = args[1].Int()
		return args[0].String() == "d/x" && args[2].Type() == js.TypeNumber
	})
	defer has.Release()
	tree := s.await(s.files.Call("tree", []any{"/d"}, has))
	var got []string
	items, _ := s.items(tree)
	for _, item := range items {
		switch item.kind {
		case "entry":
			got = append(got, fmt.Sprint(item.fields[0], " ", item.fields[1] == "1"))
		case "data":
			got = append(got, string(item.data))
		}
	}
	if want := "[d false d/x true d/y false three]"; fmt.Sprint(got) != want {
		t.Errorf("got %v, want %v", got, want)
	}
	if want := "map[d/x:3 d/y:5]"; fmt.Sprint(asked) != want {
		t.Errorf("asked %v, want %v", asked, want)
	}
}
