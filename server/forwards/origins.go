package forwards

import (
	"io/fs"
	"net/http"
	"slices"

	"porthole/server/edge"
	"porthole/ssh/wire"
)

// Config is what Origins are made of.
type Config struct {
	// Places may be empty: then there are no forwards.
	Places []Place
	Secret Secret
	Plain  wire.PlainForwards
	// Tree is the built page with its folder "fwd"; nil when it was not built.
	Tree fs.FS
	// Owner finds the login of a request, nil when there is none. It is asked only on
	// spare ports, which share the app's host and so get its cookies.
	Owner func(*http.Request) Owner
}

// Origins are all origins of forwards. Make them with New.
type Origins struct {
	config Config
	files  *files
	ports  *ports
}

// New returns the origins of a configuration.
func New(config Config) *Origins {
	return &Origins{config: config, files: newFiles(config.Tree), ports: newPorts()}
}

// place is where the forwards of a site live, nil where it has none.
func (o *Origins) place(app edge.Site) *Place {
	for i := range o.config.Places {
		if p := &o.config.Places[i]; slices.Contains(p.Apps, app) {
			return p
		}
	}
	return nil
}

func (o *Origins) find(host string) (origin, bool) {
	for i := range o.config.Places {
		if found, ok := o.config.Places[i].find(host); ok {
			return found, true
		}
	}
	return origin{}, false
}

// Site tells whether a Host header names an origin of a forward, and which.
func (o *Origins) Site(host string) (edge.Site, bool) {
	found, ok := o.find(host)
	return found.site, ok
}

// Info is what the page of a site is told about forwards.
func (o *Origins) Info(app edge.Site) wire.ForwardsInfo {
	info := wire.ForwardsInfo{Plain: o.config.Plain}
	if p := o.place(app); p != nil {
		info.Kind = p.Kind
		if viewer := p.viewer(); viewer != "" {
			info.Viewer = viewer + viewerPath
		}
	}
	return info
}

// AllowsPlain tells whether forwards may be readable by gateway and tenant. Deny is the
// answer of the zero Config too.
func (o *Origins) AllowsPlain() bool {
	return o.config.Plain == wire.PlainForwardsAsk || o.config.Plain == wire.PlainForwardsAllow
}

// Policy is what the policy of a site's own pages says about forwards: which frames they
// may have, and how they relate to the tabs they open. The viewer tab needs its opener.
func (o *Origins) Policy(app edge.Site) edge.Policy {
	p := o.place(app)
	if p == nil {
		return edge.Policy{}
	}
	return edge.Policy{Frames: p.sources(), Popups: p.Kind == wire.ForwardsSecondSite}
}

// Assign gives the origin of a target for the page of a site. owner is the login that
// asks. It is false where there are no forwards.
func (o *Origins) Assign(app edge.Site, owner Owner, t Target) (wire.ForwardOrigin, bool) {
	p := o.place(app)
	if p == nil {
		return wire.ForwardOrigin{}, false
	}
	id := o.config.Secret.ID(t)
	if p.Kind == wire.ForwardsPorts {
		return wire.ForwardOrigin{ID: id, Origin: p.onPort(o.ports.assign(owner, p.Ports, id))}, true
	}
	return wire.ForwardOrigin{ID: id, Origin: p.Base.Scheme + "://" + id + "." + p.Base.Host}, true
}

// emptyPort has the browser forget what another target left on a spare port, before the
// bridge of the next one runs. Cookies are not meant: they are the app's too.
func (o *Origins) emptyPort(w http.ResponseWriter, r *http.Request, at origin) {
	if at.place.Kind != wire.ForwardsPorts || o.config.Owner == nil {
		return
	}
	_, port := edge.SplitHost(at.site.Host, at.site.Scheme)
	if owner := o.config.Owner(r); owner != nil && o.ports.toEmpty(owner, port) {
		w.Header().Set("Clear-Site-Data", `"cache", "storage"`)
	}
}
