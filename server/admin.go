package server

import (
	"context"
	"net"
	"net/http"
	"net/netip"
	"strings"
	"sync"
	"time"

	"porthole/server/edge"
	"porthole/server/platform"

	"github.com/prometheus/client_golang/prometheus/promhttp"
)

// readyFor is how long an answer of the tenant counts: probes must not become load on it.
const readyFor = 5 * time.Second

// readiness asks the tenant whether it answers.
type readiness struct {
	tenant *platform.Client

	mu      sync.Mutex
	checked time.Time
	err     error
}

func (r *readiness) check(ctx context.Context) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	if !r.checked.IsZero() && time.Since(r.checked) < readyFor {
		return r.err
	}
	// A prober that gives up early must not make the tenant look down to the next one.
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), readyFor)
	defer cancel()
	_, r.err = r.tenant.LoginOptions(ctx)
	r.checked = time.Now()
	return r.err
}

// newAdmin serves those who run the gateway.
func (s *Server) newAdmin() http.Handler {
	figures := promhttp.HandlerFor(s.metrics.registry, promhttp.HandlerOpts{})
	loopback, _ := isLoopbackAddress(s.config.AdminListen)
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		edge.SecurityHeaders(w.Header(), edge.Site{}, edge.Policy{})
		// A page on a foreign name that was pointed at loopback must not read figures.
		if loopback && !isAddressOrLocal(r.Host) {
			http.Error(w, "This address answers to its own address only.", http.StatusMisdirectedRequest)
			return
		}
		switch {
		case r.Method != http.MethodGet && r.Method != http.MethodHead:
			http.Error(w, "This address only answers GET.", http.StatusMethodNotAllowed)
		case r.URL.Path == "/metrics":
			figures.ServeHTTP(w, r)
		case r.URL.Path == "/readyz":
			s.serveReady(w, r)
		case r.URL.Path == edge.HealthPath:
			_, _ = w.Write([]byte("ok\n")) // the prober went away: nothing to do
		default:
			http.Error(w, "There is nothing at this address.", http.StatusNotFound)
		}
	})
}

func (s *Server) serveReady(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	if err := s.ready.check(r.Context()); err != nil {
		failure := platform.TransportFailure(err)
		w.WriteHeader(http.StatusServiceUnavailable)
		_, _ = w.Write([]byte("not ready: " + string(failure.Code) + "\n")) // the prober went away: nothing to do
		return
	}
	_, _ = w.Write([]byte("ready\n")) // the prober went away: nothing to do
}

func isAddressOrLocal(host string) bool {
	if name, _, err := net.SplitHostPort(host); err == nil {
		host = name
	}
	_, err := netip.ParseAddr(strings.Trim(host, "[]"))
	return err == nil || isLoopbackName(host)
}
