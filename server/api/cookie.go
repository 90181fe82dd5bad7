package api

import (
	"crypto/subtle"
	"net/http"
	"strings"

	"porthole/server/login"
	"porthole/server/platform"
	"porthole/ssh/wire"
)

// CookieName of a login. The prefix makes browsers refuse a cookie of that name from
// anyone but this very origin over a secure way (RFC 6265bis §4.1.3.2); an ordinary name
// could be planted by any page on a sister domain.
const CookieName = "__Host-porthole"

// The tenant's own cookies, as command line clients send them.
const (
	tenantCookie = "authorization"
	xsrfCookie   = "XSRF-TOKEN"
	xsrfHeader   = "X-XSRF-TOKEN"
	xsrfQuery    = "XSRF-TOKEN"
	tokenQuery   = "token"
)

// KnownCookies are the names that are read here, and so never dropped.
var KnownCookies = []string{CookieName, tenantCookie, xsrfCookie}

// setLoginCookie hands a login to the browser. The cookie has no lifetime of its own:
// the login's lifetime is kept here.
func setLoginCookie(w http.ResponseWriter, token string) {
	http.SetCookie(w, &http.Cookie{
		Name: CookieName, Value: token, Path: "/",
		Secure: true, HttpOnly: true, SameSite: http.SameSiteStrictMode,
	})
}

// clearLoginCookie takes it back.
func clearLoginCookie(w http.ResponseWriter) {
	http.SetCookie(w, &http.Cookie{
		Name: CookieName, Path: "/", MaxAge: -1,
		Secure: true, HttpOnly: true, SameSite: http.SameSiteStrictMode,
	})
}

// cookieValue finds one cookie among however many foreign ones: net/http gives up on all
// when there are thousands, and other programs on the same host name may set that many.
func cookieValue(r *http.Request, name string) (string, bool) {
	for _, line := range r.Header.Values("Cookie") {
		for pair := range strings.SplitSeq(line, ";") {
			key, value, found := strings.Cut(strings.TrimSpace(pair), "=")
			if found && key == name {
				return strings.Trim(value, `"`), true
			}
		}
	}
	return "", false
}

// LoginOf is the login whose cookie a request brought. It proves nothing about the page
// that sent the request.
func LoginOf(r *http.Request, logins login.Store) (*login.Login, bool) {
	token, found := cookieValue(r, CookieName)
	if !found {
		return nil, false
	}
	return logins.Find(token)
}

// tenantCookies reads the tenant's cookie together with its XSRF token, which must come a
// second time where a foreign page cannot put it. What the token must be, the JWT says,
// or else the cookie beside it.
func tenantCookies(r *http.Request) (platform.Authorization, bool) {
	jwt, found := cookieValue(r, tenantCookie)
	if !found || jwt == "" || strings.HasPrefix(jwt, wire.TokenPrefix) {
		return platform.Authorization{}, false
	}
	shown := r.Header.Get(xsrfHeader)
	if shown == "" {
		shown = r.URL.Query().Get(xsrfQuery)
	}
	want := platform.XSRFClaim(jwt)
	if want == "" {
		want, _ = cookieValue(r, xsrfCookie)
	}
	if want == "" || subtle.ConstantTimeCompare([]byte(shown), []byte(want)) != 1 || !cookieSafe(jwt) || !cookieSafe(shown) {
		return platform.Authorization{}, false
	}
	return platform.FromCookies(jwt, shown), true
}

// cookieSafe: only what a cookie may hold goes into the Cookie header to the tenant (RFC 6265 §4.1.1).
func cookieSafe(value string) bool {
	for _, b := range []byte(value) {
		if b <= ' ' || b >= 0x7f || strings.IndexByte(`",;\`, b) >= 0 {
			return false
		}
	}
	return true
}
