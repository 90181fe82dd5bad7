package relay

import (
	"context"
	"net/http"
	"sync"
	"sync/atomic"
	"time"

	"porthole/ssh/wire"
)

// writeGrace is how long a failed write waits for the reading of the same side to say
// why it ended: the close frame may be on its way through.
const writeGrace = 250 * time.Millisecond

// Serve relays one connection and returns when it has ended and every goroutine of it.
// It returns a Refused when no websocket was accepted: then nothing was written to w,
// and the caller writes the answer.
func (r *Relay) Serve(w http.ResponseWriter, req *http.Request, c Connection) *Refused {
	if refused := checkUpgrade(w, req, r.cfg.Hosts); refused != nil {
		return refused
	}
	if refused := r.admit(c.Principal); refused != nil {
		return refused
	}
	defer r.leave(c.Principal)
	if c.Login == nil {
		c.Login = context.Background()
	}
	if c.Login.Err() != nil {
		return refuse(http.StatusUnauthorized, wire.CodeNotSignedIn, "Your login ended. Sign in again, then connect.", context.Cause(c.Login))
	}
	waiting := r.claims.enter(c)
	defer waiting.leave()
	tenant, refused := r.dial(req.Context(), c)
	if refused != nil {
		return refused
	}
	hide := secrets(c.Header, c.Upstream)
	c.Header, c.Upstream = nil, nil // not needed for as long as the connection lasts
	client, err := accept(w, req)
	if err != nil {
		tenant.close(wire.CloseNormal, "")
		return internal(err)
	}
	waiting.dialed(tenant.since)
	newConnection(r, c, client, tenant.peer, waiting).run(hide)
	return nil
}

// connection is one relayed pair, from open to close.
type connection struct {
	Connection
	relay  *Relay
	client *peer
	tenant *peer
	waiter *waiter
	opened time.Time // for the log
	began  time.Time // the same on the monotonic clock, for active

	down pump // tenant to client
	up   pump // client to tenant

	answered atomic.Bool  // a byte of the device arrived
	active   atomic.Int64 // time of the last byte, ns since began
	unwatch  context.CancelFunc

	tenantGone chan struct{} // closed when the tenant's side ended before answered
	watched    chan struct{} // closed when the watch of the operation is over

	once   sync.Once
	ended  atomic.Bool // set in once
	done   chan struct{}
	ending ending
	closed sync.WaitGroup // the two closings
}

func newConnection(r *Relay, c Connection, client, tenant *peer, w *waiter) *connection {
	k := &connection{
		Connection: c, relay: r, client: client, tenant: tenant, waiter: w,
		opened: r.cfg.Now(), began: time.Now(), done: make(chan struct{}),
		tenantGone: make(chan struct{}), watched: make(chan struct{}),
	}
	k.down = pump{from: tenant, to: client, buffers: r.toClient, stopped: &k.ended, moved: k.movedDown}
	k.up = pump{from: client, to: tenant, buffers: r.toTenant, stopped: &k.ended, moved: k.movedUp}
	return k
}

// run copies until the connection ends, and returns when everything of it has.
func (k *connection) run(hide []string) {
	watching, unwatch := context.WithCancel(context.Background())
	defer unwatch()
	k.unwatch = unwatch
	// Before anything can end the connection: the close handshake reads these sockets.
	k.down.from.sock.reader, k.up.from.sock.reader = &k.down, &k.up

	k.relay.open.Add(1)
	defer k.relay.open.Add(-1)
	k.logOpened()
	k.relay.cfg.Metrics.Opened()

	defer context.AfterFunc(k.relay.stopped, func() { k.end(endFor(ReasonGatewayStopping)) })()
	defer context.AfterFunc(k.Login, func() { k.end(loginEnded(context.Cause(k.Login))) })()
	defer k.startLimits()()

	var others sync.WaitGroup
	others.Go(func() { k.tenantRead(k.down.run()) })
	if k.Operations != nil {
		others.Go(func() { k.watch(watching, k.waiter, hide) })
	}
	k.clientRead(k.up.run())
	others.Wait()
	k.closed.Wait()
	k.logClosed()
	k.relay.cfg.Metrics.Closed(k.ending.reason, k.relay.cfg.Now().Sub(k.opened))
}

// clientRead ends the connection after the copying to the tenant stopped with err.
func (k *connection) clientRead(err error) {
	if k.up.writeErr == nil {
		k.end(clientEnded(err))
		return
	}
	k.giveGrace()
	k.end(endFor(ReasonTenantLost))
}

// tenantRead ends the connection after the copying to the client stopped with err.
func (k *connection) tenantRead(err error) {
	if k.down.writeErr == nil {
		k.awaitReason()
		k.end(tenantEnded(err))
		return
	}
	k.giveGrace()
	k.end(endFor(ReasonClientLost))
}

// giveGrace waits for a better reason than a failed write. While the end of the
// tenant's side waits for its own reason, so does the failed write to it.
func (k *connection) giveGrace() {
	t := time.NewTimer(writeGrace)
	defer t.Stop()
	select {
	case <-k.done:
	case <-k.tenantGone:
		<-k.done // at the latest after reasonTime
	case <-t.C:
	}
}

// end closes both sides. The first end counts; it returns before they are closed.
func (k *connection) end(e ending) {
	k.once.Do(func() {
		k.ending = e
		k.ended.Store(true)
		close(k.done)
		k.unwatch()
		k.closed.Go(func() { k.client.close(e.client, e.text) })
		// The tenant gets the code only: the sentence is for the person.
		k.closed.Go(func() { k.tenant.close(e.tenant, "") })
	})
}
