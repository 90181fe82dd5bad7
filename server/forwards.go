package server

import (
	"fmt"
	"log/slog"
	"net/http"
	"strconv"
	"strings"

	"porthole/server/api"
	"porthole/server/edge"
	"porthole/server/forwards"
	"porthole/ssh/wire"
)

// newForwards says where the forwards of each site live.
func (s *Server) newForwards(r resolved) (*forwards.Origins, error) {
	secret := forwards.NewSecret()
	if s.config.StateDir != "" && s.config.Forwards != "off" {
		var err error
		if secret, err = forwards.LoadSecret(s.config.StateDir); err != nil {
			return nil, fmt.Errorf("--state-dir: %w", err)
		}
	}
	return forwards.New(forwards.Config{
		Places: s.places(r), Secret: secret, Plain: wire.PlainForwards(s.config.PlainForwards), Tree: s.config.Assets,
		Owner: s.forwardOwner,
	}), nil
}

func (s *Server) places(r resolved) []forwards.Place {
	switch {
	case s.config.Forwards == "off":
		return nil
	case r.forwardSite != nil:
		base := *r.forwardSite
		if name, found := strings.CutSuffix(base.Host, ":0"); found { // the port of --listen
			base.Host = name + ":" + strconv.Itoa(s.Port())
		}
		return []forwards.Place{{Kind: wire.ForwardsSecondSite, Base: base, Apps: s.sites}}
	}
	var places []forwards.Place
	for i, site := range s.sites {
		switch {
		case len(r.forwardPorts) > 0:
			name, _ := edge.SplitHost(site.Host, site.Scheme)
			places = append(places, forwards.Place{
				Kind: wire.ForwardsPorts, Base: edge.Site{Scheme: site.Scheme, Host: name}, Apps: s.sites[i : i+1], Ports: r.forwardPorts,
			})
		case hasSubdomains(site.Host):
			places = append(places, forwards.Subdomains(site))
		default:
			s.log.Warn("no pages of devices under this address: it can have no names below it; set --forward-site or --forward-ports, or --forwards off to silence this",
				slog.String("url", site.Origin()))
		}
	}
	return places
}

// forwardOwner is the login of a request to a spare port.
func (s *Server) forwardOwner(r *http.Request) forwards.Owner {
	if l, found := api.LoginOf(r, s.logins); found {
		return l
	}
	return nil
}

var _ edge.Forwards = (*forwards.Origins)(nil)
