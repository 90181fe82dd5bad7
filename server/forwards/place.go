package forwards

import (
	"slices"
	"strconv"
	"strings"

	"porthole/server/edge"
	"porthole/ssh/wire"
)

// viewerLabel stands where an id would, in front of a second site.
const viewerLabel = "view"

// Place is where the forwards of some sites of the gateway live.
type Place struct {
	Kind wire.ForwardsKind
	// Base is what follows "<id>."; under ForwardsPorts it is the host without a port.
	Base edge.Site
	// Apps are the sites whose pages may frame the bridge.
	Apps []edge.Site
	// Ports are the spare ports of ForwardsPorts.
	Ports []int
}

// Subdomains is the place below a site of the gateway itself.
func Subdomains(app edge.Site) Place {
	return Place{Kind: wire.ForwardsSubdomain, Base: edge.Site{Scheme: app.Scheme, Host: "fwd." + app.Host}, Apps: []edge.Site{app}}
}

// origin is one host name of a place.
type origin struct {
	place *Place
	site  edge.Site
	label string // an id, or viewerLabel; "" under ForwardsPorts
}

// find tells whether a Host header names an origin of the place.
func (p *Place) find(host string) (origin, bool) {
	host = edge.CanonicalHost(host, p.Base.Scheme)
	found := origin{place: p, site: edge.Site{Scheme: p.Base.Scheme, Host: host}}
	if p.Kind == wire.ForwardsPorts {
		name, port := edge.SplitHost(host, p.Base.Scheme)
		return found, name == p.Base.Host && slices.Contains(p.Ports, port)
	}
	label, base, _ := strings.Cut(host, ".")
	found.label = label
	return found, base == p.Base.Host && (isID(label) || p.Kind == wire.ForwardsSecondSite && label == viewerLabel)
}

// viewer is the origin of the viewer tab, "" where there is none.
func (p *Place) viewer() string {
	if p.Kind != wire.ForwardsSecondSite {
		return ""
	}
	return p.Base.Scheme + "://" + viewerLabel + "." + p.Base.Host
}

// sources are the origins of the place as a Content-Security-Policy writes them.
func (p *Place) sources() string {
	if p.Kind != wire.ForwardsPorts {
		return p.Base.Scheme + "://*." + p.Base.Host
	}
	list := make([]string, 0, len(p.Ports))
	for _, port := range p.Ports {
		list = append(list, p.onPort(port))
	}
	return strings.Join(list, " ")
}

func (p *Place) onPort(port int) string {
	return p.Base.Scheme + "://" + edge.CanonicalHost(p.Base.Host+":"+strconv.Itoa(port), p.Base.Scheme)
}

// mirrors tells whether device cookies may be in the browser's jar: spare ports share one
// jar with the app and with each other.
func (p *Place) mirrors() bool { return p.Kind != wire.ForwardsPorts }

// ancestors are who may frame what lives here beside the origin itself.
func (p *Place) ancestors() string {
	list := p.apps()
	if viewer := p.viewer(); viewer != "" {
		list = append(list, viewer)
	}
	return strings.Join(list, " ")
}

func (p *Place) apps() []string {
	list := make([]string, 0, len(p.Apps)+1)
	for _, app := range p.Apps {
		list = append(list, app.Origin())
	}
	return list
}
