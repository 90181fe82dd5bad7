package standin

import (
	"crypto/subtle"
	"encoding/base64"
	"net/http"
	"net/url"
	"strings"
)

// Names of the platform's cookies and of its double-submit token.
const (
	authCookie = "authorization"
	xsrfCookie = "XSRF-TOKEN"
	xsrfHeader = "X-Xsrf-Token"
	// tfaHeader carries the code of a Basic client.
	tfaHeader = "Tfatoken"
)

// authenticate finds out who asks. Of several credentials the header counts, then the
// query, then the cookie; one that is wrong is never made good by another.
func (p *Platform) authenticate(r *http.Request) (principal, error) {
	if h := r.Header.Get("Authorization"); h != "" {
		return p.byScheme(h, r.Header.Get(tfaHeader))
	}
	if token := rawQueryValue(r.URL.RawQuery, "token"); token != "" {
		return p.byQueryToken(token, r.Header.Get(tfaHeader))
	}
	return p.byCookie(r)
}

// byScheme handles the value of an Authorization header.
func (p *Platform) byScheme(value, code string) (principal, error) {
	scheme, credentials, _ := strings.Cut(strings.TrimSpace(value), " ")
	credentials = strings.TrimSpace(credentials)
	switch strings.ToLower(scheme) {
	case "bearer":
		who, _, err := p.verifyToken(credentials)
		return who, err
	case "basic":
		return p.byBasic(credentials, code)
	default:
		return principal{}, errNoCredentials
	}
}

// byBasic handles base64 of "user:password" (RFC 7617 §2); the user may be
// "tenant/user".
func (p *Platform) byBasic(credentials, code string) (principal, error) {
	plain, ok := decodeBase64(credentials)
	if !ok {
		return principal{}, errBadCredentials
	}
	name, password, ok := strings.Cut(plain, ":")
	if !ok {
		return principal{}, errBadCredentials
	}
	return p.verify(name, password, code)
}

// byQueryToken handles ?token=: a JWT, base64 of Basic, or, as one client sends it, the
// whole value of an Authorization header.
func (p *Platform) byQueryToken(token, code string) (principal, error) {
	for _, scheme := range []string{"bearer", "basic"} {
		// A space of that header may arrive as the plus of a form.
		if len(token) > len(scheme) && strings.EqualFold(token[:len(scheme)], scheme) && strings.ContainsAny(token[len(scheme):len(scheme)+1], " +") {
			return p.byScheme(scheme+" "+token[len(scheme)+1:], code)
		}
	}
	if strings.Count(token, ".") == 2 { // base64 knows no dot
		who, _, err := p.verifyToken(token)
		return who, err
	}
	return p.byBasic(token, code)
}

// byCookie handles the cookie of a sign-in. Browsers send cookies along with requests of
// other sites, so what changes anything must bring the double-submit token too.
func (p *Platform) byCookie(r *http.Request) (principal, error) {
	err := error(errNoCredentials)
	for _, c := range r.CookiesNamed(authCookie) {
		who, cl, verr := p.verifyToken(c.Value)
		if verr != nil {
			err = verr
			continue
		}
		if needsXSRF(r) && !xsrfMatches(r, cl.XSRF) {
			return principal{}, errXSRF
		}
		return who, nil
	}
	return principal{}, err
}

// needsXSRF says whether a request that brings a cookie must prove that its page could
// read the token: those that change something, and a websocket from another origin,
// because a connection is an effect and browsers let any page open one.
func needsXSRF(r *http.Request) bool {
	switch r.Method {
	case http.MethodGet, http.MethodHead, http.MethodOptions:
	default:
		return true
	}
	if !isUpgrade(r) {
		return false
	}
	origin := r.Header.Get("Origin")
	if origin == "" {
		return false // not a browser
	}
	u, err := url.Parse(origin)
	return err != nil || !strings.EqualFold(u.Host, r.Host)
}

func xsrfMatches(r *http.Request, want string) bool {
	for _, got := range []string{r.Header.Get(xsrfHeader), rawQueryValue(r.URL.RawQuery, xsrfCookie)} {
		if got != "" && subtle.ConstantTimeCompare([]byte(got), []byte(want)) == 1 {
			return true
		}
	}
	return false
}

// rawQueryValue finds a value of the query and undoes percent escapes but not the plus
// of forms: clients put base64 there unescaped.
func rawQueryValue(query, name string) string {
	for pair := range strings.SplitSeq(query, "&") {
		k, v, _ := strings.Cut(pair, "=")
		if k != name {
			continue
		}
		plain, err := url.PathUnescape(v)
		if err != nil {
			return v
		}
		return plain
	}
	return ""
}

// decodeBase64 reads both alphabets (RFC 4648 §4, §5), with or without padding.
func decodeBase64(s string) (string, bool) {
	s = strings.TrimRight(s, "=")
	s = strings.NewReplacer("-", "+", "_", "/").Replace(s)
	b, err := base64.RawStdEncoding.DecodeString(s)
	return string(b), err == nil
}
