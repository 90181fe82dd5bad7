package profile

import (
	"encoding/json"
	"errors"
	"fmt"
	"reflect"
	"strings"
	"testing"
)

var portsScope = PortsScope{Tenant: "t1", Principal: "admin", Device: "1234"}

func somePorts() PortsSettings {
	return PortsSettings{
		Bookmarks: []Bookmark{
			{Name: "Flows \"1\" \u2028", Scheme: "http", Host: "localhost", Port: 1880, Path: "/red?a=b"},
			{Scheme: "https", Host: "::1", Port: 65535, Path: "/"},
		},
		Opened: []string{"http://localhost:1880", "https://[::1]:65535"},
		Agreed: []string{"7"},
	}
}

func wantPorts(t *testing.T, p *Profile, scope PortsScope, want PortsSettings) {
	t.Helper()
	got, err := p.Ports(t.Context(), scope)
	if err != nil || !reflect.DeepEqual(got, want) {
		t.Errorf("ports %+v, %v; want %+v", got, err, want)
	}
}

func TestPagesAreRememberedPerPersonAndDevice(t *testing.T) {
	p, memory := openMemory(t)
	wantPorts(t, p, portsScope, PortsSettings{})
	if err := p.SavePorts(t.Context(), portsScope, somePorts()); err != nil {
		t.Fatal(err)
	}
	if err := p.SaveSettings(t.Context(), scope, Settings{User: "pi", Credential: CredentialKey}); err != nil {
		t.Fatal(err)
	}
	p = openOn(t, memory)
	wantPorts(t, p, portsScope, somePorts())
	if s, err := p.Settings(t.Context(), scope); err != nil || s.User != "pi" {
		t.Errorf("settings %+v, %v", s, err)
	}
	for _, other := range []PortsScope{
		{Tenant: "t1", Principal: "else", Device: "1234"},
		{Tenant: "t2", Principal: "admin", Device: "1234"},
		{Tenant: "t1", Principal: "admin", Device: "9"},
		{Tenant: "t1/admin", Principal: "1234"},
	} {
		wantPorts(t, p, other, PortsSettings{})
	}
	if err := p.SavePorts(t.Context(), portsScope, PortsSettings{}); err != nil {
		t.Fatal(err)
	}
	wantPorts(t, p, portsScope, PortsSettings{})
	text, _ := read(memory, settingsFile)
	if !json.Valid(text) {
		t.Errorf("settings.json is no JSON:\n%s", text)
	}
}

func TestWhatIsRememberedOfPagesIsBounded(t *testing.T) {
	p, _ := openMemory(t)
	var settings PortsSettings
	for i := range MaxBookmarks + 1 {
		settings.Bookmarks = append(settings.Bookmarks, Bookmark{Scheme: "http", Host: "h", Port: i + 1, Path: "/"})
	}
	if err := p.SavePorts(t.Context(), portsScope, settings); !errors.Is(err, ErrTooManyBookmarks) {
		t.Errorf("one bookmark too many: %v", err)
	}
	settings.Bookmarks = settings.Bookmarks[:MaxBookmarks]
	for i := range MaxOpened + 10 {
		settings.Opened = append(settings.Opened, fmt.Sprint(i))
	}
	settings.Opened = append(settings.Opened, "10", strings.Repeat("x", maxPortsText+1))
	if err := p.SavePorts(t.Context(), portsScope, settings); err != nil {
		t.Fatal(err)
	}
	got, err := p.Ports(t.Context(), portsScope)
	if err != nil || len(got.Bookmarks) != MaxBookmarks || len(got.Opened) != MaxOpened {
		t.Fatalf("%d bookmarks, %d opened, %v", len(got.Bookmarks), len(got.Opened), err)
	}
	if first, last := got.Opened[0], got.Opened[MaxOpened-1]; first != "11" || last != "10" {
		t.Errorf("kept from %q to %q, want the last 500, the last use of each", first, last)
	}
}

func TestABookmarkThatLeadsNowhereIsRefused(t *testing.T) {
	p, _ := openMemory(t)
	good := Bookmark{Scheme: "http", Host: "h", Port: 80, Path: "/"}
	for name, change := range map[string]func(*Bookmark){
		"scheme": func(b *Bookmark) { b.Scheme = "javascript" }, "host": func(b *Bookmark) { b.Host = "" },
		"port 0": func(b *Bookmark) { b.Port = 0 }, "port 65536": func(b *Bookmark) { b.Port = 65536 },
		"path": func(b *Bookmark) { b.Path = "x" }, "long": func(b *Bookmark) { b.Name = strings.Repeat("x", maxPortsText+1) },
	} {
		bad := good
		change(&bad)
		if err := p.SavePorts(t.Context(), portsScope, PortsSettings{Bookmarks: []Bookmark{bad}}); !errors.Is(err, ErrBookmark) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// FuzzPorts reads any settings.json: what comes out can be saved and comes out again.
func FuzzPorts(f *testing.F) {
	f.Add(`{"ports":{"t1/admin/1234":{"bookmarks":[{"name":"a","scheme":"http","host":"h","port":80,"path":"/"}],"opened":["x",1],"agreed":[]}}}`)
	f.Add(`{"ports":{"t1/admin/1234":{"bookmarks":[1,{},{"port":1e3},[]],"opened":{},"agreed":["a","a"]}},"configurations":7}`)
	f.Add(`{"ports":[]}`)
	f.Add(`{`)
	f.Fuzz(func(t *testing.T, text string) {
		memory, err := Memory()
		if err != nil {
			t.Fatal(err)
		}
		if err := memory.WriteFile(settingsFile, []byte(text)); err != nil {
			t.Fatal(err)
		}
		p := openOn(t, memory)
		got, err := p.Ports(t.Context(), portsScope)
		if err != nil {
			t.Fatal(err)
		}
		if err := p.SavePorts(t.Context(), portsScope, got); err != nil {
			t.Fatalf("%+v cannot be saved: %v", got, err)
		}
		wantPorts(t, p, portsScope, got)
	})
}

// FuzzArray compares with encoding/json.
func FuzzArray(f *testing.F) {
	for _, seed := range []string{`[]`, `[1]`, `[1,"a",{"b":[]}]`, ` [ 1 , 2 ] `, `[1,]`, `[,1]`, `[1 2]`, `[1]x`, `[`, `null`, `{}`} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		if strings.Count(string(text), "[")+strings.Count(string(text), "{") > maxDepth {
			return // deeper than we read
		}
		var want []json.RawMessage
		wantOK := json.Unmarshal(text, &want) == nil && want != nil
		got, ok := parseArray(text)
		if ok != wantOK {
			t.Fatalf("%q: %v, encoding/json says %v", text, ok, wantOK)
		}
		for i := 0; ok && i < len(want); i++ {
			if len(got) != len(want) || string(got[i]) != string(want[i]) {
				t.Fatalf("%q: %q, want %q", text, got, want)
			}
		}
	})
}
