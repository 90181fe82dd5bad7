package api

import (
	"net/http"
	"net/url"
	"slices"
	"strings"
	"unicode/utf8"

	"porthole/ssh/wire"
)

// routeKind is how an allow-listed path is served.
type routeKind int

const (
	kindProxy    routeKind = iota + 1 // handed to the tenant with the caller's proof
	kindOptions                       // ways to sign in; no proof
	kindOAuth                         // sign-in by form; no proof
	kindRealtime                      // long poll: may take as long as the tenant likes
	kindClient                        // the client's websocket
)

// route is one row of docs/protocol.md §1.
type route struct {
	kind     routeKind
	methods  []string
	segments []segment
}

// segment matches one part of a path.
type segment struct {
	literal string
	allows  func(string) bool // for parts that vary
}

// target is what a path names.
type target struct {
	kind          routeKind
	device        wire.DeviceID
	configuration wire.ConfigurationID
}

// routes is the allow-list: nothing else reaches the tenant.
var routes = []route{
	newRoute(kindOptions, "/tenant/loginOptions", http.MethodGet),
	newRoute(kindOAuth, "/tenant/oauth", http.MethodPost),
	newRoute(kindProxy, "/tenant/currentTenant", http.MethodGet),
	newRoute(kindProxy, "/tenant/system/options/system/version", http.MethodGet),
	newRoute(kindProxy, "/user/currentUser", http.MethodGet),
	newRoute(kindProxy, "/inventory/managedObjects", http.MethodGet),
	newRoute(kindProxy, "/inventory/managedObjects/{number}", http.MethodGet),
	newRoute(kindProxy, "/identity/externalIds/{text}/{text}", http.MethodGet),
	newRoute(kindProxy, "/service/remoteaccess/health", http.MethodGet, http.MethodHead),
	newRoute(kindProxy, "/service/remoteaccess/devices/{number}/configurations", http.MethodGet, http.MethodPost),
	newRoute(kindProxy, "/service/remoteaccess/devices/{number}/configurations/{word}", http.MethodGet, http.MethodPut, http.MethodDelete),
	newRoute(kindClient, "/service/remoteaccess/client/{number}/configurations/{word}", http.MethodGet),
	newRoute(kindProxy, "/devicecontrol/operations", http.MethodGet),
	newRoute(kindProxy, "/devicecontrol/operations/{number}", http.MethodGet),
	newRoute(kindRealtime, "/notification/realtime", http.MethodPost),
}

func newRoute(kind routeKind, pattern string, methods ...string) route {
	r := route{kind: kind, methods: methods}
	for part := range strings.SplitSeq(strings.TrimPrefix(pattern, "/"), "/") {
		switch part {
		case "{number}":
			r.segments = append(r.segments, segment{allows: isNumber})
		case "{word}":
			r.segments = append(r.segments, segment{allows: isWord})
		case "{text}":
			r.segments = append(r.segments, segment{allows: isText})
		default:
			r.segments = append(r.segments, segment{literal: part})
		}
	}
	return r
}

// match finds the row of a method and an escaped path, as it stands in the request. The
// path is compared as it is, never cleaned: what needs cleaning is refused. known is true
// when another method would match; allow lists those.
func match(method, escapedPath string) (t target, found bool, allow []string) {
	rest, ok := strings.CutPrefix(escapedPath, "/")
	if !ok || len(escapedPath) > maxPath {
		return target{}, false, nil
	}
	parts := strings.Split(rest, "/")
	for i := range routes {
		r := &routes[i]
		if !r.matches(parts) {
			continue
		}
		if !slices.Contains(r.methods, method) {
			return target{}, false, r.methods
		}
		t.kind = r.kind
		if r.kind == kindClient {
			t.device, t.configuration = wire.DeviceID(parts[3]), wire.ConfigurationID(parts[5])
		}
		return t, true, nil
	}
	return target{}, false, nil
}

// maxPath is the longest path that is looked at, in bytes.
const maxPath = 1024

func (r *route) matches(parts []string) bool {
	if len(parts) != len(r.segments) {
		return false
	}
	for i, s := range r.segments {
		if s.allows != nil && !s.allows(parts[i]) || s.allows == nil && parts[i] != s.literal {
			return false
		}
	}
	return true
}

// isNumber: the platform's ids are decimal.
func isNumber(part string) bool {
	if part == "" || len(part) > 20 {
		return false
	}
	for _, b := range []byte(part) {
		if b < '0' || b > '9' {
			return false
		}
	}
	return true
}

// isWord: a name without anything that a path could be built from.
func isWord(part string) bool {
	if part == "" || len(part) > 128 {
		return false
	}
	for _, b := range []byte(part) {
		if !isAlphanumeric(b) && b != '_' && b != '-' {
			return false
		}
	}
	return true
}

// isText: an external id or its type, which devices choose freely. Percent-encoding is allowed for
// what is data, and refused for what servers take as structure: dots, slashes,
// backslashes, semicolons, percent signs (a second encoding), control characters.
func isText(part string) bool {
	if part == "" || part == "." || part == ".." || len(part) > 512 {
		return false
	}
	for i := 0; i < len(part); i++ {
		b := part[i]
		switch {
		case isAlphanumeric(b), strings.IndexByte("-._~!$&'()*+,=:@", b) >= 0:
		case b == '%' && i+2 < len(part):
			high, okHigh := unhex(part[i+1])
			low, okLow := unhex(part[i+2])
			decoded := high<<4 | low
			if !okHigh || !okLow || decoded < ' ' || decoded == 0x7f || strings.IndexByte(`./\;%?#`, decoded) >= 0 {
				return false
			}
			i += 2
		default:
			return false
		}
	}
	// Overlong UTF-8 is another spelling of a slash to some servers.
	decoded, err := url.PathUnescape(part)
	return err == nil && utf8.ValidString(decoded)
}

func isAlphanumeric(b byte) bool {
	return b >= '0' && b <= '9' || b >= 'a' && b <= 'z' || b >= 'A' && b <= 'Z'
}

func unhex(b byte) (byte, bool) {
	switch {
	case b >= '0' && b <= '9':
		return b - '0', true
	case b >= 'a' && b <= 'f':
		return b - 'a' + 10, true
	case b >= 'A' && b <= 'F':
		return b - 'A' + 10, true
	default:
		return 0, false
	}
}
