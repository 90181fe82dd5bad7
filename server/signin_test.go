package server_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"porthole/server"
	"porthole/server/api"
	"porthole/server/standin"
	"porthole/ssh/wire"
)

func TestSignInGivesACookieThatOnlyThisOriginCanHold(t *testing.T) {
	w := newWorld(t, options{})
	p := &page{world: w}
	a := p.do(http.MethodPost, "/api/login", loginBody("anna", annaPassword, ""))
	if a.StatusCode != http.StatusOK {
		t.Fatalf("sign in: got %d %s", a.StatusCode, a.body)
	}
	cookie := a.Header.Get("Set-Cookie")
	for _, want := range []string{"__Host-porthole=", "Path=/", "Secure", "HttpOnly", "SameSite=Strict"} {
		if !strings.Contains(cookie, want) {
			t.Errorf("cookie: got %q, want %q in it", cookie, want)
		}
	}
	for _, not := range []string{"Domain", "Expires", "Max-Age"} {
		if strings.Contains(cookie, not) {
			t.Errorf("cookie: got %q, want no %s", cookie, not)
		}
	}
	var info wire.LoginInfo
	if err := json.Unmarshal([]byte(a.body), &info); err != nil {
		t.Fatalf("login info: %v", err)
	}
	if info.User != "anna" || info.Tenant != "t12345" || !info.RemoteAccess || !info.Until.After(info.IdleUntil) {
		t.Errorf("login info: got %+v", info)
	}
	if len(a.Header.Values("Set-Cookie")) != 1 {
		t.Errorf("cookies: got %q, want only ours", a.Header.Values("Set-Cookie"))
	}
	if a := p.do(http.MethodGet, "/api/login", ""); a.StatusCode != http.StatusOK {
		t.Errorf("GET /api/login: got %d %s", a.StatusCode, a.body)
	}
	if a := p.do(http.MethodGet, "/user/currentUser", ""); a.StatusCode != http.StatusOK || !strings.Contains(a.body, "anna") {
		t.Errorf("current user: got %d %s", a.StatusCode, a.body)
	}
}

func TestSignInRefusals(t *testing.T) {
	w := newWorld(t, options{})
	for _, c := range []struct {
		name, body string
		status     int
		code       wire.ErrorCode
	}{
		{"wrong password", loginBody("anna", "nonsense", ""), 401, wire.CodeSignInRefused},
		{"unknown user", loginBody("nobody", "nonsense", ""), 401, wire.CodeSignInRefused},
		{"TFA asked", loginBody("code", codePassword, ""), 401, wire.CodeTFARequired},
		{"TFA wrong", loginBody("code", codePassword, "111111"), 401, wire.CodeTFARequired},
		{"password expired", loginBody("old", oldPassword, ""), 401, wire.CodePasswordExpired},
		{"no password", loginBody("anna", "", ""), 400, wire.CodeInvalid},
		{"user with a colon", loginBody("anna:x", "y", ""), 400, wire.CodeInvalid},
		{"malformed JSON", `{"user":`, 400, wire.CodeInvalid},
		{"two values", loginBody("anna", "x", "") + "{}", 400, wire.CodeInvalid},
		{"huge body", `{"user":"` + strings.Repeat("a", 1<<20) + `"}`, 413, wire.CodeInvalid},
	} {
		t.Run(c.name, func(t *testing.T) {
			p := &page{world: w}
			a := p.do(http.MethodPost, "/api/login", c.body)
			wantProblem(t, a, c.status, c.code)
			if p.cookie != "" {
				t.Error("a refused sign-in set the cookie")
			}
		})
	}
	p := &page{world: w}
	if a := p.do(http.MethodPost, "/api/login", loginBody("code", codePassword, codeTFA)); a.StatusCode != http.StatusOK {
		t.Errorf("sign-in with TFA code: got %d %s", a.StatusCode, a.body)
	}
	if a := p.do(http.MethodPost, "/api/login", loginBody("t12345/anna", annaPassword, "")); a.StatusCode != http.StatusOK {
		t.Errorf("sign-in as tenant/user: got %d %s", a.StatusCode, a.body)
	}
}

func TestSignInWhereTheTenantHasOnlyBasic(t *testing.T) {
	w := newWorld(t, options{standin: func(o *standin.Options) { o.BasicOnly = true }})
	p := w.signIn("anna", annaPassword)
	if a := p.do(http.MethodGet, "/inventory/managedObjects/1234", ""); a.StatusCode != http.StatusOK {
		t.Errorf("device: got %d %s", a.StatusCode, a.body)
	}
	a := (&page{world: w}).do(http.MethodPost, "/api/login", loginBody("anna", "nonsense", ""))
	wantProblem(t, a, http.StatusUnauthorized, wire.CodeSignInRefused)
	a = (&page{world: w}).do(http.MethodPost, "/api/login", loginBody("old", oldPassword, ""))
	wantProblem(t, a, http.StatusUnauthorized, wire.CodePasswordExpired)
}

func TestSignOutEndsTheLogin(t *testing.T) {
	w := newWorld(t, options{})
	p := w.signIn("anna", annaPassword)
	stolen := p.cookie
	if a := p.do(http.MethodDelete, "/api/login", ""); a.StatusCode != http.StatusNoContent {
		t.Fatalf("sign out: got %d %s", a.StatusCode, a.body)
	}
	p.cookie = stolen
	wantProblem(t, p.do(http.MethodGet, "/api/login", ""), http.StatusUnauthorized, wire.CodeNotSignedIn)
	wantProblem(t, p.do(http.MethodGet, "/user/currentUser", ""), http.StatusUnauthorized, wire.CodeNotSignedIn)
}

// Attack: a cookie planted before the sign-in must not become the login.
func TestPlantedCookieNeverBecomesALogin(t *testing.T) {
	w := newWorld(t, options{})
	planted := strings.Repeat("A", 43)
	p := &page{world: w, cookie: planted}
	if a := p.do(http.MethodPost, "/api/login", loginBody("anna", annaPassword, "")); a.StatusCode != http.StatusOK {
		t.Fatalf("sign in: got %d %s", a.StatusCode, a.body)
	}
	if p.cookie == planted {
		t.Fatal("the planted cookie was taken over")
	}
	attacker := &page{world: w, cookie: planted}
	wantProblem(t, attacker.do(http.MethodGet, "/api/login", ""), http.StatusUnauthorized, wire.CodeNotSignedIn)
}

func TestSigningInAsSomeoneElseEndsTheLoginBefore(t *testing.T) {
	w := newWorld(t, options{})
	p := w.signIn("anna", annaPassword)
	before := p.cookie
	if a := p.do(http.MethodPost, "/api/login", loginBody("bert", bertPassword, "")); a.StatusCode != http.StatusOK {
		t.Fatalf("sign in: got %d %s", a.StatusCode, a.body)
	}
	old := &page{world: w, cookie: before}
	wantProblem(t, old.do(http.MethodGet, "/api/login", ""), http.StatusUnauthorized, wire.CodeNotSignedIn)
}

// Attack: foreign pages that make a browser send requests with its cookie.
func TestForeignPagesCannotUseTheCookie(t *testing.T) {
	w := newWorld(t, options{})
	p := w.signIn("anna", annaPassword)
	cookie := []string{"Cookie", "__Host-porthole=" + p.cookie}
	jsonBody := []string{"Content-Type", "application/json"}
	for _, c := range []struct {
		name, method, path, body string
		headers                  []string
	}{
		{"read from a foreign origin", "GET", "/user/currentUser", "", []string{"Origin", "http://evil.example"}},
		{"read from a sister site", "GET", "/user/currentUser", "", []string{"Sec-Fetch-Site", "same-site"}},
		{"address typed by a trick", "GET", "/user/currentUser", "", []string{"Sec-Fetch-Site", "none"}},
		{"sandboxed page", "GET", "/user/currentUser", "", []string{"Origin", "null"}},
		{"two origins", "GET", "/user/currentUser", "", []string{"Origin", w.base, "Origin", "http://evil.example"}},
		{"other scheme", "GET", "/user/currentUser", "", []string{"Origin", strings.Replace(w.base, "http:", "https:", 1)}},
		{"other port", "GET", "/user/currentUser", "", []string{"Origin", "http://porthole.localhost:1"}},
		{"change without origin", "POST", "/service/remoteaccess/devices/1234/configurations", "{}", jsonBody},
		{"delete without origin", "DELETE", "/service/remoteaccess/devices/1234/configurations/1", "", nil},
		{"sign out without origin", "DELETE", "/api/login", "", nil},
		{"sign-in from a foreign origin", "POST", "/api/login", loginBody("anna", annaPassword, ""), append([]string{"Origin", "http://evil.example"}, jsonBody...)},
		{"sign-in without origin", "POST", "/api/login", loginBody("anna", annaPassword, ""), jsonBody},
	} {
		t.Run(c.name, func(t *testing.T) {
			a := w.do(c.method, c.path, c.body, append(cookie, c.headers...)...)
			wantProblem(t, a, http.StatusForbidden, wire.CodeForeignOrigin)
			if len(a.Cookies()) > 0 {
				t.Errorf("got cookies %v", a.Cookies())
			}
		})
	}
	// A form of a foreign page, which some browsers send without an Origin's mismatch.
	a := w.do("POST", "/api/login", loginBody("anna", annaPassword, ""), "Origin", w.base, "Content-Type", "text/plain")
	wantProblem(t, a, http.StatusUnsupportedMediaType, wire.CodeInvalid)
	if a := p.do(http.MethodGet, "/api/login", ""); a.StatusCode != http.StatusOK {
		t.Errorf("the login did not survive the attacks: %d %s", a.StatusCode, a.body)
	}
}

func TestFailedSignInsAreLimitedBeforeTheTenantIsAsked(t *testing.T) {
	var asked atomic.Int64
	w := newWorld(t, options{tenant: func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if r.URL.Path == "/tenant/oauth" {
				asked.Add(1)
			}
			next.ServeHTTP(w, r)
		})
	}})
	var group sync.WaitGroup
	for range 30 { // at once, as an attacker would
		group.Go(func() {
			(&page{world: w}).do(http.MethodPost, "/api/login", loginBody("Anna", "guess", ""))
		})
	}
	group.Wait()
	if got := asked.Load(); got != 5 {
		t.Errorf("the tenant was asked %d times about one user, want 5", got)
	}
	a := (&page{world: w}).do(http.MethodPost, "/api/login", loginBody("t12345/anna ", annaPassword, ""))
	wantProblem(t, a, http.StatusTooManyRequests, wire.CodeTooManyFailures)
	if after := a.Header.Get("Retry-After"); after == "" || after == "0" {
		t.Errorf("Retry-After: got %q", after)
	}
	for i := range 15 { // 5 + 15: the address has its 20
		(&page{world: w}).do(http.MethodPost, "/api/login", loginBody(fmt.Sprintf("user%d", i), "guess", ""))
	}
	before := asked.Load()
	a = (&page{world: w}).do(http.MethodPost, "/api/login", loginBody("bert", bertPassword, ""))
	wantProblem(t, a, http.StatusTooManyRequests, wire.CodeTooManyFailures)
	a = w.do(http.MethodPost, "/tenant/oauth?tenant_id=t12345", "grant_type=PASSWORD&username=bert&password="+bertPassword, "Content-Type", "application/x-www-form-urlencoded")
	wantProblem(t, a, http.StatusTooManyRequests, wire.CodeTooManyFailures)
	a = w.do(http.MethodGet, "/user/currentUser", "", "Authorization", basic("bert", bertPassword))
	wantProblem(t, a, http.StatusTooManyRequests, wire.CodeTooManyFailures)
	if asked.Load() != before {
		t.Error("the tenant was asked although the address had its failures")
	}
}

func TestASuccessClearsTheUsersFailures(t *testing.T) {
	w := newWorld(t, options{})
	for range 3 {
		for range 4 {
			(&page{world: w}).do(http.MethodPost, "/api/login", loginBody("anna", "guess", ""))
		}
		w.signIn("anna", annaPassword)
	}
}

func TestDemoCodeWorksOnce(t *testing.T) {
	now := time.Now()
	demo := &api.Demo{User: "anna", Password: annaPassword, Now: func() time.Time { return now }}
	w := newWorld(t, options{config: func(c *server.Config) { c.Demo = demo }})
	exchange := func(code string, headers ...string) answer {
		p := &page{world: w}
		return p.do(http.MethodPost, "/api/demo", `{"code":"`+code+`"}`, headers...)
	}
	wantProblem(t, exchange(""), http.StatusGone, wire.CodeDemoCodeSpent)
	code, err := demo.NewCode()
	if err != nil {
		t.Fatal(err)
	}
	if len(code) < 22 { // 128 bits of base64
		t.Errorf("code %q has too little randomness", code)
	}
	wantProblem(t, exchange(code+"x"), http.StatusGone, wire.CodeDemoCodeSpent)
	a := w.do(http.MethodPost, "/api/demo", `{"code":"`+code+`"}`, "Content-Type", "application/json", "Origin", "http://evil.example")
	wantProblem(t, a, http.StatusForbidden, wire.CodeForeignOrigin)
	if a := exchange(code); a.StatusCode != http.StatusOK || len(a.Cookies()) != 1 {
		t.Errorf("exchange: got %d %s", a.StatusCode, a.body)
	}
	wantProblem(t, exchange(code), http.StatusGone, wire.CodeDemoCodeSpent)

	old, err := demo.NewCode()
	if err != nil {
		t.Fatal(err)
	}
	now = now.Add(10*time.Minute + time.Second)
	wantProblem(t, exchange(old), http.StatusGone, wire.CodeDemoCodeSpent)
	first, _ := demo.NewCode()
	second, _ := demo.NewCode()
	wantProblem(t, exchange(first), http.StatusGone, wire.CodeDemoCodeSpent)
	if a := exchange(second); a.StatusCode != http.StatusOK {
		t.Errorf("exchange of the newest code: got %d %s", a.StatusCode, a.body)
	}
}

func TestDemoSignInDoesNotExistWithoutDemo(t *testing.T) {
	w := newWorld(t, options{})
	a := (&page{world: w}).do(http.MethodPost, "/api/demo", `{"code":""}`)
	wantProblem(t, a, http.StatusNotFound, wire.CodeNotFound)
}

func TestConfigNeedsNoLogin(t *testing.T) {
	w := newWorld(t, options{})
	a := w.do(http.MethodGet, "/api/config", "")
	var info wire.GatewayInfo
	if err := json.Unmarshal([]byte(a.body), &info); err != nil || a.StatusCode != http.StatusOK {
		t.Fatalf("config: got %d %s (%v)", a.StatusCode, a.body, err)
	}
	if info.Version != "test" || info.Demo || info.Tenant == "" {
		t.Errorf("config: got %+v", info)
	}
	if a := w.do(http.MethodPost, "/api/config", ""); a.StatusCode != http.StatusMethodNotAllowed || a.Header.Get("Allow") != "GET" {
		t.Errorf("POST /api/config: got %d, Allow %q", a.StatusCode, a.Header.Get("Allow"))
	}
}
