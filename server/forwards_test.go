package server_test

import (
	"encoding/json"
	"net/http"
	"strings"
	"testing"
	"testing/fstest"

	"porthole/server"
	"porthole/ssh/wire"
)

// forwardTree is a built page with what lives on a forward's origin.
func forwardTree() fstest.MapFS {
	tree := fstest.MapFS{"index.html": {Data: []byte("<!doctype html>shell")}}
	for _, name := range []string{"sw.js", "bridge.js", "bootstrap.js", "shim.js", "viewer.js"} {
		tree["fwd/"+name] = &fstest.MapFile{Data: []byte("/* " + name + " */")}
	}
	for _, name := range []string{"bridge", "bootstrap", "viewer"} {
		tree["fwd/"+name+".html"] = &fstest.MapFile{Data: []byte("<!doctype html>" + name)}
	}
	return tree
}

func withTree(c *server.Config) { c.Assets = forwardTree() }

// target is what the tests forward to.
var target = wire.ForwardRequest{Device: "1234", Scheme: "http", Host: "127.0.0.1", Port: 1880}

func body(t *testing.T, value any) string {
	t.Helper()
	data, err := json.Marshal(value)
	if err != nil {
		t.Fatal(err)
	}
	return string(data)
}

// forward asks for the origin of a target.
func (p *page) forward(request wire.ForwardRequest) wire.ForwardOrigin {
	p.t.Helper()
	a := p.do(http.MethodPost, "/api/forwards", body(p.t, request))
	var origin wire.ForwardOrigin
	if err := json.Unmarshal([]byte(a.body), &origin); err != nil || a.StatusCode != http.StatusOK || origin.Origin == "" {
		p.t.Fatalf("forward %+v: got %d %s", request, a.StatusCode, a.body)
	}
	return origin
}

// at is the world as seen from another origin of the same gateway.
func (w *world) at(origin string) *world {
	other := *w
	other.base = origin
	return &other
}

func TestAForwardHasAnOriginOfItsOwn(t *testing.T) {
	w := newWorld(t, options{config: withTree})
	p := w.signIn("anna", annaPassword)
	origin := p.forward(target)
	if want := "http://" + origin.ID + ".fwd." + strings.TrimPrefix(w.base, "http://"); origin.Origin != want || len(origin.ID) != wire.ForwardIDLength {
		t.Errorf("origin: got %+v, want %s", origin, want)
	}
	at := w.at(origin.Origin)
	a := at.do(http.MethodGet, "/.fwd/sw.js", "", "Service-Worker", "script", "Sec-Fetch-Dest", "serviceworker")
	prologue := `self.portholeForward={"apps":["` + w.base + `"],"viewer":"","mirror":true};` + "\n"
	if a.StatusCode != http.StatusOK || a.body != prologue+"/* sw.js */" || a.Header.Get("Service-Worker-Allowed") != "/" {
		t.Errorf("service worker: got %d %q, allowed %q", a.StatusCode, a.body, a.Header.Get("Service-Worker-Allowed"))
	}
	a = at.do(http.MethodGet, "/some/page?of=the-device", "", "Sec-Fetch-Dest", "document")
	if a.StatusCode != http.StatusOK || !strings.Contains(a.body, "bootstrap") || a.Header.Get("Cache-Control") != "no-store" {
		t.Errorf("navigation: got %d %q", a.StatusCode, a.body)
	}
	if a = p.do(http.MethodGet, "/api/config", ""); !strings.Contains(a.body, `"forwards":{"kind":"subdomain","plain":"ask","viewer":""}`) {
		t.Errorf("config: got %s", a.body)
	}
}
