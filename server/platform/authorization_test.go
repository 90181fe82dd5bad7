package platform

import (
	"encoding/base64"
	"net/http"
	"strings"
	"testing"
	"time"
)

func jwt(payload string) string {
	return "eyJhbGciOiJIUzI1NiJ9." + base64.RawURLEncoding.EncodeToString([]byte(payload)) + ".c2lnbmF0dXJl"
}

func TestFromToken(t *testing.T) {
	token := jwt(`{"sub":"anna","ten":"t1","exp":1900000000}`)
	awkward := base64.StdEncoding.EncodeToString([]byte("a:>>>???")) // has + and /
	for name, c := range map[string]struct{ token, want string }{
		"JWT":                         {token, "Bearer " + token},
		"base64":                      {"YTpi", "Basic YTpi"},
		"base64 without padding":      {"YTpiYw", "Basic YTpiYw=="},
		"plus that became space":      {strings.ReplaceAll(awkward, "+", " "), "Basic " + awkward},
		"URL alphabet":                {strings.NewReplacer("+", "-", "/", "_").Replace(awkward), "Basic " + awkward},
		"whole header, bearer":        {"Bearer " + token, "Bearer " + token},
		"whole header, basic":         {"Basic YTpi", "Basic YTpi"},
		"empty":                       {"", ""},
		"no colon":                    {base64.StdEncoding.EncodeToString([]byte("ab")), ""},
		"no user":                     {base64.StdEncoding.EncodeToString([]byte(":b")), ""},
		"header injection":            {"Bearer a\r\nX: y", ""},
		"three parts that are no JWT": {"a.b.c", ""},
		"too long":                    {strings.Repeat("YTpi", 8<<10), ""},
	} {
		auth, ok := FromToken(c.token)
		if auth.header != c.want || ok != (c.want != "") {
			t.Errorf("%s: got %q %t, want %q", name, auth.header, ok, c.want)
		}
	}
}

func TestClaimed(t *testing.T) {
	user, tenant, expires := Bearer(jwt(`{"sub":"anna","ten":"t1","exp":1900000000}`)).Claimed()
	if user != "anna" || tenant != "t1" || !expires.Equal(time.Unix(1900000000, 0)) {
		t.Errorf("got %q %q %s", user, tenant, expires)
	}
	user, tenant, expires = Basic("t1/anna", "x:y").Claimed()
	if user != "anna" || tenant != "t1" || !expires.IsZero() {
		t.Errorf("got %q %q %s", user, tenant, expires)
	}
	for _, payload := range []string{``, `[]`, `{"exp":"x"}`, `{"exp":-1}`, `{"exp":1e300}`, `null`} {
		if _, _, expires := Bearer(jwt(payload)).Claimed(); !expires.IsZero() {
			t.Errorf("%s: got %s", payload, expires)
		}
	}
}

func TestApplyLeavesNothingElse(t *testing.T) {
	h := http.Header{"Authorization": {"old"}, "Cookie": {"old"}, "X-Xsrf-Token": {"old"}}
	Authorization{}.Apply(h)
	if len(h) != 0 {
		t.Errorf("the zero proof left %v", h)
	}
	FromCookies("j", "x").Apply(h)
	if h.Get("Cookie") != "authorization=j; XSRF-TOKEN=x" || h.Get("X-XSRF-TOKEN") != "x" || h.Get("Authorization") != "" {
		t.Errorf("cookies: got %v", h)
	}
	BasicWithCode("a", "b", "1").Apply(h)
	if h.Get("Cookie") != "" || h.Get("Authorization") != "Basic YTpi" || h.Get("TFAToken") != "1" {
		t.Errorf("basic: got %v", h)
	}
}

func TestTenantMessageIsCleaned(t *testing.T) {
	for body, want := range map[string]string{
		`{"message":"Bad credentials"}`:                      "Bad credentials",
		`{"message":"a\u0000b\u202ec\nd"}`:                   "a b c d",
		"{\"message\":\"" + strings.Repeat("ä", 400) + "\"}": strings.Repeat("ä", 150),
		`{"message":7}`: "",
		`<html>`:        "",
	} {
		if got := tenantMessage([]byte(body)); got != want {
			t.Errorf("%s: got %q, want %q", body, got, want)
		}
	}
}

// FuzzFromToken: whatever a client writes becomes a header value or nothing.
func FuzzFromToken(f *testing.F) {
	for _, seed := range []string{"", "YTpi", jwt(`{"sub":"a"}`), "Bearer x", "Basic YTpi", "a b+c/d-_", "..", "%00"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, token string) {
		auth, ok := FromToken(token)
		if ok == auth.IsZero() {
			t.Fatalf("%q: ok %t, zero %t", token, ok, auth.IsZero())
		}
		h := make(http.Header)
		auth.Apply(h)
		for name, values := range h {
			for _, value := range values {
				if name == "Cookie" || strings.ContainsAny(value, "\r\n\x00") {
					t.Fatalf("%q: header %s: %q", token, name, value)
				}
			}
		}
		auth.Claimed()
	})
}
