package server_test

import (
	"encoding/json"
	"net/http"
	"strings"
	"testing"
	"testing/fstest"

	"porthole/server"
	"porthole/server/standin"
	"porthole/ssh/wire"
)

// forwardTree is a built page with what lives on a forward's origin.
func forwardTree() fstest.MapFS {
	tree := fstest.MapFS{"index.html": {Data: []byte("<!doctype html>shell")}}
	for _, name := range []string{"sw.js", "bridge.js", "bootstrap.js", "viewer.js"} {
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

func decode(t *testing.T, a answer, into any) {
	t.Helper()
	if err := json.Unmarshal([]byte(a.body), into); err != nil {
		t.Fatalf("%d %s: %v", a.StatusCode, a.body, err)
	}
}

// forward asks for the origin of a target.
func (p *page) forward(request wire.ForwardRequest) wire.ForwardOrigin {
	p.t.Helper()
	a := p.do(http.MethodPost, "/api/forwards", body(p.t, request))
	var origin wire.ForwardOrigin
	decode(p.t, a, &origin)
	if a.StatusCode != http.StatusOK || origin.Origin == "" {
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
	prologue := `self.portholeForward={"apps":["` + w.base + `"],"viewer":"","mirror":true};` + "\n"
	a := at.do(http.MethodGet, "/", "", "Service-Worker", "script", "Sec-Fetch-Dest", "serviceworker")
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

func TestAForwardBelongsToOnePersonAndTarget(t *testing.T) {
	w := newWorld(t, options{config: withTree, standin: func(o *standin.Options) {
		o.Users = append(o.Users, standin.User{Name: "cleo", Password: "cleo-secret-6", Roles: o.Users[0].Roles})
	}})
	p := w.signIn("anna", annaPassword)
	origin := p.forward(target)
	same := target
	same.Host = "LocalHost"
	if again := w.signIn("anna", annaPassword).forward(same); again != origin {
		t.Errorf("another login of the same person: got %+v, want %+v", again, origin)
	}
	if other := w.signIn("cleo", "cleo-secret-6").forward(target); other.ID == origin.ID {
		t.Error("two people share an origin")
	}
	elsewhere := target
	elsewhere.Port++
	if other := p.forward(elsewhere); other.ID == origin.ID {
		t.Error("two ports share an origin")
	}
}

func TestOriginsOutliveARestartWithAStateFolder(t *testing.T) {
	folder := t.TempDir()
	ids := make(map[string]bool)
	for range 2 {
		w := newWorld(t, options{config: func(c *server.Config) { c.StateDir = folder }})
		ids[w.signIn("anna", annaPassword).forward(target).ID] = true
		w.stop()
	}
	if len(ids) != 1 {
		t.Errorf("ids of two starts: %v", ids)
	}
}

func TestForwardsAreRefusedToWhomTheTenantRefusesConnections(t *testing.T) {
	w := newWorld(t, options{})
	request := body(t, target)
	wantProblem(t, w.do(http.MethodPost, "/api/forwards", request, "Origin", w.base, "Content-Type", "application/json"), 401, wire.CodeNotSignedIn)
	wantProblem(t, w.signIn("bert", bertPassword).do(http.MethodPost, "/api/forwards", request), 403, wire.CodeForbidden)
	p := w.signIn("anna", annaPassword)
	unknown := target
	unknown.Device = "99"
	wantProblem(t, p.do(http.MethodPost, "/api/forwards", body(t, unknown)), 404, wire.CodeNotFound)
	wantProblem(t, p.do(http.MethodPost, "/api/forwards", "{"), 400, wire.CodeInvalid)
	wantProblem(t, p.do(http.MethodGet, "/api/forwards", ""), 405, wire.CodeInvalid)
	for name, change := range map[string]func(*wire.ForwardRequest){
		"path as device": func(r *wire.ForwardRequest) { r.Device = "1234/../1" },
		"raw tcp":        func(r *wire.ForwardRequest) { r.Scheme = "tcp" }, // P18
		"host with path": func(r *wire.ForwardRequest) { r.Host = "localhost/x" },
		"line end":       func(r *wire.ForwardRequest) { r.Host = "a\r\nb" },
		"port 0":         func(r *wire.ForwardRequest) { r.Port = 0 },
	} {
		bad := target
		change(&bad)
		t.Run(name, func(t *testing.T) {
			wantProblem(t, p.do(http.MethodPost, "/api/forwards", body(t, bad)), 400, wire.CodeInvalid)
		})
	}
}

func TestAForwardsOriginServesItsOwnFilesAndNothingElse(t *testing.T) {
	w := newWorld(t, options{config: withTree})
	p := w.signIn("anna", annaPassword)
	at := w.at(p.forward(target).Origin)
	login := []string{"Cookie", "theme=dark; __Host-porthole=" + p.cookie}
	const synchronous = "A synchronous XMLHttpRequest cannot pass the tunnel"
	for _, c := range []struct {
		name, method, path string
		headers            []string
		status             int
		contains           string
	}{
		{"bridge", "GET", "/.fwd/bridge", []string{"Sec-Fetch-Dest", "iframe"}, 200, "bridge"},
		{"bridge, head", "HEAD", "/.fwd/bridge", nil, 200, ""},
		{"bridge's script", "GET", "/.fwd/bridge.js", []string{"Sec-Fetch-Dest", "script"}, 200, "self.portholeForward="},
		{"shim, which the service worker has", "GET", "/.fwd/shim.js", []string{"Sec-Fetch-Dest", "script"}, 404, ""},
		{"bootstrap's script", "GET", "/.fwd/bootstrap.js", nil, 200, "/* bootstrap.js */"},
		{"page in a frame", "GET", "/", []string{"Sec-Fetch-Dest", "iframe"}, 200, "bootstrap"},
		{"page, old browser", "GET", "/a", []string{"Accept", "text/html,*/*;q=0.8"}, 200, "bootstrap"},
		{"path of the health check", "GET", "/healthz", []string{"Sec-Fetch-Dest", "document"}, 200, "bootstrap"},
		{"form without a worker", "POST", "/label", []string{"Sec-Fetch-Dest", "document"}, 421, "Nothing was sent to the device"},
		{"synchronous request (P19)", "GET", "/api", []string{"Sec-Fetch-Dest", "empty"}, 421, synchronous},
		{"image", "GET", "/x.png", []string{"Sec-Fetch-Dest", "image"}, 421, ""},
		{"websocket", "GET", "/ws", []string{"Upgrade", "websocket", "Connection", "Upgrade"}, 421, "WebSocket"},
		{"our worker", "GET", "/", []string{"Service-Worker", "script"}, 200, "/* sw.js */"},
		{"our worker with a query (P13)", "GET", "/?x", []string{"Service-Worker", "script"}, 403, ""},
		{"our worker, posted (P13)", "POST", "/", []string{"Service-Worker", "script"}, 403, ""},
		{"our worker's file", "GET", "/.fwd/sw.js", nil, 404, ""},
		{"page's own worker (P13)", "GET", "/sw.js", []string{"Service-Worker", "script"}, 403, ""},
		{"bridge as a worker (P13)", "GET", "/.fwd/bridge.js", []string{"Service-Worker", "script"}, 403, ""},
		{"viewer where there is none", "GET", "/.fwd/viewer", nil, 404, ""},
		{"unknown file", "GET", "/.fwd/../index.html", nil, 404, ""},
		{"encoded path", "GET", "/%2efwd/bridge", nil, 421, ""},
		{"post to a file", "POST", "/.fwd/bridge", nil, 405, ""},
		// The app's paths do not exist here, whoever is signed in.
		{"api", "GET", "/api/login", login, 421, synchronous},
		{"api of the tenant", "GET", "/user/currentUser", login, 421, ""},
		{"shell", "GET", "/devices/1234", login, 421, ""},
		{"sign-in", "POST", "/api/login", []string{"Content-Type", "application/json"}, 421, ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			a := at.do(c.method, c.path, "", c.headers...)
			if a.StatusCode != c.status || !strings.Contains(a.body, c.contains) {
				t.Errorf("got %d %q, want %d with %q", a.StatusCode, a.body, c.status, c.contains)
			}
			cache := "no-store"
			if a.StatusCode == http.StatusOK && strings.HasSuffix(c.path, ".js") {
				cache = "no-cache"
			}
			for name, want := range map[string]string{
				"Cache-Control": cache, "Origin-Agent-Cluster": "?1", "X-Content-Type-Options": "nosniff", "Referrer-Policy": "same-origin",
				"Cross-Origin-Opener-Policy": "same-origin", "Set-Cookie": "",
			} {
				if got := a.Header.Get(name); got != want {
					t.Errorf("%s: got %q, want %q", name, got, want)
				}
			}
			if !strings.Contains(a.Header.Get("Content-Security-Policy"), "default-src 'none'") {
				t.Errorf("policy: got %q", a.Header.Get("Content-Security-Policy"))
			}
		})
	}
	if strings.Contains(w.log.String(), "theme=dark") || strings.Contains(w.log.String(), p.cookie) {
		t.Error("a cookie is in the log")
	}
}

func TestOnlyTheAppFramesABridge(t *testing.T) {
	w := newWorld(t, options{config: withTree})
	at := w.at(w.signIn("anna", annaPassword).forward(target).Origin)
	for path, ancestors := range map[string]string{"/.fwd/bridge": w.base, "/page": "'self' " + w.base} {
		a := at.do(http.MethodGet, path, "", "Sec-Fetch-Dest", "iframe")
		policy := a.Header.Get("Content-Security-Policy")
		if !strings.HasSuffix(policy, "frame-ancestors "+ancestors) || !strings.Contains(policy, "script-src 'self';") || strings.Contains(policy, "unsafe-eval") {
			t.Errorf("%s: got %q", path, policy)
		}
		if a.Header.Get("X-Frame-Options") != "" {
			t.Errorf("%s: X-Frame-Options would keep the app out", path)
		}
	}
}

func TestOnlyIDsAreOriginsOfForwards(t *testing.T) {
	w := newWorld(t, options{config: withTree})
	host := strings.TrimPrefix(w.base, "http://")
	id := w.signIn("anna", annaPassword).forward(target).ID
	for _, name := range []string{
		"fwd." + host, "view.fwd." + host, "x.fwd." + host, id[1:] + ".fwd." + host, id + "a.fwd." + host, "0" + id[1:] + ".fwd." + host,
		id + "." + id + ".fwd." + host, id + "." + host, id + ".fwd.porthole.localhost", id + ".fwd." + host + ".evil.example",
	} {
		wantProblem(t, w.do(http.MethodGet, "/", "", "Host", name), 421, wire.CodeMisdirected)
	}
	if a := w.do(http.MethodGet, "/", "", "Host", strings.ToUpper(id+".fwd.porthole.localhost.")+host[strings.Index(host, ":"):], "Sec-Fetch-Dest", "document"); a.StatusCode != http.StatusOK {
		t.Errorf("in capitals and with a dot: got %d", a.StatusCode)
	}
}

func TestWithoutABuildAForwardSaysHowToBuild(t *testing.T) {
	w := newWorld(t, options{})
	at := w.at(w.signIn("anna", annaPassword).forward(target).Origin)
	if a := at.do(http.MethodGet, "/", "", "Sec-Fetch-Dest", "document"); a.StatusCode != 503 || !strings.Contains(a.body, "make web") {
		t.Errorf("got %d %s", a.StatusCode, a.body)
	}
}

// P9: a page of a device is of the app's site, so the browser sends the app's cookie with
// what it asks of the app.
func TestAForwardPageCannotUseTheLoginBesideIt(t *testing.T) {
	w := newDeviceWorld(t, options{})
	p := w.signIn("anna", annaPassword)
	evil := p.forward(target).Origin
	cookie := "__Host-porthole=" + p.cookie
	configurations := "/service/remoteaccess/devices/1234/configurations"
	for _, c := range []struct{ method, path, body string }{
		{"POST", "/api/forwards", body(t, target)},
		{"POST", "/api/login", loginBody("bert", bertPassword, "")},
		{"DELETE", "/api/login", ""},
		{"GET", "/api/login", ""},
		{"GET", "/user/currentUser", ""},
		{"POST", configurations, `{"name":"x"}`},
		{"DELETE", configurations + "/1", ""},
	} {
		for _, origin := range [][]string{{"Origin", evil}, {"Origin", w.base}, {"Origin", "null"}} {
			headers := append([]string{"Cookie", cookie, "Sec-Fetch-Site", "same-site", "Content-Type", "application/json"}, origin...)
			wantProblem(t, w.do(c.method, c.path, c.body, headers...), http.StatusForbidden, wire.CodeForeignOrigin)
		}
	}
	for name, header := range map[string]http.Header{
		"same-site":           {"Origin": {evil}, "Sec-Fetch-Site": {"same-site"}},
		"without fetch site":  {"Origin": {evil}},
		"without any origin":  {},
		"from a sandboxed":    {"Origin": {"null"}},
		"another forward":     {"Origin": {strings.Replace(evil, "//", "//a", 1)}},
		"origin twice":        {"Origin": {w.base, evil}},
		"app's under https":   {"Origin": {strings.Replace(w.base, "http", "https", 1)}},
		"app's with a suffix": {"Origin": {w.base + ".evil.example"}},
	} {
		header.Set("Cookie", cookie)
		_, response, err := w.dial(t.Context(), "3", "", header)
		if err == nil || response == nil || response.StatusCode != http.StatusForbidden {
			t.Errorf("websocket, %s: got %v %v, want 403", name, response, err)
		}
	}
	echo(t, p.open("3"), "the login still works")
}

func TestScriptsOfAForwardAreSentOnceAndSmall(t *testing.T) {
	tree := forwardTree()
	tree["fwd/bridge.js"] = &fstest.MapFile{Data: []byte(strings.Repeat("/* bridge */", 2000))}
	w := newWorld(t, options{config: func(c *server.Config) { c.Assets = tree }})
	at := w.at(w.signIn("anna", annaPassword).forward(target).Origin)
	plain := at.do(http.MethodGet, "/.fwd/bridge.js", "", "Accept-Encoding", "br")
	small := at.do(http.MethodGet, "/.fwd/bridge.js", "", "Accept-Encoding", "br, gzip")
	if plain.Header.Get("Content-Encoding") != "" || small.Header.Get("Content-Encoding") != "gzip" || len(small.body) > len(plain.body)/10 {
		t.Errorf("got %q of %d bytes, %q of %d", plain.Header.Get("Content-Encoding"), len(plain.body), small.Header.Get("Content-Encoding"), len(small.body))
	}
	for encoding, tag := range map[string]string{"br": plain.Header.Get("ETag"), "gzip": small.Header.Get("ETag")} {
		if a := at.do(http.MethodGet, "/.fwd/bridge.js", "", "Accept-Encoding", encoding, "If-None-Match", tag); a.StatusCode != http.StatusNotModified || a.body != "" {
			t.Errorf("%s again: got %d with %d bytes", encoding, a.StatusCode, len(a.body))
		}
	}
	// P27: a new build reaches pages that are open.
	tree["fwd/bridge.js"] = &fstest.MapFile{Data: []byte("/* a later bridge */")}
	if a := at.do(http.MethodGet, "/.fwd/bridge.js", "", "Accept-Encoding", "br", "If-None-Match", plain.Header.Get("ETag")); a.StatusCode != 200 || !strings.Contains(a.body, "later") {
		t.Errorf("after another build: got %d %q", a.StatusCode, a.body)
	}
}
