package server

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log"
	"log/slog"
	"net"
	"net/http"
	"strconv"
	"sync"
	"time"

	"porthole/server/api"
	"porthole/server/assets"
	"porthole/server/edge"
	"porthole/server/forwards"
	"porthole/server/login"
	"porthole/server/platform"
	"porthole/server/relay"

	"golang.org/x/sync/errgroup"
)

// Limits of the HTTP server itself.
const (
	// maxHeader is large on purpose: other programs on the same host name may have set
	// 100 kB of cookies, which browsers send along. Above it a client gets 431.
	maxHeader = 1 << 20
	// headerTime bounds slow clients, keepAliveTime idle ones.
	headerTime    = 10 * time.Second
	keepAliveTime = 2 * time.Minute
	// closeTime is how long answers under way may take once everything else ended.
	closeTime = 5 * time.Second
)

// Server is the gateway. Make it with New; Serve runs it, Close ends it.
type Server struct {
	config   Config
	log      *slog.Logger
	sites    []edge.Site
	tenant   *platform.Client
	logins   *login.Memory
	tokens   *login.Tokens
	relay    *relay.Relay
	forwards *forwards.Origins
	metrics  *metrics
	ready    *readiness
	handler  http.Handler
	admin    http.Handler

	listener         net.Listener
	adminListener    net.Listener // nil when off
	forwardListeners []net.Listener
	certificate      *edge.Certificate
	closing          sync.Once
}

// New checks the configuration and takes the addresses, so that a port in use is known
// before anything is promised to a person.
func New(config Config) (*Server, error) {
	r, err := config.resolve()
	if err != nil {
		return nil, err
	}
	s := &Server{config: config, log: config.Log, sites: r.sites, metrics: newMetrics()}
	if s.log == nil {
		s.log = slog.New(slog.DiscardHandler)
	}
	if config.TLSCert != "" {
		if s.certificate, err = edge.LoadCertificate(config.TLSCert, config.TLSKey, s.log); err != nil {
			return nil, fmt.Errorf("--tls-cert: %w", err)
		}
	}
	if err := errors.Join(s.listen(), s.listenForwards(r.forwardPorts)); err != nil {
		s.closeListeners()
		return nil, err
	}
	s.nameSites()
	if s.forwards, err = s.newForwards(r); err != nil {
		s.closeListeners()
		return nil, err
	}
	s.build(r)
	return s, nil
}

// build wires the parts.
func (s *Server) build(r resolved) {
	c := s.config
	s.tenant = platform.NewClient(r.tenant, c.TenantTimeout, r.tenantTLS)
	s.logins = login.NewMemory(login.MemoryOptions{Idle: c.LoginIdle, Max: c.LoginMax})
	s.tokens = login.NewTokens(c.CLITokens, nil)
	hosts := make([]string, 0, len(s.sites))
	for _, site := range s.sites {
		hosts = append(hosts, site.Host)
	}
	s.relay = relay.New(relay.Config{
		MaxPerPrincipal: c.MaxConnectionsPerPrincipal, MaxTotal: c.MaxConnections,
		WaitLimit: c.WaitLimit, IdleLimit: c.IdleLimit, MaxDuration: c.MaxDuration,
		DialTimeout: c.DialTimeout, DrainTime: c.DrainTime,
		ClientMessage: c.ClientMessage, TenantMessage: c.TenantMessage, Hosts: hosts,
		TLS: r.tenantTLS, Log: s.log, Metrics: s.metrics,
	})
	s.metrics.watch(s.relay.Open, s.logins.Len, s.tokens.Len)
	paths := api.New(api.Config{
		Version: c.Version, Tenant: s.tenant, Logins: s.logins, Tokens: s.tokens, Relay: s.relay, Demo: c.Demo,
		Forwards: s.forwards, Files: r.files, ProxyLimit: c.TenantTimeout, Log: s.log, SignIns: s.metrics.signIn, Events: s.metrics.event,
	})
	page := assets.New(c.Assets)
	rim := &edge.Edge{Sites: s.sites, TrustedProxies: r.proxies, Policy: s.forwards.Policy, Forwards: s.forwards}
	s.handler = s.metrics.count(s.recovered(rim.Wrap(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if assets.IsShell(r.URL.Path) || r.URL.Path == "/api/login" {
			edge.ExpireForeignCookies(w, r, edge.FromContext(r.Context()).Site.Host, api.KnownCookies...)
		}
		if page.Handles(r.URL.Path) {
			page.ServeHTTP(w, r)
			return
		}
		paths.ServeHTTP(w, r)
	}))))
	s.ready = &readiness{tenant: s.tenant}
	s.admin = s.newAdmin()
}

// Handler serves people and clients.
func (s *Server) Handler() http.Handler { return s.handler }

// AdminHandler serves /readyz and /metrics.
func (s *Server) AdminHandler() http.Handler { return s.admin }

// URL is the origin that people open.
func (s *Server) URL() string { return s.sites[0].Origin() }

// Addr is the address of the page.
func (s *Server) Addr() net.Addr { return s.listener.Addr() }

// AdminAddr is the address of /readyz and /metrics, nil when off.
func (s *Server) AdminAddr() net.Addr {
	if s.adminListener == nil {
		return nil
	}
	return s.adminListener.Addr()
}

// Serve runs until the context is done or a listener fails, then stops in order: no new
// connection, those open drain, then close with a code that says so. A stop that was
// asked for is no error.
func (s *Server) Serve(ctx context.Context) error {
	base, cancel := context.WithCancel(context.Background())
	defer cancel()
	page := s.httpServer(base, s.handler)
	servers := []*http.Server{page}
	group, stopped := errgroup.WithContext(ctx)
	for _, listener := range append([]net.Listener{s.listener}, s.forwardListeners...) {
		group.Go(func() error { return ignoreClosed(page.Serve(s.withTLS(listener))) })
	}
	if s.adminListener != nil {
		admin := s.httpServer(base, s.admin)
		servers = append(servers, admin)
		group.Go(func() error { return ignoreClosed(admin.Serve(s.adminListener)) })
	}
	s.log.Info("gateway serves", slog.String("url", s.URL()), slog.String("address", s.Addr().String()), slog.String("admin", s.adminText()))
	group.Go(func() error {
		<-stopped.Done()
		s.stop(cancel, servers)
		return nil
	})
	err := group.Wait()
	s.Close()
	s.log.Info("gateway stopped")
	return err
}

// stop ends everything in order.
func (s *Server) stop(cancel context.CancelFunc, servers []*http.Server) {
	s.log.Info("gateway stopping", slog.Int("connections", s.relay.Open()))
	for _, listener := range append([]net.Listener{s.listener}, s.forwardListeners...) {
		_ = listener.Close() // Shutdown closes it again
	}
	limit, done := context.WithTimeout(context.Background(), s.config.DrainTime+closeTime)
	defer done()
	s.relay.Shutdown(limit)
	cancel() // long polls and requests to the tenant
	for _, server := range servers {
		if err := server.Shutdown(limit); err != nil {
			_ = server.Close() // answers that take longer are cut
		}
	}
}

func (s *Server) httpServer(base context.Context, handler http.Handler) *http.Server {
	return &http.Server{
		Handler: handler, ReadHeaderTimeout: headerTime, IdleTimeout: keepAliveTime, MaxHeaderBytes: maxHeader,
		BaseContext: func(net.Listener) context.Context { return base },
		// Only noise of clients that went away or speak no HTTP comes here.
		ErrorLog: log.New(io.Discard, "", 0),
	}
}

// Close ends every login and connection at once. Serve calls it at its end; it may be
// called again.
func (s *Server) Close() {
	s.closing.Do(func() {
		s.closeListeners()
		s.logins.Close()
		s.tokens.Close()
		now, cancel := context.WithCancel(context.Background())
		cancel()
		s.relay.Shutdown(now)
		s.tenant.Close()
	})
}

func (s *Server) adminText() string {
	if s.adminListener == nil {
		return "off"
	}
	return s.adminListener.Addr().String()
}

// Port is the port of the page.
func (s *Server) Port() int {
	_, text, _ := net.SplitHostPort(s.listener.Addr().String())
	port, _ := strconv.Atoi(text)
	return port
}

func ignoreClosed(err error) error {
	if errors.Is(err, http.ErrServerClosed) || errors.Is(err, net.ErrClosed) {
		return nil
	}
	return err
}
