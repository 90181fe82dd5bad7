package profile

import (
	"encoding/json"
	"errors"
	"fmt"
	"reflect"
	"strings"
	"testing"
)

func wantFiles(t *testing.T, p *Profile, scope PortsScope, bookmarks ...string) {
	t.Helper()
	got, err := p.Files(t.Context(), scope)
	if err != nil || !reflect.DeepEqual(got.Bookmarks, bookmarks) {
		t.Errorf("bookmarks %q, %v; want %q", got.Bookmarks, err, bookmarks)
	}
}

func TestFoldersAreRememberedPerPersonAndDevice(t *testing.T) {
	p, memory := openMemory(t)
	wantFiles(t, p, portsScope)
	folders := []string{"/", "/var/log", "/home/pi/\"a b\"\n\uef80"}
	if err := p.SaveFiles(t.Context(), portsScope, FilesSettings{Bookmarks: folders}); err != nil {
		t.Fatal(err)
	}
	if err := p.SavePorts(t.Context(), portsScope, somePorts()); err != nil {
		t.Fatal(err)
	}
	p = openOn(t, memory)
	wantFiles(t, p, portsScope, folders...)
	wantPorts(t, p, portsScope, somePorts())
	wantFiles(t, p, PortsScope{Tenant: "t1", Principal: "else", Device: "1234"})
	if text, _ := read(memory, settingsFile); !json.Valid(text) {
		t.Errorf("settings.json is no JSON:\n%s", text)
	}
	if err := p.SaveFiles(t.Context(), portsScope, FilesSettings{}); err != nil {
		t.Fatal(err)
	}
	wantFiles(t, p, portsScope)
}

func TestWhatTransfersKeepIsRememberedAndBothIsTheDefault(t *testing.T) {
	p, memory := openMemory(t)
	for _, want := range []FilesSettings{{}, {NewTime: true}, {NewMode: true}, {NewTime: true, NewMode: true}, {}} {
		if err := p.SaveFiles(t.Context(), portsScope, want); err != nil {
			t.Fatal(err)
		}
		got, err := openOn(t, memory).Files(t.Context(), portsScope)
		if err != nil || got.NewTime != want.NewTime || got.NewMode != want.NewMode {
			t.Errorf("%+v, %v; want %+v", got, err, want)
		}
	}
	for _, odd := range []string{`"true"`, `1`, `null`, `{}`, `[true]`} {
		text := `{"files":{"t1/admin/1234":{"bookmarks":["/a"],"newTime":` + odd + `,"newMode":` + odd + `}}}`
		if err := memory.WriteFile(settingsFile, []byte(text)); err != nil {
			t.Fatal(err)
		}
		if got, err := openOn(t, memory).Files(t.Context(), portsScope); err != nil || got.NewTime || got.NewMode {
			t.Errorf("%s: %+v, %v; want both kept", odd, got, err)
		}
	}
}

func TestABookmarkedFolderIsAnAbsolutePathAndOneOfFew(t *testing.T) {
	p, _ := openMemory(t)
	for _, wrong := range []string{"", "home", "./x", "/a\x00b", "/" + strings.Repeat("x", maxFolder)} {
		if err := p.SaveFiles(t.Context(), portsScope, FilesSettings{Bookmarks: []string{"/", wrong}}); !errors.Is(err, ErrFolder) {
			t.Errorf("bookmark %.20q: %v", wrong, err)
		}
	}
	var many []string
	for i := range MaxBookmarks + 1 {
		many = append(many, fmt.Sprint("/", i))
	}
	if err := p.SaveFiles(t.Context(), portsScope, FilesSettings{Bookmarks: many}); !errors.Is(err, ErrTooManyBookmarks) {
		t.Errorf("one bookmark too many: %v", err)
	}
	wantFiles(t, p, portsScope)
}

func TestFoldersThatCannotBeUnderstoodAreLeftOut(t *testing.T) {
	for text, want := range map[string][]string{
		`{"files":{"t1/admin/1234":{"bookmarks":["/a",7,"b","/a","/c",null,"\u002fd"]}}}`: {"/a", "/c", "/d"},
		`{"files":{"t1/admin/1234":{"bookmarks":{"a":"/a"}}}}`:                            nil,
		`{"files":{"t1/admin/1234":[]}}`:                                                  nil,
		`{"files":7}`:                                                                     nil,
		`nonsense`:                                                                        nil,
	} {
		p, memory := openMemory(t)
		if err := memory.WriteFile(settingsFile, []byte(text)); err != nil {
			t.Fatal(err)
		}
		wantFiles(t, p, portsScope, want...)
	}
}
