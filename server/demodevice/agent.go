package demodevice

import (
	"context"
	"errors"
	"log/slog"
	"math/rand/v2"
	"net/http"
	"net/url"
	"sync"
	"time"

	"porthole/server/platform"
)

// Agent is a device agent that knows remote access.
type Agent struct {
	// Static after New.
	config Config
	base   *url.URL
	client *http.Client
	timing timing
	log    *slog.Logger
	room   chan struct{} // holds one value per connection

	work sync.WaitGroup // one per operation

	mu   sync.Mutex
	seen recent // operations taken on; guarded by mu
}

// New checks the configuration; it starts nothing.
func New(c Config) (*Agent, error) {
	base, err := c.base()
	if err != nil {
		return nil, err
	}
	if c.MaxConnections == 0 {
		c.MaxConnections = defaultMaxConnections
	}
	a := &Agent{
		config: c, base: base, client: c.HTTPClient, timing: defaultTiming(), log: c.Log,
		room: make(chan struct{}, c.MaxConnections), seen: newRecent(4096),
	}
	if a.client == nil {
		a.client = newHTTPClient()
	}
	if a.log == nil {
		a.log = slog.New(slog.DiscardHandler)
	}
	return a, nil
}

// Run carries out connect operations until ctx ends, and returns when all its
// connections have ended. A platform that is away or refuses the device user is asked
// again, less and less often, for as long as it takes; the error is always nil today.
func (a *Agent) Run(ctx context.Context) error {
	defer a.client.CloseIdleConnections()
	defer a.work.Wait()
	wait := a.timing.backoffMin
	for ctx.Err() == nil {
		started := time.Now()
		err := a.listen(ctx)
		if ctx.Err() != nil {
			break
		}
		if time.Since(started) > a.timing.backoffMax {
			wait = a.timing.backoffMin // it had worked for a while
		}
		if _, ok := errors.AsType[*rehandshake](err); ok {
			wait = a.timing.backoffMin
		} else {
			a.log.LogAttrs(ctx, slog.LevelWarn, "platform lost, trying again",
				slog.String("reason", err.Error()), slog.Duration("wait", wait))
		}
		pause(ctx, jitter(wait))
		wait = min(2*wait, a.timing.backoffMax)
	}
	return nil
}

// listen learns of operations, by long poll or, where the platform has none, by polling.
// It returns with why it could not go on.
func (a *Agent) listen(ctx context.Context) error {
	err := a.longPoll(ctx)
	if errors.Is(err, errNoRealtime) {
		a.log.LogAttrs(ctx, slog.LevelInfo, "no long poll on this platform, polling", slog.String("reason", err.Error()))
		return a.pollFor(ctx, a.timing.pollFor)
	}
	return err
}

// pollFor asks for pending operations every second, for a while.
func (a *Agent) pollFor(ctx context.Context, length time.Duration) error {
	until := time.Now().Add(length)
	for time.Now().Before(until) {
		if err := a.takePending(ctx); err != nil {
			return err
		}
		if !pause(ctx, a.timing.poll) {
			return ctx.Err()
		}
	}
	return &rehandshake{"time to try the long poll again"}
}

// takePending carries out what waits.
func (a *Agent) takePending(ctx context.Context) error {
	operations, err := a.pending(ctx)
	if err != nil {
		return err
	}
	for _, op := range operations {
		a.take(ctx, op)
	}
	return nil
}

// take starts carrying an operation out, unless it was taken before or is not for us.
func (a *Agent) take(ctx context.Context, op platform.Operation) {
	if op.Connect == nil || op.ID == "" || op.Status != platform.StatusPending ||
		(op.DeviceID != "" && op.DeviceID != a.config.DeviceID) {
		return
	}
	a.mu.Lock()
	first := a.seen.add(op.ID)
	a.mu.Unlock()
	if !first {
		return
	}
	a.work.Go(func() {
		if err := a.carryOut(ctx, op); err != nil {
			a.log.LogAttrs(ctx, slog.LevelWarn, "connection failed", slog.String("operation", op.ID),
				slog.String("reason", err.Error()))
		}
	})
}

// forget lets an operation be taken again, because the platform never heard of it.
func (a *Agent) forget(id string) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.seen.remove(id)
}

// pause waits, and reports whether ctx still lives.
func pause(ctx context.Context, d time.Duration) bool {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return true
	case <-ctx.Done():
		return false
	}
}

// jitter spreads devices that lost the same platform: half to the whole of d.
func jitter(d time.Duration) time.Duration {
	return d/2 + rand.N(d/2+1) //nolint:gosec // not a secret
}

// recent remembers the last ids it was given, so that it cannot grow without end.
type recent struct {
	order []string // a ring
	next  int
	known map[string]bool
}

func newRecent(size int) recent {
	return recent{order: make([]string, size), known: make(map[string]bool, size)}
}

// add reports whether the id is new.
func (r *recent) add(id string) bool {
	if r.known[id] {
		return false
	}
	delete(r.known, r.order[r.next])
	r.order[r.next] = id
	r.known[id] = true
	r.next = (r.next + 1) % len(r.order)
	return true
}

func (r *recent) remove(id string) { delete(r.known, id) }
