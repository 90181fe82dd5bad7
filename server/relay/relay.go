package relay

import (
	"context"
	"errors"
	"net"
	"net/http"
	"sync"
	"sync/atomic"
	"time"

	"porthole/ssh/wire"
)

// retryAfterLimit is the advice to a client that met a limit: connections end at any
// time, so a moment later is a good time.
const retryAfterLimit = 10 * time.Second

// errStopping ends dials and connections when the relay shuts down.
var errStopping = errors.New("the gateway is stopping")

// Relay joins clients with a tenant. Make one with New.
type Relay struct {
	// Fixed after New.
	cfg       Config
	transport *http.Transport
	toClient  *buffers
	toTenant  *buffers
	claims    *claims
	stopped   context.Context //nolint:containedctx // the lifetime of every connection: done when the drain is over
	stop      context.CancelCauseFunc

	open    atomic.Int64   // connections after accept
	running sync.WaitGroup // admitted requests, until Serve returns

	mu       sync.Mutex
	stopping bool
	total    int            // admitted requests
	byOwner  map[string]int // the same by principal
}

// New makes a relay.
func New(cfg Config) *Relay {
	d := &net.Dialer{}
	return newRelay(cfg, d.DialContext)
}

func newRelay(cfg Config, dial dialFunc) *Relay {
	cfg = cfg.withDefaults()
	stopped, stop := context.WithCancelCause(context.Background())
	return &Relay{
		cfg:       cfg,
		transport: newTransport(cfg, dial),
		toClient:  newBuffers(cfg.ClientMessage),
		toTenant:  newBuffers(cfg.TenantMessage),
		claims:    newClaims(),
		stopped:   stopped,
		stop:      stop,
		byOwner:   make(map[string]int),
	}
}

// Open is the number of open connections.
func (r *Relay) Open() int {
	return int(r.open.Load())
}

// Shutdown refuses new connections, gives the open ones DrainTime to end by
// themselves, closes the rest with wire.CloseGatewayStopping and returns when all have
// ended. When ctx is done the drain ends early; the closing still takes its time,
// which is bounded to a few seconds.
func (r *Relay) Shutdown(ctx context.Context) {
	r.mu.Lock()
	r.stopping = true
	r.mu.Unlock()

	ended := make(chan struct{})
	go func() {
		r.running.Wait()
		close(ended)
	}()
	drain := time.NewTimer(r.cfg.DrainTime)
	defer drain.Stop()
	select {
	case <-ended:
	case <-drain.C:
	case <-ctx.Done():
	}
	r.stop(errStopping)
	<-ended
	r.transport.CloseIdleConnections()
}

// admit counts a request of the principal in, or says which limit it met.
func (r *Relay) admit(principal string) *Refused {
	if principal == "" {
		return &Refused{
			Status:    http.StatusUnauthorized,
			ErrorBody: wire.ErrorBody{Error: wire.CodeNotSignedIn, Message: "You are not signed in. Sign in, then connect."},
			Cause:     errors.New("the request has no principal"),
		}
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	switch {
	case r.stopping:
		return stopping()
	case r.cfg.MaxTotal > 0 && r.total >= r.cfg.MaxTotal:
		return tooMany(http.StatusServiceUnavailable,
			"The gateway has as many connections as it may. Try again in a moment, or tell its operator.")
	case r.cfg.MaxPerPrincipal > 0 && r.byOwner[principal] >= r.cfg.MaxPerPrincipal:
		return tooMany(http.StatusTooManyRequests,
			"You have as many connections open as one person may. Close one, then connect again.")
	}
	r.total++
	r.byOwner[principal]++
	r.running.Add(1)
	return nil
}

// leave undoes admit.
func (r *Relay) leave(principal string) {
	r.mu.Lock()
	r.total--
	if r.byOwner[principal]--; r.byOwner[principal] == 0 {
		delete(r.byOwner, principal)
	}
	r.mu.Unlock()
	r.running.Done()
}

func tooMany(status int, message string) *Refused {
	return &Refused{
		Status:     status,
		ErrorBody:  wire.ErrorBody{Error: wire.CodeTooManyConnections, Message: message},
		RetryAfter: retryAfterLimit,
		Cause:      errors.New("a limit of connections is reached"),
	}
}

func stopping() *Refused {
	return &Refused{
		Status:     http.StatusServiceUnavailable,
		ErrorBody:  wire.ErrorBody{Error: wire.CodeStopping, Message: "The gateway is stopping. Connect again in a moment."},
		RetryAfter: retryAfterLimit,
		Cause:      errStopping,
	}
}

func internal(cause error) *Refused {
	return &Refused{
		Status:    http.StatusInternalServerError,
		ErrorBody: wire.ErrorBody{Error: wire.CodeInternal, Message: "The gateway failed. Tell its operator; the log has the cause."},
		Cause:     cause,
	}
}
