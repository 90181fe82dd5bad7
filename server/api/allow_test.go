package api

import (
	"net/http"
	"net/http/httptest"
	"net/url"
	"path"
	"slices"
	"strings"
	"testing"
)

func TestMatchNamesDeviceAndConfiguration(t *testing.T) {
	got, found, _ := match(http.MethodGet, "/service/remoteaccess/client/1234/configurations/1")
	if !found || got.kind != kindClient || got.device != "1234" || got.configuration != "1" {
		t.Errorf("got %+v %t", got, found)
	}
	if _, found, allow := match(http.MethodPost, "/service/remoteaccess/client/1234/configurations/1"); found || !slices.Equal(allow, []string{"GET"}) {
		t.Errorf("POST: got %t %v", found, allow)
	}
	if _, found, _ := match(http.MethodGet, "/service/remoteaccess/client//configurations/1"); found {
		t.Error("an empty device matches")
	}
	if _, found, _ := match(http.MethodGet, "/service/remoteaccess/devices/configurations"); found {
		t.Error("a path without a device matches")
	}
}

// FuzzMatch: what matches survives every server's cleaning unchanged, so the tenant
// cannot see another path than the one that was allowed.
func FuzzMatch(f *testing.F) {
	for _, seed := range []string{
		"/inventory/managedObjects/1", "/identity/externalIds/c8y_Serial/a%20b", "/identity/externalIds/a/%2e%2e",
		"/identity/externalIds/a/..", "/service/remoteaccess/devices/1/configurations/x-1", "//", "", "*", "/a%2fb", "/tenant/oauth;x",
	} {
		f.Add("GET", seed)
	}
	prefixes := []string{"/tenant/", "/user/currentUser", "/inventory/managedObjects", "/identity/externalIds/", "/service/remoteaccess/", "/devicecontrol/operations", "/notification/realtime"}
	f.Fuzz(func(t *testing.T, method, escaped string) {
		_, found, _ := match(method, escaped)
		if !found {
			return
		}
		decoded := escaped
		for range 3 { // servers that decode again
			next, err := url.PathUnescape(decoded)
			if err != nil {
				t.Fatalf("%q: cannot be decoded: %v", escaped, err)
			}
			if next == decoded {
				break
			}
			decoded = next
		}
		if path.Clean(decoded) != decoded || strings.ContainsAny(decoded, "\\;?#\x00\r\n") || strings.Count(decoded, "/") != strings.Count(escaped, "/") {
			t.Fatalf("%q becomes %q", escaped, decoded)
		}
		if !slices.ContainsFunc(prefixes, func(p string) bool { return strings.HasPrefix(decoded, p) }) {
			t.Fatalf("%q is outside the list", escaped)
		}
	})
}

func TestQueriesLoseTheirSecretsOnly(t *testing.T) {
	for raw, want := range map[string]string{
		"":                          "",
		"a=1&token=x&b=2":           "a=1&b=2",
		"XSRF-TOKEN=y":              "",
		"%74oken=x&query=%28a+b%29": "query=%28a+b%29",
		"Token=keep&tokens=1":       "Token=keep&tokens=1",
		"%zz=1&a=1":                 "a=1",
	} {
		if got := withoutSecrets(raw); got != want {
			t.Errorf("%q: got %q, want %q", raw, got, want)
		}
	}
}

func TestCookieValueFindsOursAmongMany(t *testing.T) {
	r := httptest.NewRequest(http.MethodGet, "/", nil)
	r.Header.Add("Cookie", "a=b; broken; =x; x__Host-porthole=no")
	r.Header.Add("Cookie", ` __Host-porthole="yes"; z=1`)
	if got, found := cookieValue(r, CookieName); !found || got != "yes" {
		t.Errorf("got %q %t", got, found)
	}
	if _, found := cookieValue(r, "none"); found {
		t.Error("found a cookie that is not there")
	}
}
