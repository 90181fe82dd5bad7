package forward

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"
)

var cookieClock = time.Date(2026, 11, 21, 12, 0, 0, 0, time.UTC)

func testJar(t Target) *jar { return newJar(t, func() time.Time { return cookieClock }) }

var (
	deviceTarget = Target{"http", "localhost", 80}
	routerTarget = Target{"http", "192.0.2.7", 80}
	secureTarget = Target{"https", "192.0.2.7", 443}
)

func TestCookiesAreSentWhereTheyBelong(t *testing.T) {
	tests := []struct {
		name, set, at, path, want string
		target                    Target
	}{
		{name: "plain", set: "a=b", at: "/", path: "/x", want: "a=b"},
		{name: "default path", set: "a=b", at: "/app/page?q", path: "/app/other", want: "a=b"},
		{name: "outside the default path", set: "a=b", at: "/app/page", path: "/other", want: ""},
		{name: "Path", set: "a=b; Path=/app", at: "/", path: "/app/x", want: "a=b"},
		{name: "Path of another name", set: "a=b; Path=/app", at: "/", path: "/apple", want: ""},
		{name: "Path that is none", set: "a=b; Path=app", at: "/x/y", path: "/x/z", want: "a=b"},
		{name: "Domain of the app", set: "a=b; Domain=app.example.com", at: "/", path: "/", want: "a=b"},
		{name: "value with quotes and spaces", set: `a={"b": "c d"}`, at: "/", path: "/", want: `a={"b": "c d"}`},
		{name: "value outside ASCII", set: "a=gr\xc3\xbc\xc3\x9fe", at: "/", path: "/", want: "a=grüße"},
		{name: "empty value", set: "a=", at: "/", path: "/", want: "a="},
		{name: "no name", set: "=b", at: "/", path: "/", want: ""},
		{name: "no =", set: "ab", at: "/", path: "/", want: ""},
		{name: "control characters", set: "a=b\x01", at: "/", path: "/", want: ""},
		{name: "too big", set: "a=" + strings.Repeat("x", 4096), at: "/", path: "/", want: ""},
		{name: "expired", set: "a=b; Expires=Thu, 01 Jan 1970 00:00:00 GMT", at: "/", path: "/", want: ""},
		{name: "Max-Age before Expires", set: "a=b; Max-Age=60; Expires=Thu, 01 Jan 1970 00:00:00 GMT", at: "/", path: "/", want: "a=b"},
		{name: "Max-Age of 0", set: "a=b; Max-Age=0", at: "/", path: "/", want: ""},
		{name: "an endless Max-Age", set: "a=b; Max-Age=99999999999999999999", at: "/", path: "/", want: "a=b"},
		{name: "HttpOnly goes too", set: "a=b; HttpOnly", at: "/", path: "/", want: "a=b"},
		{name: "Secure on the device itself", set: "a=b; Secure", at: "/", path: "/", want: "a=b"},
		{name: "Secure over http to another host", target: routerTarget, set: "a=b; Secure", at: "/", path: "/", want: ""},
		{name: "Secure over https", target: secureTarget, set: "a=b; Secure", at: "/", path: "/", want: "a=b"},
		{name: "__Host- without Secure", set: "__Host-a=b; Path=/", at: "/", path: "/", want: ""},
		{name: "__Host- with a path", target: secureTarget, set: "__Host-a=b; Secure; Path=/x", at: "/", path: "/x", want: ""},
		{name: "__Host-", target: secureTarget, set: "__Host-a=b; Secure; Path=/", at: "/", path: "/", want: "__Host-a=b"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if tt.target == (Target{}) {
				tt.target = deviceTarget
			}
			j := testJar(tt.target)
			j.receive([]string{tt.set}, tt.at)
			if got := j.header(tt.path, nil); got != tt.want {
				t.Errorf("got %q, want %q", got, tt.want)
			}
		})
	}
}

func TestLongerPathsAndOlderCookiesComeFirst(t *testing.T) {
	j := testJar(deviceTarget)
	j.receive([]string{"a=1; Path=/", "b=2; Path=/x", "c=3; Path=/", "a=4; Path=/"}, "/")
	if got := j.header("/x/y", nil); got != "b=2; a=4; c=3" {
		t.Errorf("got %q", got)
	}
}

func TestPagesNeverSeeHttpOnlyCookies(t *testing.T) {
	j := testJar(deviceTarget)
	changed := j.receive([]string{"sid=secret; HttpOnly", "theme=dark"}, "/")
	if len(changed) != 1 || changed[0].Name != "theme" {
		t.Errorf("got changes %+v, want theme alone", changed)
	}
	if got := j.visible("/"); got != "theme=dark" {
		t.Errorf("document.cookie is %q", got)
	}
	j.assign("sid=mine", "/")
	j.assign("sid2=x; HttpOnly", "/")
	held := "sid=mine; theme=light"
	if got := j.header("/", &held); got != "sid=secret; theme=light" {
		t.Errorf("got %q: a page's cookie stands for the device's HttpOnly one", got)
	}
	if got := j.header("/", nil); got != "sid=secret; theme=dark" {
		t.Errorf("got %q", got)
	}
	changed = j.receive([]string{"theme=now; HttpOnly"}, "/")
	if len(changed) != 1 || changed[0].Name != "theme" || changed[0].Expires.After(cookieClock) {
		t.Errorf("got changes %+v, want that the browser forgets its copy", changed)
	}
}

func TestWhatSetCookieChangedIsTold(t *testing.T) {
	j := testJar(deviceTarget)
	changed := j.receive([]string{"a=b; Max-Age=60; SameSite=strict; Path=/x", "never=1; Max-Age=-1"}, "/")
	want := Cookie{Name: "a", Value: "b", Path: "/x", Expires: cookieClock.Add(time.Minute), SameSite: SameSiteStrict}
	if len(changed) != 1 || changed[0] != want {
		t.Errorf("got %+v, want %+v", changed, want)
	}
	changed = j.receive([]string{"a=; Max-Age=0; Path=/x"}, "/")
	if len(changed) != 1 || changed[0].Name != "a" || changed[0].Path != "/x" || changed[0].Expires.After(cookieClock) {
		t.Errorf("got %+v, want a deletion", changed)
	}
}

func TestAPagesDeletionsCountWhereTheBrowserHoldsTheCookies(t *testing.T) {
	j := testJar(deviceTarget)
	j.receive([]string{"a=1", "b=2"}, "/")
	held := "b=2; c=3"
	if got := j.header("/", &held); got != "b=2; c=3" {
		t.Errorf("got %q, want what the browser holds", got)
	}
	j.assign("a=; Max-Age=0", "/")
	if got := j.visible("/"); got != "b=2" {
		t.Errorf("got %q", got)
	}
}

// TestCookiesWithAPrefixAreTheDevices: the forward's origin may not fit what the prefix
// demands, so the browser's jar has none, or one that the page made up.
func TestCookiesWithAPrefixAreTheDevices(t *testing.T) {
	const path = "; Secure; Path=/"
	for _, name := range []string{"__Host-sid", "__Secure-sid", "__host-sid", "__SECURE-sid", "__hOsT-sid"} {
		t.Run(name, func(t *testing.T) {
			j := testJar(secureTarget)
			j.receive([]string{name + "=device" + path, "theme=dark"}, "/")
			for held, want := range map[string]string{
				"":             name + "=device",
				"theme=light":  name + "=device; theme=light",
				name + "=page": name + "=device",
				name + "=page; " + name + "=page; theme=x": name + "=device; theme=x",
			} {
				if got := j.header("/", &held); got != want {
					t.Errorf("with %q held: got %q, want %q", held, got, want)
				}
			}
			j.receive([]string{name + "=; Max-Age=0" + path}, "/")
			held := "theme=light"
			if got := j.header("/", &held); got != held {
				t.Errorf("got %q after its deletion, want %q", got, held)
			}
		})
	}
}

func TestTooManyCookiesPushOutTheOldest(t *testing.T) {
	j := testJar(deviceTarget)
	for i := range maxCookies {
		j.receive([]string{fmt.Sprintf("c%d=x", i)}, "/")
	}
	changed := j.receive([]string{"more=x"}, "/")
	if len(j.cookies) != maxCookies || len(changed) != 2 || changed[0].Name != "c0" || changed[0].Expires.After(cookieClock) {
		t.Errorf("got %d cookies and changes %+v, want c0 deleted", len(j.cookies), changed)
	}
	j.clear()
	if got := j.header("/", nil); got != "" {
		t.Errorf("got %q after clear", got)
	}
}

func TestCookieDatesOfManyServers(t *testing.T) {
	want := time.Date(2027, 11, 6, 8, 49, 37, 0, time.UTC)
	for _, text := range []string{
		"Sat, 06 Nov 2027 08:49:37 GMT", "Saturday, 06-Nov-27 08:49:37 GMT", "Sat Nov  6 08:49:37 2027",
		"06-Nov-2027 08:49:37", "2027 Nov 6 8:49:37", "Sat, 6 November 2027 08:49:37 UTC",
	} {
		if got, ok := parseCookieDate(text); !ok || !got.Equal(want) {
			t.Errorf("%q: got %v, %v", text, got, ok)
		}
	}
	for _, text := range []string{"", "tomorrow", "32 Nov 2027 08:49:37", "31 Feb 2027 08:49:37", "6 Nov 2027", "6 Nov 1600 00:00:00", "6 Nov 2027 25:00:00"} {
		if got, ok := parseCookieDate(text); ok {
			t.Errorf("%q: got %v, want no date", text, got)
		}
	}
}

func TestCookiesOfAnswersGoWithTheNextRequest(t *testing.T) {
	d := newDevice(t).serve(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		http.SetCookie(w, &http.Cookie{Name: "sid", Value: "1", HttpOnly: true})
		fmt.Fprint(w, r.Header.Get("Cookie"))
	}))
	f := d.forward(t)
	fetch(t, f, get("/"))
	f.SetCookie("page=2", "/")
	if _, body := fetch(t, f, get("/")); body != "sid=1; page=2" {
		t.Errorf("got %q", body)
	}
	if got := f.Cookies("/"); got != "page=2" {
		t.Errorf("got %q", got)
	}
	f.Clear()
	if _, body := fetch(t, f, get("/")); body != "" {
		t.Errorf("got %q after Clear", body)
	}
}

func FuzzParseCookie(f *testing.F) {
	for _, seed := range []string{"a=b; Path=/; Max-Age=1", "a=b; Expires=Sat, 06 Nov 2027 08:49:37 GMT", "__Host-a=b; Secure", "=;=;=", "a=\xff"} {
		f.Add(seed, "/x/y")
	}
	f.Add("0=", "0/")
	f.Fuzz(func(t *testing.T, text, path string) {
		c, ok := parseCookie(text, path, cookieClock)
		if !ok {
			return
		}
		if c.Name == "" || !strings.HasPrefix(c.Path, "/") || !isFieldValue(c.Name+c.Value) || len(c.Name)+len(c.Value) > maxCookie {
			t.Errorf("got %+v", c)
		}
		j := testJar(secureTarget)
		j.receive([]string{text}, path)
		if head := j.header(c.Path, nil); !isFieldValue(head) {
			t.Errorf("got header %q", head)
		}
	})
}
