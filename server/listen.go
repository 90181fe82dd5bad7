package server

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"strconv"
	"syscall"

	"porthole/server/edge"
)

// listen takes both addresses.
func (s *Server) listen() error {
	var err error
	if s.listener, err = listen("--listen", s.config.Listen); err != nil {
		return err
	}
	if s.config.AdminListen == "off" {
		return nil
	}
	s.adminListener, err = listen("--admin-listen", s.config.AdminListen)
	return err
}

// closeListeners closes those there are; each may be closed already.
func (s *Server) closeListeners() {
	for _, listener := range append([]net.Listener{s.listener, s.adminListener}, s.forwardListeners...) {
		if listener != nil {
			_ = listener.Close()
		}
	}
}

func listen(option, address string) (net.Listener, error) {
	listener, err := new(net.ListenConfig).Listen(context.Background(), "tcp", address)
	switch {
	case errors.Is(err, syscall.EADDRINUSE):
		return nil, fmt.Errorf("%s: port in use: another program listens on %s already; stop it or choose another port", option, address)
	case err != nil:
		return nil, fmt.Errorf("%s: %w", option, err)
	}
	return listener, nil
}

// nameSites adds the name that browsers resolve to loopback by themselves, where the
// gateway is on loopback.
func (s *Server) nameSites() {
	if loopback, err := isLoopbackAddress(s.config.Listen); err != nil || !loopback {
		return
	}
	_, port, err := net.SplitHostPort(s.listener.Addr().String())
	if err != nil {
		return
	}
	scheme := "http"
	if s.certificate != nil {
		scheme = "https"
	}
	if site, err := edge.ParseSite(scheme + "://porthole.localhost:" + port); err == nil {
		s.sites = append(s.sites, site)
	}
}

// listenForwards takes the spare ports.
func (s *Server) listenForwards(ports []int) error {
	host, _, err := net.SplitHostPort(s.config.Listen)
	if err != nil {
		return fmt.Errorf("--listen: %w", err) // resolve read it already
	}
	for _, port := range ports {
		listener, err := listen("--forward-ports", net.JoinHostPort(host, strconv.Itoa(port)))
		if err != nil {
			return err
		}
		s.forwardListeners = append(s.forwardListeners, listener)
	}
	return nil
}

func (s *Server) withTLS(listener net.Listener) net.Listener {
	if s.certificate == nil {
		return listener
	}
	return tls.NewListener(listener, s.certificate.TLSConfig())
}
