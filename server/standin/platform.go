package standin

import (
	"context"
	"errors"
	"log/slog"
	"net/http"
	"sync"
	"time"

	"porthole/ssh/wire"
)

// Platform is the stand-in platform. It is an http.Handler and safe for use by many
// goroutines.
type Platform struct {
	// Static after construction.
	opt    Options
	log    *slog.Logger
	vault  vault
	secret []byte // signs tokens
	routes []route
	ops    *operations
	rt     *realtime

	// life ends with Close: the one documented lifetime of all connections and polls.
	life context.Context
	stop context.CancelFunc

	saveMu sync.Mutex // orders writers of the state file; taken before mu

	mu       sync.RWMutex
	nextID   int64
	accounts map[string]*account // by user name, persons and device users alike
	devices  map[wire.DeviceID]*device
	order    []*device // by ascending id
	bySerial map[string]*device

	joinMu  sync.Mutex
	waiting map[wire.ConnectionKey]*connection

	closeMu sync.Mutex
	closed  bool
	active  sync.WaitGroup // requests being served
}

// New makes a platform from the state file, when there is one, and the options. A state
// file that cannot be read is an error that names it, and the file is left as it is.
func New(o Options) (*Platform, error) {
	o, err := o.withDefaults()
	if err != nil {
		return nil, err
	}
	p := &Platform{
		opt:      o,
		log:      o.Log,
		vault:    newVault(o.StateFile != ""),
		accounts: make(map[string]*account),
		devices:  make(map[wire.DeviceID]*device),
		bySerial: make(map[string]*device),
		waiting:  make(map[wire.ConnectionKey]*connection),
	}
	p.rt = newRealtime(o.Now)
	p.ops = newOperations(o.Now, p.rt.publish)
	p.life, p.stop = context.WithCancel(context.Background())
	p.routes = p.routeTable()
	if err := p.load(); err != nil {
		p.stop()
		return nil, err
	}
	if err := p.seed(); err != nil {
		p.stop()
		return nil, err
	}
	if err := p.save(); err != nil {
		p.stop()
		return nil, err
	}
	return p, nil
}

// Close ends all websockets and held polls, waits for them and saves the state. Later
// requests get 503. It is safe to call twice.
func (p *Platform) Close() error {
	p.closeMu.Lock()
	first := !p.closed
	p.closed = true
	p.closeMu.Unlock()
	p.stop()
	p.active.Wait()
	if !first {
		return nil
	}
	return p.save()
}

// enter counts a request in; false when the platform is closed.
func (p *Platform) enter() bool {
	p.closeMu.Lock()
	defer p.closeMu.Unlock()
	if p.closed {
		return false
	}
	p.active.Add(1)
	return true
}

func (p *Platform) now() time.Time { return p.opt.Now() }

// ServeHTTP answers as a tenant does.
func (p *Platform) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if !p.enter() {
		writeError(w, &apiError{http.StatusServiceUnavailable, "general/unavailable", "The platform is shutting down."})
		return
	}
	defer p.active.Done()
	setPlatformHeaders(w.Header())
	if err := p.dispatch(w, r); err != nil {
		p.noteFailure(err)
		writeError(w, err)
	}
}

// noteFailure logs what is our fault. Paths are not logged: they hold connection keys.
func (p *Platform) noteFailure(err error) {
	var answer *apiError
	if !errors.As(err, &answer) && !errors.Is(err, errAnswered) {
		p.log.Error("request failed", slog.Any("error", err))
	}
}

// setPlatformHeaders sets what real answers carry, the 101 of a websocket included.
func setPlatformHeaders(h http.Header) {
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("X-Xss-Protection", "1; mode=block")
	h.Set("Cache-Control", "no-cache, no-store, max-age=0, must-revalidate")
	h.Set("Pragma", "no-cache")
	h.Set("Expires", "0")
}
