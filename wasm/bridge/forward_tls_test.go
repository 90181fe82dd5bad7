//go:build js

package bridge_test

import (
	"io"
	"net/http"
	"strings"
	"syscall/js"
	"testing"
	"time"

	"porthole/ssh/sshtest"
)

// newSecurePages is newPages with a certificate that no root vouches for.
func newSecurePages(t *testing.T, answer string) (p *pages, asked js.Value) {
	t.Helper()
	d := &device{tls: true}
	d.serve(t, http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, "secret page") }))
	w := newWorld(t, sshtest.Options{Direct: func(string, int) error { return nil }, Dial: d.dial})
	p = &pages{world: w, device: d, connection: w.open(nil)}
	return p, p.openSecure(answer)
}

// openSecure makes the forward; the answer to the question is JavaScript.
func (p *pages) openSecure(answer string) (asked js.Value) {
	p.t.Helper()
	asked = js.Global().Get("Array").New()
	ask := js.Global().Get("Function").New("asked", "return (question) => { asked.push(question); return "+answer+"; };").Invoke(asked)
	config := forwardConfig(map[string]any{"scheme": "https", "port": 8443})
	p.forward = p.await(p.connection.Call("forward", config, map[string]any{"askCertificate": ask}))
	return asked
}

func TestACertificateIsAskedAboutOnceAndPinned(t *testing.T) {
	p, asks := newSecurePages(t, "Promise.resolve(true)")
	for range 3 {
		if _, body := p.get("/"); body != "secret page" {
			t.Errorf("page %q", body)
		}
	}
	if asks.Length() != 1 {
		t.Fatalf("asked %d times", asks.Length())
	}
	q := asks.Index(0)
	if got := q.Get("name").String(); got != "[localhost.1234.t1]:8443" {
		t.Errorf("name %q", got)
	}
	if !strings.HasPrefix(q.Get("fingerprint").String(), "SHA256:") || !strings.Contains(q.Get("subject").String(), "Acme") {
		t.Errorf("question %s", js.Global().Get("JSON").Call("stringify", q))
	}
	for _, name := range []string{"notBefore", "notAfter"} {
		if _, err := time.Parse(time.RFC3339, q.Get(name).String()); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
	p.await(p.forward.Call("close"))
	asks = p.openSecure("Promise.resolve(false)")
	if _, body := p.get("/"); body != "secret page" || asks.Length() != 0 {
		t.Errorf("a known certificate was asked about %d times", asks.Length())
	}
	keeper := p.await(p.bridge.Call("profile"))
	known := p.await(keeper.Call("knownCertificates", "t1", "1234"))
	if known.Length() != 1 || known.Index(0).Get("fingerprint").String() != q.Get("fingerprint").String() {
		t.Errorf("known certificates %s", js.Global().Get("JSON").Call("stringify", known))
	}
}

func TestNothingButTrueAcceptsACertificate(t *testing.T) {
	p, _ := newSecurePages(t, "1")
	for _, answer := range []string{"1", "'true'", "undefined", "Promise.resolve({})", "Promise.resolve(false)", "Promise.reject(new Error('x'))"} {
		t.Log(answer)
		p.openSecure(answer)
		p.rejects(p.forward.Call("request", asked("GET", "/", nil), nil), "certificate_denied")
	}
}

func TestAChangedCertificateIsRefusedAndExplained(t *testing.T) {
	p, _ := newSecurePages(t, "Promise.resolve(true)")
	if err := p.keeps.AddCertificate(t.Context(), "[localhost.1234.t1]:8443", "SHA256:another"); err != nil {
		t.Fatal(err)
	}
	asks := p.openSecure("Promise.resolve(true)")
	thrown := p.rejects(p.forward.Call("request", asked("GET", "/", nil), nil), "certificate_change")
	detail := thrown.Get("detail")
	if asks.Length() != 0 || detail.Get("name").String() != "[localhost.1234.t1]:8443" ||
		detail.Get("known").Index(0).String() != "SHA256:another" || !strings.HasPrefix(detail.Get("offered").String(), "SHA256:") {
		t.Errorf("asked %d times, detail %s", asks.Length(), js.Global().Get("JSON").Call("stringify", detail))
	}
	keeper := p.await(p.bridge.Call("profile"))
	p.rejects(keeper.Call("removeKnownCertificate", ""), "invalid")
	p.await(keeper.Call("removeKnownCertificate", "[localhost.1234.t1]:8443"))
	if _, body := p.get("/"); body != "secret page" || asks.Length() != 1 {
		t.Errorf("after the old one was removed: asked %d times, page %q", asks.Length(), body)
	}
}

func TestPagesAreRememberedThroughTheBridge(t *testing.T) {
	w := newWorld(t, sshtest.Options{})
	keeper := w.await(w.bridge.Call("profile"))
	scope := map[string]any{"tenant": "t1", "principal": "admin", "deviceId": "1234"}
	bookmark := func(port any) map[string]any {
		return map[string]any{"name": "Flows", "scheme": "http", "host": "localhost", "port": port, "path": "/red"}
	}
	settings := map[string]any{
		"bookmarks": []any{bookmark(1880)}, "opened": []any{"http://localhost:1880"}, "agreed": []any{"7"},
	}
	text := func(v js.Value) string { return js.Global().Get("JSON").Call("stringify", v).String() }
	if got, want := text(w.await(keeper.Call("ports", scope))), `{"agreed":[],"bookmarks":[],"opened":[]}`; !sameJSON(got, want) {
		t.Errorf("nothing remembered is %s", got)
	}
	w.await(keeper.Call("savePorts", scope, settings))
	if got := w.await(keeper.Call("ports", scope)); !sameJSON(text(got), text(js.ValueOf(settings))) {
		t.Errorf("remembered %s", text(got))
	}
	for name, bad := range map[string]any{
		"nothing": nil, "no lists": map[string]any{}, "a port as text": map[string]any{"bookmarks": []any{bookmark("80")}, "opened": []any{}, "agreed": []any{}},
		"bookmarks of numbers": map[string]any{"bookmarks": []any{1}, "opened": []any{}, "agreed": []any{}},
		"opened of numbers":    map[string]any{"bookmarks": []any{}, "opened": []any{1}, "agreed": []any{}},
		"too many":             map[string]any{"bookmarks": js.Global().Get("Array").New(201).Call("fill", bookmark(80)), "opened": []any{}, "agreed": []any{}},
		"leads nowhere": map[string]any{"opened": []any{}, "agreed": []any{}, "bookmarks": []any{
			map[string]any{"name": "", "scheme": "ftp", "host": "h", "port": 1, "path": "/"},
		}},
	} {
		t.Log(name)
		w.rejects(keeper.Call("savePorts", scope, bad), "invalid")
	}
	w.rejects(keeper.Call("ports", map[string]any{"tenant": "t1"}), "invalid")
	w.rejects(keeper.Call("knownCertificates", "t1"), "invalid")
}

// sameJSON compares objects whose members may stand in any order.
func sameJSON(a, b string) bool {
	sorted := func(text string) string {
		return js.Global().Get("Function").New("text", `
			const sort = (v) => Array.isArray(v) ? v.map(sort) : v !== null && typeof v === "object"
				? Object.fromEntries(Object.keys(v).sort().map((k) => [k, sort(v[k])])) : v;
			return JSON.stringify(sort(JSON.parse(text)));`).Invoke(text).String()
	}
	return sorted(a) == sorted(b)
}
