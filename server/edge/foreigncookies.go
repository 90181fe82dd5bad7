package edge

import (
	"net/http"
	"net/netip"
	"slices"
	"strings"

	"golang.org/x/net/publicsuffix"
)

// When a request carries more foreign cookies than this, they are taken back: somebody
// beside us fills the jar. Honest neighbours stay far below.
const (
	manyCookies      = 50       // names
	manyCookiesBytes = 32 << 10 // of all Cookie headers
)

// Bounds of one answer: browsers refuse answers with more than 256 KiB of headers.
const (
	maxExpiries      = 200
	maxExpiriesBytes = 64 << 10
)

// ExpireForeignCookies answers a request that brought a flood of cookies with orders to
// drop them, the largest first; what does not fit goes with the next answers. A page of
// a forward can set cookies for the parent domain, and so for the app. known are the
// names that stay. Clear-Site-Data would take the login and the whole domain's cookies.
func ExpireForeignCookies(w http.ResponseWriter, r *http.Request, host string, known ...string) {
	sizes, total := make(map[string]int), 0
	for _, line := range r.Header.Values("Cookie") {
		total += len(line)
		for pair := range strings.SplitSeq(line, ";") {
			name, _, _ := strings.Cut(strings.TrimSpace(pair), "=")
			if isForeign(name, known) {
				sizes[name] += len(pair)
			}
		}
	}
	if len(sizes) <= manyCookies && total <= manyCookiesBytes {
		return
	}
	names := make([]string, 0, len(sizes))
	for name := range sizes {
		names = append(names, name)
	}
	slices.SortFunc(names, func(a, b string) int {
		if sizes[a] != sizes[b] {
			return sizes[b] - sizes[a]
		}
		return strings.Compare(a, b)
	})
	count, room := 0, maxExpiriesBytes
	scopes := scopesOf(host, r.URL.Path)
	for _, name := range names {
		for _, scope := range scopes {
			line := name + "=" + scope
			if count == maxExpiries || len(line) > room {
				return
			}
			count, room = count+1, room-len(line)
			w.Header().Add("Set-Cookie", line)
		}
	}
}

// isForeign tells whether a cookie may be dropped. A name with the prefix __Host- cannot
// come from a page of another host (RFC 6265bis §4.1.3.2).
func isForeign(name string, known []string) bool {
	if name == "" || slices.Contains(known, name) || len(name) >= 7 && strings.EqualFold(name[:7], "__Host-") {
		return false
	}
	for _, b := range []byte(name) {
		if b <= ' ' || b == 0x7f {
			return false // cannot be written into a header
		}
	}
	return true
}

// scopesOf are the attributes that delete a cookie wherever it may have been set: one is
// named by its domain and path, which a request does not tell.
func scopesOf(host, path string) []string {
	domains := []string{""}
	name, _ := SplitHost(host, "https")
	if _, err := netip.ParseAddr(strings.Trim(name, "[]")); err != nil {
		registrable, err := publicsuffix.EffectiveTLDPlusOne(name)
		for err == nil && (name == registrable || strings.HasSuffix(name, "."+registrable)) {
			domains = append(domains, "; Domain="+name)
			_, name, _ = strings.Cut(name, ".")
		}
	}
	paths := []string{"/"}
	for i, b := range []byte(path) {
		if b == '/' && i > 0 {
			paths = append(paths, path[:i])
		}
	}
	if len(path) > 1 && path[len(path)-1] != '/' {
		paths = append(paths, path)
	}
	var scopes []string
	for _, p := range paths {
		if strings.ContainsFunc(p, func(r rune) bool { return r <= ' ' || r >= 0x7f || r == ';' }) {
			continue // cannot be written into a header
		}
		for _, domain := range domains {
			scopes = append(scopes, "; Path="+p+domain+"; Max-Age=0; Secure")
		}
	}
	return scopes
}
