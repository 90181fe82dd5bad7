package server_test

import (
	"encoding/base64"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"porthole/server/standin"
	"porthole/ssh/wire"
)

func basic(user, password string) string {
	return "Basic " + base64.StdEncoding.EncodeToString([]byte(user+":"+password))
}

// tenantToken signs in by form through the gateway, as command line clients do.
func tenantToken(t *testing.T, w *world) (jwt, xsrf string, a answer) {
	t.Helper()
	form := url.Values{"grant_type": {"PASSWORD"}, "username": {"anna"}, "password": {annaPassword}}
	a = w.do(http.MethodPost, "/tenant/oauth?tenant_id=t12345", form.Encode(), "Content-Type", "application/x-www-form-urlencoded")
	if a.StatusCode != http.StatusOK {
		t.Fatalf("oauth: got %d %s", a.StatusCode, a.body)
	}
	for _, cookie := range a.Cookies() {
		switch cookie.Name {
		case "authorization":
			jwt = cookie.Value
		case "XSRF-TOKEN":
			xsrf = cookie.Value
		}
	}
	return jwt, xsrf, a
}

func TestCommandLineClientsAreHonouredAsTheyAre(t *testing.T) {
	w := newWorld(t, options{})
	jwt, xsrf, _ := tenantToken(t, w)
	plain := base64.StdEncoding.EncodeToString([]byte("t12345/anna:" + annaPassword))
	cookies := "other=1; authorization=" + jwt + "; XSRF-TOKEN=" + xsrf
	for _, c := range []struct {
		name, query string
		headers     []string
	}{
		{"basic", "", []string{"Authorization", basic("anna", annaPassword)}},
		{"basic with tenant", "", []string{"Authorization", basic("t12345/anna", annaPassword)}},
		{"basic with an http origin of our host", "", []string{"Authorization", basic("anna", annaPassword), "Origin", w.base}},
		{"bearer", "", []string{"Authorization", "Bearer " + jwt}},
		{"token: JWT", "?token=" + jwt, nil},
		{"token: base64, escaped", "?token=" + url.QueryEscape(plain), nil},
		{"token: base64, not escaped", "?token=" + plain, nil},
		{"token: whole header", "?token=" + url.QueryEscape("Bearer "+jwt), nil},
		{"cookie with header", "", []string{"Cookie", cookies, "X-XSRF-TOKEN", xsrf}},
		{"cookie with query", "?XSRF-TOKEN=" + xsrf, []string{"Cookie", cookies}},
	} {
		t.Run(c.name, func(t *testing.T) {
			a := w.do(http.MethodGet, "/user/currentUser"+c.query, "", c.headers...)
			if a.StatusCode != http.StatusOK || !strings.Contains(a.body, `"anna"`) {
				t.Errorf("got %d %s", a.StatusCode, a.body)
			}
		})
	}
}

func TestProofsThatAreRefused(t *testing.T) {
	w := newWorld(t, options{})
	jwt, xsrf, _ := tenantToken(t, w)
	p := w.signIn("anna", annaPassword)
	ours := "__Host-porthole=" + p.cookie
	for _, c := range []struct {
		name, query string
		headers     []string
		status      int
		code        wire.ErrorCode
	}{
		{"nothing", "", nil, 401, wire.CodeNotSignedIn},
		{"wrong basic", "", []string{"Authorization", basic("anna", "nonsense")}, 401, wire.CodeNotSignedIn},
		{"unknown scheme", "", []string{"Authorization", "Digest x"}, 401, wire.CodeNotSignedIn},
		{"garbage token", "?token=%00%ff", nil, 401, wire.CodeNotSignedIn},
		{"forged JWT", "", []string{"Authorization", "Bearer " + jwt[:len(jwt)-6] + "AAAAAA"}, 401, wire.CodeNotSignedIn},
		{"tenant cookie without XSRF token", "", []string{"Cookie", "authorization=" + jwt + "; XSRF-TOKEN=" + xsrf}, 401, wire.CodeNotSignedIn},
		{"tenant cookie with a planted XSRF token", "?XSRF-TOKEN=x", []string{"Cookie", "authorization=" + jwt + "; XSRF-TOKEN=x"}, 401, wire.CodeNotSignedIn},
		{"bad token beside a good login is not passed over", "?token=abc", []string{"Cookie", ours, "Origin", w.base}, 401, wire.CodeNotSignedIn},
		{"basic from a foreign page", "", []string{"Authorization", basic("anna", annaPassword), "Origin", "http://evil.example"}, 403, wire.CodeForeignOrigin},
		{"token from a foreign page", "?token=" + jwt, []string{"Origin", "http://evil.example"}, 403, wire.CodeForeignOrigin},
	} {
		t.Run(c.name, func(t *testing.T) {
			wantProblem(t, w.do(http.MethodGet, "/user/currentUser"+c.query, "", c.headers...), c.status, c.code)
		})
	}
}

func TestOAuthPassesWithCookiesOfOurHost(t *testing.T) {
	w := newWorld(t, options{standin: func(o *standin.Options) { o.Domain = "tenant.example" }})
	jwt, xsrf, a := tenantToken(t, w)
	if jwt == "" || xsrf == "" {
		t.Fatalf("cookies: got %q", a.Header.Values("Set-Cookie"))
	}
	for _, line := range a.Header.Values("Set-Cookie") {
		if strings.Contains(line, "Domain") || strings.Contains(line, "Secure") {
			t.Errorf("cookie %q, want no Domain, and no Secure on plain http", line)
		}
	}
	form := "application/x-www-form-urlencoded"
	a = w.do("POST", "/tenant/oauth", "grant_type=PASSWORD&username=code&password="+codePassword, "Content-Type", form)
	if a.StatusCode != http.StatusUnauthorized || !strings.Contains(a.body, "TFA") {
		t.Errorf("TFA asked: got %d %s, want the tenant's own 401", a.StatusCode, a.body)
	}
	wantProblem(t, w.do("POST", "/tenant/oauth", "grant_type=TOKEN&username=a", "Content-Type", form), 400, wire.CodeInvalid)
	wantProblem(t, w.do("POST", "/tenant/oauth", "grant_type=PASSWORD&username=a&username=b", "Content-Type", form), 400, wire.CodeInvalid)
	wantProblem(t, w.do("POST", "/tenant/oauth", "{}", "Content-Type", "application/json"), 415, wire.CodeInvalid)
	wantProblem(t, w.do("POST", "/tenant/oauth", "grant_type=PASSWORD&username=a", "Content-Type", form, "Origin", "http://evil.example"), 403, wire.CodeForeignOrigin)
}

// c8y writes "undefined" for a code that it does not have: being asked for one is no guess,
// a wrong password or code is.
func TestBeingAskedForACodeIsNoFailedSignIn(t *testing.T) {
	w := newWorld(t, options{})
	signIn := func(password, code string) answer {
		form := url.Values{"grant_type": {"PASSWORD"}, "username": {"code"}, "password": {password}, "tfa_code": {code}}
		return w.do(http.MethodPost, "/tenant/oauth?tenant_id=t12345", form.Encode(), "Content-Type", "application/x-www-form-urlencoded;charset=UTF-8")
	}
	for i := range 10 {
		if a := signIn(codePassword, "undefined"); a.StatusCode != http.StatusUnauthorized || !strings.Contains(a.body, "TFA") {
			t.Fatalf("try %d: got %d %s, want to be asked for the code", i, a.StatusCode, a.body)
		}
	}
	if a := signIn(codePassword, codeTFA); a.StatusCode != http.StatusOK {
		t.Errorf("with the code: got %d %s", a.StatusCode, a.body)
	}
	limited := false
	for range 10 {
		limited = limited || signIn("guess", "undefined").StatusCode == http.StatusTooManyRequests
	}
	if !limited {
		t.Error("ten wrong passwords were let through")
	}
}

func TestLoginOptionsPointToTheGateway(t *testing.T) {
	w := newWorld(t, options{})
	a := w.do(http.MethodGet, "/tenant/loginOptions", "")
	if a.StatusCode != http.StatusOK || !strings.Contains(a.body, w.base+"/tenant/oauth?tenant_id=t12345") {
		t.Errorf("got %d %s, want initRequest at %s", a.StatusCode, a.body, w.base)
	}
}

func TestAProofIsCheckedOnceInAWhile(t *testing.T) {
	asked := make(chan string, 100)
	w := newWorld(t, options{tenant: func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			asked <- r.URL.Path
			next.ServeHTTP(w, r)
		})
	}})
	for range 10 {
		w.do(http.MethodGet, "/inventory/managedObjects/1234", "", "Authorization", basic("anna", annaPassword))
	}
	checks := 0
	for range len(asked) {
		if <-asked == "/user/currentUser" {
			checks++
		}
	}
	if checks != 1 {
		t.Errorf("the tenant was asked %d times whose proof it is, want once", checks)
	}
}
