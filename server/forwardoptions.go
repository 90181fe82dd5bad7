package server

import (
	"net"
	"net/netip"
	"slices"
	"strconv"
	"strings"

	"porthole/server/edge"
	"porthole/ssh/wire"

	"golang.org/x/net/publicsuffix"
)

// maxForwardPorts bounds "forward-ports": each is a listener and a source in the policy.
const maxForwardPorts = 100

// resolveForwards reads what says where the pages of devices live.
func (c Config) resolveForwards(r *resolved, bad *problems) {
	switch c.PlainForwards {
	case string(wire.PlainForwardsAsk), string(wire.PlainForwardsAllow), string(wire.PlainForwardsDeny):
	default:
		bad.add("plain-forwards", "%q is none of ask, allow, deny", c.PlainForwards)
	}
	switch c.Forwards {
	case "on":
	case "off":
		for option, value := range map[string]string{"forward-site": c.ForwardSite, "forward-ports": c.ForwardPorts} {
			if value != "" {
				bad.add(option, "has no meaning together with --forwards off: leave one of them out")
			}
		}
		return
	default:
		bad.add("forwards", "%q is neither on nor off", c.Forwards)
	}
	if c.ForwardSite != "" && c.ForwardPorts != "" {
		bad.add("forward-ports", "does not go together with --forward-site: leave one of them out")
	}
	if c.ForwardSite != "" {
		c.resolveForwardSite(r, bad)
	}
	if c.ForwardPorts != "" {
		c.resolveForwardPorts(r, bad)
	}
}

// resolveForwardSite reads the second site. What shares the site of the app would bring
// back what a second site is there to end, so it is refused.
func (c Config) resolveForwardSite(r *resolved, bad *problems) {
	site, err := edge.ParseSite(c.ForwardSite)
	if err != nil {
		bad.add("forward-site", "%w", err)
		return
	}
	secure := c.TLSCert != ""
	apps := []string{"porthole.localhost"}
	for _, app := range r.sites {
		secure = app.Secure()
		apps = append(apps, nameOf(app.Host))
	}
	name := nameOf(site.Host)
	switch {
	case !hasSubdomains(site.Host):
		bad.add("forward-site", "%q can have no names below it: it must be a domain of its own, such as https://usercontent.example", c.ForwardSite)
	case site.Secure() != secure && c.PublicURL != "":
		bad.add("forward-site", "must have the scheme of --public-url: browsers do not mix http and https")
	case site.Secure() != secure:
		bad.add("forward-site", "must be %s as the page is: browsers do not mix http and https", map[bool]string{true: "https", false: "http"}[secure])
	case slices.ContainsFunc(apps, func(app string) bool { return sameSite(app, name) }):
		bad.add("forward-site", "%q is of the same site as the page: give a domain of its own, or leave the option out to have the forwards below the page's own name", c.ForwardSite)
	default:
		r.forwardSite = &site
	}
}

// sameSite tells whether browsers count two host names as one site: those with one
// registrable domain.
func sameSite(a, b string) bool {
	domain := func(name string) string {
		if registrable, err := publicsuffix.EffectiveTLDPlusOne(name); err == nil {
			return registrable
		}
		return name
	}
	return domain(a) == domain(b)
}

// resolveForwardPorts reads "8441-8450" or a list such as "8441,8450-8452".
func (c Config) resolveForwardPorts(r *resolved, bad *problems) {
	var list []int
	for part := range strings.SplitSeq(c.ForwardPorts, ",") {
		lowText, highText, isRange := strings.Cut(strings.TrimSpace(part), "-")
		if !isRange {
			highText = lowText
		}
		low, err := strconv.ParseUint(lowText, 10, 16)
		high, err2 := strconv.ParseUint(highText, 10, 16)
		if err != nil || err2 != nil || low == 0 || low > high || high-low >= maxForwardPorts {
			bad.add("forward-ports", "%q is no list of at most %d ports such as 8441-8450", c.ForwardPorts, maxForwardPorts)
			return
		}
		for port := low; port <= high; port++ {
			if !slices.Contains(list, int(port)) {
				list = append(list, int(port))
			}
		}
	}
	if len(list) > maxForwardPorts {
		bad.add("forward-ports", "%q is no list of at most %d ports such as 8441-8450", c.ForwardPorts, maxForwardPorts)
		return
	}
	for option, address := range map[string]string{"listen": c.Listen, "admin-listen": c.AdminListen} {
		if _, text, err := net.SplitHostPort(address); err == nil {
			if port, err := strconv.Atoi(text); err == nil && slices.Contains(list, port) {
				bad.add("forward-ports", "%d is the port of --%s already", port, option)
			}
		}
	}
	for _, app := range r.sites {
		if _, port := edge.SplitHost(app.Host, app.Scheme); slices.Contains(list, port) {
			bad.add("forward-ports", "%d is the port of --public-url already", port)
		}
	}
	r.forwardPorts = list
}

// hasSubdomains tells whether a host, with or without port, can have names below it that
// are of the same site: an address has none, and names below a bare "localhost" or
// another single label are sites of their own to browsers.
func hasSubdomains(host string) bool {
	name := nameOf(host)
	_, err := netip.ParseAddr(strings.Trim(name, "[]"))
	return err != nil && strings.Contains(name, ".")
}

// nameOf is a host without its port.
func nameOf(host string) string {
	if name, _, err := net.SplitHostPort(host); err == nil {
		return name
	}
	return host
}
