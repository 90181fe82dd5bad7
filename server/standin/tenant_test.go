package standin_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"porthole/server/standin"
)

// Only OAUTH2_INTERNAL has an initRequest, and the tenant's id is in it.
func TestLoginOptions(t *testing.T) {
	w := newWorld(t, nil)
	for _, auth := range []string{"", basic("admin", "pw"), basic("admin", "wrong")} {
		var got struct {
			LoginOptions []struct{ Type, InitRequest string }
		}
		w.want(200, "GET", "/tenant/loginOptions", auth, "").json(t, &got)
		if len(got.LoginOptions) != 2 || got.LoginOptions[0].Type != "OAUTH2_INTERNAL" || got.LoginOptions[1].Type != "BASIC" {
			t.Fatalf("got %+v", got)
		}
		if want := w.srv.URL + "/tenant/oauth?tenant_id=t12345"; got.LoginOptions[0].InitRequest != want {
			t.Errorf("initRequest %q, want %q", got.LoginOptions[0].InitRequest, want)
		}
		if got.LoginOptions[1].InitRequest != "" {
			t.Errorf("BASIC has an initRequest: %q", got.LoginOptions[1].InitRequest)
		}
	}
}

func TestLoginOptionsBehindTLSNameHTTPS(t *testing.T) {
	w := newWorld(t, nil)
	a := w.want(200, "GET", "/tenant/loginOptions", "", "", "X-Forwarded-Proto", "https")
	if !strings.Contains(string(a.body), `"https://`) {
		t.Errorf("no https link in %s", a.body)
	}
}

func TestBasicOnlyTenantOffersNoForm(t *testing.T) {
	w := newWorld(t, func(o *standin.Options) { o.BasicOnly = true })
	a := w.want(200, "GET", "/tenant/loginOptions", "", "")
	if strings.Contains(string(a.body), "OAUTH2") || strings.Contains(string(a.body), "initRequest") {
		t.Errorf("got %s", a.body)
	}
	w.wantError(w.signIn("admin", "pw", ""), 404, "tenant/Not Found")
	w.want(200, "GET", "/user/currentUser", basic("admin", "pw"), "")
}

// signIn posts the form as c8ylp does.
func (w *world) signIn(user, password, tfa string) answer {
	form := url.Values{"grant_type": {"PASSWORD"}, "username": {user}, "password": {password}}
	if tfa != "" {
		form.Set("tfa_code", tfa)
	}
	return w.do("POST", "/tenant/oauth?tenant_id=t12345", "", form.Encode(), "Content-Type", "application/x-www-form-urlencoded")
}

// token signs in and returns the token and its double-submit twin.
func (w *world) token(user, password string) (token, xsrf string) {
	w.t.Helper()
	a := w.signIn(user, password, "")
	if a.StatusCode != 200 {
		w.t.Fatalf("sign-in: %d %s", a.StatusCode, a.body)
	}
	for _, c := range a.Cookies() {
		switch c.Name {
		case "authorization":
			token = c.Value
		case "XSRF-TOKEN":
			xsrf = c.Value
		}
	}
	return token, xsrf
}

// Row 2.
func TestSignInSetsTheTwoCookies(t *testing.T) {
	now := time.Date(2026, 11, 21, 12, 0, 0, 0, time.UTC)
	w := newWorld(t, func(o *standin.Options) {
		o.Domain, o.TokenLife, o.Now = "tenant.example.com", time.Hour, func() time.Time { return now }
	})
	a := w.signIn("admin", "pw", "")
	if a.StatusCode != 200 || len(a.body) != 0 {
		t.Fatalf("got %d %q", a.StatusCode, a.body)
	}
	cookies := a.Cookies()
	if len(cookies) != 2 {
		t.Fatalf("got %d cookies", len(cookies))
	}
	for i, name := range []string{"authorization", "XSRF-TOKEN"} {
		c := cookies[i]
		if c.Name != name || c.Domain != "tenant.example.com" || c.Path != "/" || !c.Expires.Equal(now.Add(time.Hour)) || c.HttpOnly != (i == 0) || c.Secure {
			t.Errorf("cookie %+v", c)
		}
	}
	cl := tokenClaims(t, cookies[0].Value)
	if cl["sub"] != "admin" || cl["ten"] != "t12345" || cl["xsrfToken"] != cookies[1].Value || cl["exp"] != float64(now.Add(time.Hour).Unix()) {
		t.Errorf("claims %v", cl)
	}
	w.want(200, "GET", "/user/currentUser", "Bearer "+cookies[0].Value, "")
}

func TestCookiesOfAnAddressHaveNoDomain(t *testing.T) {
	w := newWorld(t, nil) // served at 127.0.0.1
	for _, c := range w.signIn("admin", "pw", "").Cookies() {
		if c.Domain != "" {
			t.Errorf("cookie %s has the domain %q", c.Name, c.Domain)
		}
	}
}

func TestCookiesBehindTLSAreSecure(t *testing.T) {
	w := newWorld(t, nil)
	a := w.want(200, "POST", "/tenant/oauth", "", "grant_type=password&username=admin&password=pw",
		"Content-Type", "application/x-www-form-urlencoded", "X-Forwarded-Proto", "https")
	for _, c := range a.Cookies() {
		if !c.Secure {
			t.Errorf("cookie %s is not Secure", c.Name)
		}
	}
}

func TestSignInIsRefused(t *testing.T) {
	w := newWorld(t, nil)
	for name, tc := range map[string]struct {
		user, password, tfa string
		says                string
	}{
		"wrong password":          {"admin", "wrong", "", "Bad credentials"},
		"empty password":          {"admin", "", "", "Bad credentials"},
		"unknown user":            {"ghost", "pw", "", "Bad credentials"},
		"foreign tenant":          {"t99999/admin", "pw", "", "Bad credentials"},
		"TFA asked":               {"tfa", "tw", "", "TFA"},
		"wrong TFA code":          {"tfa", "tw", "000000", "TFA"},
		"TFA hides behind pw":     {"tfa", "wrong", "123456", "Bad credentials"},
		"expired password":        {"late", "lw", "", "expired"},
		"expired hides behind pw": {"late", "wrong", "", "Bad credentials"},
	} {
		t.Run(name, func(t *testing.T) {
			a := w.signIn(tc.user, tc.password, tc.tfa)
			if msg := w.wantError(a, 401, "security/Unauthorized"); !strings.Contains(msg, tc.says) {
				t.Errorf("message %q does not say %q", msg, tc.says)
			}
			if len(a.Cookies()) != 0 {
				t.Errorf("cookies %v", a.Cookies())
			}
		})
	}
	if a := w.signIn("tfa", "tw", "123456"); a.StatusCode != 200 {
		t.Errorf("with the code: %d %s", a.StatusCode, a.body)
	}
	if a := w.signIn("t12345/admin", "pw", ""); a.StatusCode != 200 {
		t.Errorf("with the tenant: %d %s", a.StatusCode, a.body)
	}
}

func TestSignInTakesNoPasswordFromTheURL(t *testing.T) {
	w := newWorld(t, nil)
	w.want(400, "POST", "/tenant/oauth?grant_type=PASSWORD&username=admin&password=pw", "", "", "Content-Type", "application/x-www-form-urlencoded")
	w.want(401, "POST", "/tenant/oauth?tenant_id=t99999", "", "grant_type=PASSWORD&username=admin&password=pw", "Content-Type", "application/x-www-form-urlencoded")
	w.want(413, "POST", "/tenant/oauth", "", "grant_type=PASSWORD&password="+strings.Repeat("x", 20<<10), "Content-Type", "application/x-www-form-urlencoded")
	w.want(405, "GET", "/tenant/oauth", "", "")
}

// The captured first call of go-c8y-cli, Basic without the tenant.
func TestCurrentTenant(t *testing.T) {
	w := newWorld(t, func(o *standin.Options) { o.Domain = "tenant.example.com" })
	var got struct{ Name, DomainName string }
	w.want(200, "GET", "/tenant/currentTenant", basic("admin", "pw"), "",
		"Accept", "application/json", "User-Agent", "go-client", "X-Application", "go-client").json(t, &got)
	if got.Name != "t12345" || got.DomainName != "tenant.example.com" {
		t.Errorf("got %+v", got)
	}
	w.wantError(w.do("GET", "/tenant/currentTenant", "", ""), 401, "security/Unauthorized")
}

// Row 4.
func TestCurrentUser(t *testing.T) {
	w := newWorld(t, nil)
	for auth, want := range map[string][]string{
		asAdmin: {"ROLE_REMOTE_ACCESS_ADMIN", "ROLE_INVENTORY_READ"}, asNobody: nil, asDev1: {"ROLE_DEVICE"},
	} {
		var got struct {
			UserName       string
			EffectiveRoles []struct{ ID string }
		}
		a := w.want(200, "GET", "/user/currentUser", auth, "")
		a.json(t, &got)
		if got.UserName == "" || got.EffectiveRoles == nil || len(got.EffectiveRoles) != len(want) {
			t.Fatalf("got %s, want roles %v", a.body, want)
		}
		for i := range want {
			if got.EffectiveRoles[i].ID != want[i] {
				t.Errorf("got %+v, want %v", got, want)
			}
		}
	}
}

// Row 16.
func TestSystemVersion(t *testing.T) {
	w := newWorld(t, nil)
	var got struct{ Category, Key, Value string }
	w.want(200, "GET", "/tenant/system/options/system/version", asAdmin, "").json(t, &got)
	if got.Category != "system" || got.Key != "version" || got.Value == "" {
		t.Errorf("got %+v", got)
	}
	w.wantError(w.do("GET", "/tenant/system/options/system/other", asAdmin, ""), 404, "options/Not Found")
}

func TestUnknownPathsAndMethods(t *testing.T) {
	w := newWorld(t, nil)
	for _, path := range []string{"/", "/inventory", "/inventory//managedObjects", "/service/remoteaccess", "/inventory/managedObjects/1/2", "/x/../tenant/currentTenant"} {
		w.wantError(w.do("GET", path, asAdmin, ""), 404, "general/Not Found")
	}
	a := w.do("PATCH", "/service/remoteaccess/devices/1234/configurations", asAdmin, "")
	if w.wantError(a, 405, "general/Method Not Allowed"); a.Header.Get("Allow") != "GET, HEAD, POST" {
		t.Errorf("Allow %q", a.Header.Get("Allow"))
	}
}

func TestAnswersCarryThePlatformsHeaders(t *testing.T) {
	w := newWorld(t, nil)
	for _, a := range []answer{w.do("GET", "/user/currentUser", asAdmin, ""), w.do("GET", "/user/currentUser", "", "")} {
		if a.Header.Get("X-Content-Type-Options") != "nosniff" || !strings.Contains(a.Header.Get("Cache-Control"), "no-store") {
			t.Errorf("headers %v", a.Header)
		}
	}
}

func TestClosedPlatformAnswers503(t *testing.T) {
	w := newWorld(t, nil)
	if err := w.p.Close(); err != nil {
		t.Fatal(err)
	}
	w.want(http.StatusServiceUnavailable, "GET", "/user/currentUser", asAdmin, "")
}
