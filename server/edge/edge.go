package edge

import (
	"encoding/json"
	"net"
	"net/http"
	"net/netip"
	"slices"
	"strings"

	"porthole/ssh/wire"
)

// Edge is the outermost handler. Set the fields, then use Wrap; do not change them after.
type Edge struct {
	// Sites are the origins that the gateway answers to, every other name gets 421.
	Sites []Site
	// TrustedProxies are the networks whose X-Forwarded-For and X-Forwarded-Proto count.
	TrustedProxies []netip.Prefix
	// Policy is what the pages of a site may do beyond the common policy; nil: nothing.
	Policy func(Site) Policy
	// Forwards serves the origins of device pages; nil: there are none.
	Forwards Forwards
}

// Forwards serves origins that are no part of the app: no handler behind the edge ever
// sees a request to one of them.
type Forwards interface {
	http.Handler
	// Site tells whether a Host header names such an origin, and which.
	Site(host string) (Site, bool)
}

// Wrap puts the edge around a handler. HealthPath is served before the host check,
// because probes come by address.
func (e *Edge) Wrap(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if e.Forwards != nil {
			if site, found := e.Forwards.Site(r.Host); found {
				e.serveForward(w, r, site)
				return
			}
		}
		if r.URL.Path == HealthPath && (r.Method == http.MethodGet || r.Method == http.MethodHead) {
			SecurityHeaders(w.Header(), Site{}, Policy{})
			w.Header().Set("Content-Type", "text/plain; charset=utf-8")
			_, _ = w.Write([]byte("ok\n")) // the prober went away: nothing to do
			return
		}
		site, found := e.site(r.Host)
		if !found {
			SecurityHeaders(w.Header(), Site{}, Policy{})
			refuse(w, http.StatusMisdirectedRequest, wire.CodeMisdirected,
				"This gateway does not answer to that host name. Open it under the name that its administrator gave you.")
			return
		}
		SecurityHeaders(w.Header(), site, e.policy(site))
		if !e.arrivedSafely(r, site) {
			e.sendToHTTPS(w, r, site)
			return
		}
		info := Info{Site: site, Address: e.address(r)}
		next.ServeHTTP(w, r.WithContext(WithInfo(r.Context(), info)))
	})
}

func (e *Edge) serveForward(w http.ResponseWriter, r *http.Request, site Site) {
	if !e.arrivedSafely(r, site) {
		SecurityHeaders(w.Header(), site, Policy{})
		e.sendToHTTPS(w, r, site)
		return
	}
	e.Forwards.ServeHTTP(w, r)
}

func (e *Edge) policy(site Site) Policy {
	if e.Policy == nil {
		return Policy{}
	}
	return e.Policy(site)
}

// HealthPath answers 200 while the process serves.
const HealthPath = "/healthz"

// site finds the origin of a Host header. Equal hosts of two schemes do not occur: the
// first listed wins.
func (e *Edge) site(host string) (Site, bool) {
	for _, site := range e.Sites {
		if CanonicalHost(host, site.Scheme) == site.Host {
			return site, true
		}
	}
	return Site{}, false
}

// arrivedSafely is false when a person reached an https site over plain http: through a
// proxy that says so, or past the proxy.
func (e *Edge) arrivedSafely(r *http.Request, site Site) bool {
	if !site.Secure() || r.TLS != nil {
		return true
	}
	peer := peerAddress(r)
	if e.trusts(peer) {
		proto := r.Header.Get("X-Forwarded-Proto")
		return proto == "" || strings.EqualFold(strings.TrimSpace(proto), "https")
	}
	return peer.IsLoopback()
}

// sendToHTTPS redirects what a person typed, and refuses what may carry a secret.
func (e *Edge) sendToHTTPS(w http.ResponseWriter, r *http.Request, site Site) {
	if (r.Method == http.MethodGet || r.Method == http.MethodHead) && r.Header.Get("Upgrade") == "" && !r.URL.Query().Has("token") {
		target := *r.URL
		target.Scheme, target.Host = site.Scheme, site.Host
		http.Redirect(w, r, target.String(), http.StatusPermanentRedirect) //nolint:gosec // the host is our own site's
		return
	}
	refuse(w, http.StatusForbidden, wire.CodeForbidden, "This gateway is reached by https only. Use "+site.Origin()+".")
}

// address is the machine of the person: the peer, or what trusted proxies saw. The list
// is read from its end, because a client may write anything at its start.
func (e *Edge) address(r *http.Request) netip.Addr {
	address := peerAddress(r)
	if !e.trusts(address) {
		return address
	}
	hops := strings.Split(strings.Join(r.Header.Values("X-Forwarded-For"), ","), ",")
	for _, hop := range slices.Backward(hops) {
		hop, err := parseHop(strings.TrimSpace(hop))
		if err != nil {
			return address
		}
		address = hop
		if !e.trusts(address) {
			return address
		}
	}
	return address
}

// parseHop reads one entry of X-Forwarded-For; some proxies add a port.
func parseHop(text string) (netip.Addr, error) {
	if withPort, err := netip.ParseAddrPort(text); err == nil {
		return withPort.Addr().Unmap(), nil
	}
	address, err := netip.ParseAddr(strings.Trim(text, "[]"))
	return address.Unmap(), err
}

func (e *Edge) trusts(address netip.Addr) bool {
	for _, prefix := range e.TrustedProxies {
		if prefix.Contains(address) {
			return true
		}
	}
	return false
}

func peerAddress(r *http.Request) netip.Addr {
	host, _, err := net.SplitHostPort(r.RemoteAddr)
	if err != nil {
		return netip.Addr{}
	}
	address, err := netip.ParseAddr(host)
	if err != nil {
		return netip.Addr{}
	}
	return address.Unmap().WithZone("")
}

func refuse(w http.ResponseWriter, status int, code wire.ErrorCode, message string) {
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("Cache-Control", "no-store")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(wire.ErrorBody{Error: code, Message: message}) // the client went away: nothing to do
}
