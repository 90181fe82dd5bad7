package server

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"net"
	"net/netip"
	"net/url"
	"strconv"
	"strings"
	"time"

	"porthole/server/api"
	"porthole/server/edge"
	"porthole/server/login"
	"porthole/server/relay"
	"porthole/ssh/wire"
)

// Config is everything that can be set. DefaultConfig has the defaults named below; the
// name in quotes is the option, and PORTHOLE_OPTION_NAME its variable.
type Config struct {
	Tenant        string        // "tenant": URL of the tenant; required
	TenantCA      string        // "tenant-ca": PEM file of further roots for the tenant; none
	TenantTimeout time.Duration // "tenant-timeout": longest request to the tenant but for long polls; 30 s

	Listen         string   // "listen": address of the page; 127.0.0.1:8440
	PublicURL      string   // "public-url": origin that people open; http(s)://porthole.localhost:PORT on loopback
	TLSCert        string   // "tls-cert": PEM file, taken anew when it changes; none
	TLSKey         string   // "tls-key": its key; none
	TrustedProxies []string // "trusted-proxies": networks (CIDR) whose X-Forwarded-For and -Proto count; none
	AdminListen    string   // "admin-listen": address of /readyz and /metrics, or "off"; 127.0.0.1:0

	LoginIdle time.Duration // "login-idle": a login ends after so long without use; 30 min
	LoginMax  time.Duration // "login-max": and after so long in any case; 12 h
	CLITokens time.Duration // "cli-tokens": how long a command line stays signed in; 0: none may; 8 h

	MaxConnections             int           // "max-connections": relayed at once in all; 5,000
	MaxConnectionsPerPrincipal int           // "max-connections-per-principal": and of one person; 50
	WaitLimit                  time.Duration // "wait-limit": until a device's first byte; 60 s
	IdleLimit                  time.Duration // "idle-limit": connection without a byte; 1 h
	MaxDuration                time.Duration // "max-duration": of one connection; 12 h
	DialTimeout                time.Duration // "dial-timeout": until the tenant answers an upgrade; 10 s
	DrainTime                  time.Duration // "drain-time": connections may end by themselves at shutdown; 5 s
	ClientMessage              int           // "client-message": largest message to a client, bytes; 256 KiB
	TenantMessage              int           // "tenant-message": largest message to a tenant, bytes; 64 KiB

	Forwards      string // "forwards": pages of devices, "on" or "off"; on
	ForwardSite   string // "forward-site": second site for them; port 0 is that of Listen; none
	ForwardPorts  string // "forward-ports": spare ports for them, such as "8441-8450"; none
	PlainForwards string // "plain-forwards": those that others can read, "ask", "allow" or "deny"; ask

	Files           string   // "files": the files panel, "on" or "off"; on
	FilesReadOnly   bool     // "files-read-only": it changes nothing on devices
	FilesMaxSize    int64    // "files-max-size": largest file it carries, bytes; 0: no limit
	FilesReadPaths  []string // "files-read-paths": absolute paths it reads at and below; none: all
	FilesWritePaths []string // "files-write-paths": absolute paths it writes at and below; none: all
	LogPaths        bool     // "log-paths": paths and hashes of transfers may stand in the log

	StateDir string // "state-dir": folder of what must survive a restart; "": nothing does

	// Not options: what the program brings along.
	Assets  fs.FS     // the built page; nil: the page says how to build it
	Demo    *api.Demo // not nil: sign-in by the printed link
	Version string
	Log     *slog.Logger // nil: nothing is logged
}

// Bounds of message sizes, in bytes.
const (
	minMessage       = 1 << 10
	maxClientMessage = relay.DefaultClientMessage
	maxTenantMessage = relay.DefaultTenantMessage
)

// DefaultConfig has every default; only Tenant must be added.
func DefaultConfig() Config {
	return Config{
		TenantTimeout: 30 * time.Second, Listen: "127.0.0.1:8440", AdminListen: "127.0.0.1:0",
		LoginIdle: 30 * time.Minute, LoginMax: 12 * time.Hour, CLITokens: login.DefaultTokenLife,
		MaxConnections: 5000, MaxConnectionsPerPrincipal: 50,
		WaitLimit: time.Minute, IdleLimit: time.Hour, MaxDuration: 12 * time.Hour,
		DialTimeout: relay.DefaultDialTimeout, DrainTime: 5 * time.Second,
		ClientMessage: maxClientMessage, TenantMessage: maxTenantMessage,
		Forwards: "on", Files: "on", PlainForwards: string(wire.PlainForwardsAsk),
	}
}

// Validate reports every option that is wrong, each by its name.
func (c Config) Validate() error {
	_, err := c.resolve()
	return err
}

// resolved is a Config with its texts read.
type resolved struct {
	tenant    *url.URL
	tenantTLS *tls.Config
	sites     []edge.Site // empty: named after the port is known
	proxies   []netip.Prefix

	forwardSite  *edge.Site // nil: no second site
	forwardPorts []int

	files wire.FilesInfo
}

// problems collects what is wrong.
type problems []error

func (p *problems) add(option, format string, args ...any) {
	*p = append(*p, fmt.Errorf("--"+option+": "+format, args...))
}

// resolve reads every option and reports all that are wrong at once.
func (c Config) resolve() (resolved, error) {
	var (
		r   resolved
		bad problems
	)
	c.resolveTenant(&r, &bad)
	c.resolveEdge(&r, &bad)
	c.resolveForwards(&r, &bad)
	c.resolveFiles(&r, &bad)
	c.checkLimits(&bad)
	return r, errors.Join(bad...)
}

func (c Config) resolveTenant(r *resolved, bad *problems) {
	site, err := edge.ParseSite(c.Tenant)
	switch {
	case c.Tenant == "":
		bad.add("tenant", "is missing: give the tenant's URL, such as https://example.cumulocity.com, or --demo to try without one")
	case err != nil:
		bad.add("tenant", "%w", err)
	case !site.Secure() && !isLoopbackName(site.Host):
		bad.add("tenant", "%q would send passwords unencrypted: use https", c.Tenant)
	default:
		r.tenant = &url.URL{Scheme: site.Scheme, Host: site.Host}
	}
	r.tenantTLS = &tls.Config{MinVersion: tls.VersionTLS12}
	pem, fine := readPEM("tenant-ca", c.TenantCA, rootsIn, bad)
	if !fine {
		return
	}
	roots, err := x509.SystemCertPool()
	if err != nil {
		roots = x509.NewCertPool()
	}
	roots.AppendCertsFromPEM(pem)
	r.tenantTLS.RootCAs = roots
}

func (c Config) resolveEdge(r *resolved, bad *problems) {
	loopback, err := isLoopbackAddress(c.Listen)
	if err != nil {
		bad.add("listen", "%w", err)
	}
	c.checkCertificate(bad)
	for _, text := range c.TrustedProxies {
		prefix, err := netip.ParsePrefix(strings.TrimSpace(text))
		if err != nil {
			bad.add("trusted-proxies", "%q is no network such as 10.0.0.0/8", text)
			continue
		}
		r.proxies = append(r.proxies, prefix.Masked())
	}
	if c.AdminListen != "off" {
		if _, err := isLoopbackAddress(c.AdminListen); err != nil {
			bad.add("admin-listen", "%w", err)
		}
	}
	var site edge.Site
	if c.PublicURL != "" {
		if site, err = edge.ParseSite(c.PublicURL); err != nil {
			bad.add("public-url", "%w", err)
			return
		}
		r.sites = append(r.sites, site)
	}
	c.checkPublic(site, loopback, bad)
}

// checkPublic refuses what would carry passwords in the clear.
func (c Config) checkPublic(site edge.Site, loopback bool, bad *problems) {
	tlsHere := c.TLSCert != ""
	switch {
	case tlsHere && c.PublicURL != "" && !site.Secure():
		bad.add("public-url", "must be https, because --tls-cert is set")
	case c.PublicURL != "" && !site.Secure() && !isLoopbackName(site.Host):
		bad.add("public-url", "%q would carry passwords unencrypted: use https", c.PublicURL)
	case !loopback && c.PublicURL == "":
		bad.add("public-url", "is missing: off loopback the gateway must know the name that people open")
	case !loopback && !tlsHere && (!site.Secure() || len(c.TrustedProxies) == 0):
		bad.add("listen", "%s is not loopback and would serve plain http: set --tls-cert and --tls-key, or --trusted-proxies with an https --public-url", c.Listen)
	case c.PublicURL != "" && site.Secure() && !tlsHere && len(c.TrustedProxies) == 0:
		bad.add("trusted-proxies", "is missing: https ends at a proxy, and without its network all people would count as one address (for a proxy on this machine 127.0.0.1/32)")
	}
}

func (c Config) checkLimits(bad *problems) {
	for _, d := range []struct {
		option string
		value  time.Duration
		zero   bool // zero means no limit
	}{
		{"tenant-timeout", c.TenantTimeout, false},
		{"login-idle", c.LoginIdle, false},
		{"login-max", c.LoginMax, false},
		{"cli-tokens", c.CLITokens, true},
		{"wait-limit", c.WaitLimit, true},
		{"idle-limit", c.IdleLimit, true},
		{"max-duration", c.MaxDuration, true},
		{"dial-timeout", c.DialTimeout, false},
		{"drain-time", c.DrainTime, true},
	} {
		if d.value < 0 || d.value == 0 && !d.zero {
			bad.add(d.option, "%s is too short", d.value)
		}
	}
	for _, n := range []struct {
		option           string
		value, low, high int
	}{
		{"max-connections", c.MaxConnections, 1, 1_000_000},
		{"max-connections-per-principal", c.MaxConnectionsPerPrincipal, 1, 1_000_000},
		{"client-message", c.ClientMessage, minMessage, maxClientMessage},
		{"tenant-message", c.TenantMessage, minMessage, maxTenantMessage},
	} {
		if n.value < n.low || n.value > n.high {
			bad.add(n.option, "%d must be between %d and %d", n.value, n.low, n.high)
		}
	}
	if c.LoginIdle > c.LoginMax && c.LoginMax > 0 {
		bad.add("login-idle", "%s is longer than --login-max %s", c.LoginIdle, c.LoginMax)
	}
}

// isLoopbackAddress reads a listen address; "localhost" and names below it are loopback.
func isLoopbackAddress(address string) (bool, error) {
	host, port, err := net.SplitHostPort(address)
	if err != nil {
		return false, fmt.Errorf("%q is no address such as 127.0.0.1:8440", address)
	}
	if _, err := strconv.ParseUint(port, 10, 16); err != nil {
		return false, fmt.Errorf("port %q is no number up to 65535", port)
	}
	return isLoopbackName(host), nil
}

// isLoopbackName tells whether a host, with or without port, is this machine.
func isLoopbackName(host string) bool {
	if name, _, err := net.SplitHostPort(host); err == nil {
		host = name
	}
	host = strings.ToLower(strings.Trim(host, "[]"))
	if host == "localhost" || strings.HasSuffix(host, ".localhost") {
		return true
	}
	address, err := netip.ParseAddr(host)
	return err == nil && address.Unmap().IsLoopback()
}
