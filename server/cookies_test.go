package server_test

import (
	"fmt"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"strings"
	"testing"

	"porthole/server"
)

// flood is a jar that a page of a forward filled for the app's domain.
func flood(t *testing.T, w *world, count, size int) *cookiejar.Jar {
	t.Helper()
	jar, err := cookiejar.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	from, err := url.Parse(strings.Replace(w.base, "//", "//"+strings.Repeat("a", 26)+".fwd.", 1))
	if err != nil {
		t.Fatal(err)
	}
	for i := range count {
		jar.SetCookies(from, []*http.Cookie{{Name: fmt.Sprint("c", i), Value: strings.Repeat("x", size), Domain: "porthole.localhost", Path: "/"}})
	}
	return jar
}

// asBrowser sends a request with a jar's cookies before the login's, and keeps what the
// answer says of cookies.
func (p *page) asBrowser(jar *cookiejar.Jar, method, path string) answer {
	p.t.Helper()
	at, err := url.Parse(p.base + path)
	if err != nil {
		p.t.Fatal(err)
	}
	var line strings.Builder
	for _, cookie := range jar.Cookies(at) {
		line.WriteString(cookie.Name + "=" + cookie.Value + "; ")
	}
	a := p.world.do(method, path, "", "Origin", p.base, "Sec-Fetch-Site", "same-origin", "Cookie", line.String()+"__Host-porthole="+p.cookie)
	jar.SetCookies(at, a.Cookies())
	return a
}

// P28: a page of a forward throws cookies at the app's domain.
func TestAFloodOfCookiesSignsNobodyOut(t *testing.T) {
	w := newDeviceWorld(t, options{config: withTree})
	p := w.signIn("anna", annaPassword)
	for name, c := range map[string]struct{ count, size int }{
		"400 cookies": {400, 10}, "160 kB": {40, 4000}, "900 kB": {225, 4000}, "6,000 cookies": {6000, 1},
	} {
		t.Run(name, func(t *testing.T) {
			jar := flood(t, w, c.count, c.size)
			at, _ := url.Parse(p.base)
			if got := len(jar.Cookies(at)); got != c.count {
				t.Fatalf("the jar has %d cookies for the app, want %d", got, c.count)
			}
			if a := p.asBrowser(jar, http.MethodGet, "/user/currentUser"); a.StatusCode != http.StatusOK || len(a.Cookies()) != 0 {
				t.Fatalf("got %d %s, %d cookies", a.StatusCode, a.body, len(a.Cookies()))
			}
			for loads := 0; len(jar.Cookies(at)) > 50; loads++ {
				if a := p.asBrowser(jar, http.MethodGet, "/"); a.StatusCode != http.StatusOK {
					t.Fatalf("page: got %d", a.StatusCode)
				} else if sum := headerBytes(a.Header); sum > 128<<10 || len(a.Cookies()) > 200 {
					t.Fatalf("an answer with %d bytes of headers, %d cookies", sum, len(a.Cookies()))
				}
				if loads > c.count/90+1 {
					t.Fatalf("%d cookies are left after %d loads of the page", len(jar.Cookies(at)), loads)
				}
			}
			if a := p.asBrowser(jar, http.MethodGet, "/api/login"); a.StatusCode != http.StatusOK {
				t.Errorf("afterwards: got %d, want still signed in", a.StatusCode)
			}
		})
	}
}

func headerBytes(header http.Header) (sum int) {
	for name, values := range header {
		for _, value := range values {
			sum += len(name) + len(value) + 4
		}
	}
	return sum
}

func TestACookieFloodUnderTheSignInsOwnPathIsDropped(t *testing.T) {
	w := newWorld(t, options{config: withTree})
	p := w.signIn("anna", annaPassword)
	a := p.do(http.MethodGet, "/api/login", "", "Cookie", "evil="+strings.Repeat("x", 40<<10))
	got := strings.Join(a.Header.Values("Set-Cookie"), "\n")
	for _, path := range []string{"/", "/api", "/api/login"} {
		for _, domain := range []string{"", "; Domain=porthole.localhost"} {
			if want := "evil=; Path=" + path + domain + "; Max-Age=0; Secure"; !strings.Contains(got+"\n", want+"\n") {
				t.Errorf("no %q in\n%s", want, got)
			}
		}
	}
	if strings.Contains(got, "Domain=localhost") || strings.Contains(got, "__Host-porthole") {
		t.Errorf("too much is dropped:\n%s", got)
	}
}

func TestHonestCookiesOfNeighboursStay(t *testing.T) {
	w := newWorld(t, options{config: withTree})
	p := w.signIn("anna", annaPassword)
	if a := p.asBrowser(flood(t, w, 50, 100), http.MethodGet, "/"); len(a.Header.Values("Set-Cookie")) != 0 {
		t.Errorf("50 small cookies: got %q", a.Header.Values("Set-Cookie"))
	}
	var kept strings.Builder
	for _, name := range []string{"__Host-other", "__host-OTHER", "authorization", "XSRF-TOKEN", "__Host-porthole", "", "a b", "a\tb"} {
		kept.WriteString(name + "=" + strings.Repeat("x", 8<<10) + "; ")
	}
	if a := w.do(http.MethodGet, "/", "", "Cookie", kept.String()); len(a.Header.Values("Set-Cookie")) != 0 {
		t.Errorf("cookies that no forward can have set: got %q", a.Header.Values("Set-Cookie"))
	}
}

// With a second site the app's domain is out of reach: nothing of a forward is a parent
// or a sister of the app's host.
func TestOnASecondSiteNoForwardSharesADomainWithTheApp(t *testing.T) {
	w := newWorld(t, options{config: func(c *server.Config) { withTree(c); c.ForwardSite = "http://usercontent.localhost:0" }})
	at, err := url.Parse(w.signIn("anna", annaPassword).forward(target).Origin)
	if err != nil {
		t.Fatal(err)
	}
	jar, err := cookiejar.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	for _, domain := range []string{"porthole.localhost", "usercontent.localhost", at.Hostname(), ""} {
		jar.SetCookies(at, []*http.Cookie{{Name: "tossed", Value: "1", Domain: domain, Path: "/"}})
	}
	app, err := url.Parse(w.base)
	if err != nil {
		t.Fatal(err)
	}
	if got := jar.Cookies(app); len(got) != 0 || len(jar.Cookies(at)) == 0 {
		t.Errorf("the app gets %v", got)
	}
}
