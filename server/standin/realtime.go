package standin

import (
	"cmp"
	"context"
	"encoding/hex"
	"encoding/json"
	"strings"
	"sync"
	"time"

	"porthole/ssh/wire"
)

// Bounds of the long poll.
const (
	// defaultHold is how long a connect waits for events; a client may ask for less.
	defaultHold = 60 * time.Second
	// clientIdle is how long a client is remembered that does not poll.
	clientIdle = 2 * time.Minute
	// maxClients is how many clients one account may have; the one that was silent for
	// longest goes first.
	maxClients = 32
	// maxEvents is how many events wait for a client. One that falls further behind is
	// forgotten: it has to shake hands again and so knows that it missed something.
	maxEvents        = 1000
	maxSubscriptions = 1000
)

const operationsChannel = "/operations/"

// realtime knows the clients of the Bayeux long poll.
type realtime struct {
	now  func() time.Time
	hold time.Duration // static after construction

	mu      sync.Mutex
	clients map[string]*rtClient
}

// rtClient is one Bayeux client; all is guarded by realtime.mu.
type rtClient struct {
	id     string
	owner  string // account
	subs   map[string]bool
	events []json.RawMessage
	wake   chan struct{} // closed and replaced when something has changed
	polls  int           // counts connects: a new one ends the one before
	held   int           // connects that wait now
	active time.Time     // when it was last heard of
	gone   bool
}

func newRealtime(now func() time.Time) *realtime {
	return &realtime{now: now, hold: defaultHold, clients: make(map[string]*rtClient)}
}

// handshake makes a client.
func (rt *realtime) handshake(owner string) string {
	rt.mu.Lock()
	defer rt.mu.Unlock()
	rt.sweep()
	var oldest *rtClient
	n := 0
	for _, cl := range rt.clients {
		if cl.owner != owner {
			continue
		}
		if n++; oldest == nil || cl.idleBefore(oldest) {
			oldest = cl
		}
	}
	if n >= maxClients {
		rt.forget(oldest)
	}
	cl := &rtClient{
		id: hex.EncodeToString(randomBytes(16)), owner: owner, subs: make(map[string]bool),
		wake: make(chan struct{}), active: rt.now(),
	}
	rt.clients[cl.id] = cl
	return cl.id
}

// idleBefore orders clients that may go: those that do not poll, the longest silent
// first.
func (cl *rtClient) idleBefore(o *rtClient) bool {
	if c := cmp.Compare(min(cl.held, 1), min(o.held, 1)); c != 0 {
		return c < 0
	}
	return cl.active.Before(o.active)
}

// sweep forgets clients that have stopped polling. The caller holds mu.
func (rt *realtime) sweep() {
	deadline := rt.now().Add(-clientIdle)
	for _, cl := range rt.clients {
		if cl.held == 0 && cl.active.Before(deadline) {
			rt.forget(cl)
		}
	}
}

// forget ends a client and wakes its poll. The caller holds mu.
func (rt *realtime) forget(cl *rtClient) {
	delete(rt.clients, cl.id)
	cl.gone, cl.events = true, nil
	close(cl.wake)
	cl.wake = make(chan struct{})
}

// find returns a client of this owner; one of somebody else is as unknown as none. The
// caller holds mu.
func (rt *realtime) find(id, owner string) *rtClient {
	cl := rt.clients[id]
	if cl == nil || cl.owner != owner {
		return nil
	}
	cl.active = rt.now()
	return cl
}

// known says whether the client exists.
func (rt *realtime) known(id, owner string) bool {
	rt.mu.Lock()
	defer rt.mu.Unlock()
	return rt.find(id, owner) != nil
}

// subscribe adds or removes channels; false when the client is unknown or full.
func (rt *realtime) subscribe(id, owner string, channels []string, on bool) bool {
	rt.mu.Lock()
	defer rt.mu.Unlock()
	cl := rt.find(id, owner)
	if cl == nil || (on && len(cl.subs)+len(channels) > maxSubscriptions) {
		return false
	}
	for _, c := range channels {
		if on {
			cl.subs[c] = true
		} else {
			delete(cl.subs, c)
		}
	}
	return true
}

// disconnect ends a client at its own wish.
func (rt *realtime) disconnect(id, owner string) bool {
	rt.mu.Lock()
	defer rt.mu.Unlock()
	cl := rt.find(id, owner)
	if cl != nil {
		rt.forget(cl)
	}
	return cl != nil
}

// publish queues an operation's event for all who subscribed to its device.
func (rt *realtime) publish(device wire.DeviceID, action string, body json.RawMessage) {
	rt.mu.Lock()
	defer rt.mu.Unlock()
	rt.sweep()
	channel := operationsChannel + string(device)
	event, err := json.Marshal(map[string]any{
		"channel": channel,
		"data":    map[string]any{"realtimeAction": action, "data": body},
	})
	if err != nil {
		return // body is JSON already
	}
	for _, cl := range rt.clients {
		if !cl.subs[channel] && !cl.subs[operationsChannel+"*"] {
			continue
		}
		if len(cl.events) >= maxEvents {
			rt.forget(cl)
			continue
		}
		cl.events = append(cl.events, event)
		close(cl.wake)
		cl.wake = make(chan struct{})
	}
}

// wait is the connect of a client: it returns its events, waiting for the first up to
// hold. False means the client is unknown. Events are taken only while ctx lives, so
// those of a poll that has been cut are still there for the next.
func (rt *realtime) wait(ctx context.Context, id, owner string, hold time.Duration) ([]json.RawMessage, bool) {
	timer := time.NewTimer(hold)
	defer timer.Stop()
	rt.mu.Lock()
	defer rt.mu.Unlock()
	cl := rt.find(id, owner)
	if cl == nil {
		return nil, false
	}
	cl.polls++
	poll := cl.polls
	close(cl.wake)
	cl.wake = make(chan struct{})
	cl.held++
	defer func() {
		cl.held--
		cl.active = rt.now()
	}()
	for {
		switch {
		case cl.gone:
			return nil, false
		case ctx.Err() != nil || cl.polls != poll:
			return nil, true
		case len(cl.events) > 0:
			events := cl.events
			cl.events = nil
			return events, true
		}
		wake := cl.wake
		rt.mu.Unlock()
		over := false
		select {
		case <-wake:
		case <-timer.C:
			over = true
		case <-ctx.Done():
		}
		rt.mu.Lock()
		if over && len(cl.events) == 0 && !cl.gone {
			return nil, true
		}
	}
}

// validChannel says whether a channel is one of operations, and of which device; "*" is
// all of them.
func validChannel(channel string) (device string, ok bool) {
	device, ok = strings.CutPrefix(channel, operationsChannel)
	return device, ok && (device == "*" || validID(device))
}
