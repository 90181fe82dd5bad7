package server

import (
	"net"
	"net/netip"
	"strings"

	"porthole/server/edge"
	"porthole/server/forwards"
	"porthole/ssh/wire"
)

// newForwards says where the forwards of each site live.
func (s *Server) newForwards() *forwards.Origins {
	var places []forwards.Place
	for _, site := range s.sites {
		if hasSubdomains(site.Host) {
			places = append(places, forwards.Subdomains(site))
		}
	}
	return forwards.New(forwards.Config{Places: places, Secret: forwards.NewSecret(), Plain: wire.PlainForwardsAsk, Tree: s.config.Assets})
}

// hasSubdomains tells whether a host, with or without port, can have names below it that
// are of the same site: an address has none, and names below a bare "localhost" or
// another single label are sites of their own to browsers.
func hasSubdomains(host string) bool {
	if name, _, err := net.SplitHostPort(host); err == nil {
		host = name
	}
	_, err := netip.ParseAddr(strings.Trim(host, "[]"))
	return err != nil && strings.Contains(host, ".")
}

var _ edge.Forwards = (*forwards.Origins)(nil)
