package edge

import (
	"context"
	"fmt"
	"net"
	"net/netip"
	"net/url"
	"strconv"
	"strings"
)

// Site is one origin that the gateway answers to.
type Site struct {
	Scheme string // http or https, as the browser sees it
	Host   string // host, and port when it is not the scheme's default
}

// ParseSite reads an origin such as "https://porthole.example:8443". The name is kept in
// lower case, a default port is dropped.
func ParseSite(origin string) (Site, error) {
	u, err := url.Parse(origin)
	switch {
	case err != nil:
		return Site{}, fmt.Errorf("parse origin: %w", err)
	case u.Scheme != "http" && u.Scheme != "https":
		return Site{}, fmt.Errorf("scheme of %q must be http or https", origin)
	case u.Hostname() == "" || u.User != nil || u.RawQuery != "" || u.Fragment != "" || (u.Path != "" && u.Path != "/"):
		return Site{}, fmt.Errorf("%q must be a scheme and a host only, such as https://porthole.example", origin)
	}
	return Site{Scheme: u.Scheme, Host: CanonicalHost(u.Host, u.Scheme)}, nil
}

// Origin is how a browser writes the site in an Origin header (RFC 6454 §6.2).
func (s Site) Origin() string { return s.Scheme + "://" + s.Host }

// Secure is true under https.
func (s Site) Secure() bool { return s.Scheme == "https" }

// WebsocketOrigin is the origin of the site's websockets.
func (s Site) WebsocketOrigin() string {
	if s.Secure() {
		return "wss://" + s.Host
	}
	return "ws://" + s.Host
}

// SameHost tells whether an Origin header names this site's host, whatever its scheme:
// command line clients write "http://" even on a wss connection.
func (s Site) SameHost(origin string) bool {
	u, err := url.Parse(origin)
	if err != nil || u.Host == "" {
		return false
	}
	host := strings.ToLower(u.Host)
	return host == s.Host || CanonicalHost(host, u.Scheme) == s.Host
}

// CanonicalHost is a host in lower case, without a trailing dot, without the default port.
func CanonicalHost(host, scheme string) string {
	host = strings.ToLower(host)
	name, port, err := net.SplitHostPort(host)
	if err != nil {
		return strings.TrimSuffix(host, ".")
	}
	name = strings.TrimSuffix(name, ".")
	if port == "" || (scheme == "https" && port == "443") || (scheme == "http" && port == "80") {
		if strings.Contains(name, ":") {
			return "[" + name + "]"
		}
		return name
	}
	return net.JoinHostPort(name, port)
}

// SplitHost takes a canonical host apart; the name keeps the brackets of an IPv6 address.
func SplitHost(host, scheme string) (name string, port int) {
	name, text, err := net.SplitHostPort(host)
	if err != nil {
		if scheme == "https" {
			return host, 443
		}
		return host, 80
	}
	if strings.Contains(name, ":") {
		name = "[" + name + "]"
	}
	port, _ = strconv.Atoi(text)
	return name, port
}

// Info is what the edge found out about a request.
type Info struct {
	Site    Site
	Address netip.Addr // of the person's machine; invalid when unknown
}

type infoKey struct{}

// WithInfo puts what the edge knows into a request's context.
func WithInfo(ctx context.Context, info Info) context.Context {
	return context.WithValue(ctx, infoKey{}, info)
}

// FromContext is what the edge put there; the zero Info matches no origin at all.
func FromContext(ctx context.Context) Info {
	info, _ := ctx.Value(infoKey{}).(Info)
	return info
}
