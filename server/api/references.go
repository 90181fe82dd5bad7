package api

import (
	"context"
	"net/http"
	"sync"
	"time"

	"porthole/server/login"
	"porthole/ssh/wire"

	"github.com/google/uuid"
)

// Bounds of what a client reports of its connections.
const (
	// referenceLife is how long a connection that ended may still be reported on: the
	// last event says what was carried in all.
	referenceLife = time.Minute
	maxReferences = 500   // of one login
	maxEvents     = 1_000 // of one reference
	eventRate     = 10    // a second, of one reference
	eventBurst    = 20    // at once: a connection that ends closes all its forwards
)

// references knows by which names the pages of a login report what happened inside its
// connections. A page chooses the name, a random UUID, and gives it with the upgrade.
type references struct {
	now func() time.Time

	mu      sync.Mutex
	byLogin map[*login.Login]map[uuid.UUID]*reference
}

// reference is one name. Every field is guarded by references.mu.
type reference struct {
	connection    wire.ConnectionID // the latest opened under this name
	device        wire.DeviceID
	configuration wire.ConfigurationID
	open          int       // connections under this name
	ended         time.Time // of the last one, while open is 0

	events  int
	tokens  float64 // events that may come at once
	counted time.Time
}

func newReferences(now func() time.Time) *references {
	if now == nil {
		now = time.Now
	}
	return &references{now: now, byLogin: make(map[*login.Login]map[uuid.UUID]*reference)}
}

// open notes a connection under a name. Several connections to one configuration may
// share it: a forward without SSH opens one for each TCP connection. Call the returned
// function once when the connection has ended.
func (x *references) open(l *login.Login, name uuid.UUID, id wire.ConnectionID, t target) (ended func(), p *problem) {
	x.mu.Lock()
	defer x.mu.Unlock()
	mine := x.byLogin[l]
	if mine == nil {
		mine = make(map[uuid.UUID]*reference)
		x.byLogin[l] = mine
		context.AfterFunc(l.Context(), func() { x.forget(l) })
	}
	x.dropOldLocked(mine)
	have := mine[name]
	switch {
	case have == nil && len(mine) >= maxReferences:
		return nil, &problem{
			status: http.StatusTooManyRequests, code: wire.CodeTooManyConnections, retryAfter: referenceLife,
			message: "This login opened too many connections within a minute. Wait a minute, then connect again.",
		}
	case have == nil:
		have = &reference{device: t.device, configuration: t.configuration, tokens: eventBurst, counted: x.now()}
		mine[name] = have
	case have.device != t.device || have.configuration != t.configuration:
		return nil, invalid("The reference of the connection is in use for another configuration. Load the page again.")
	}
	have.connection = id
	have.open++
	return sync.OnceFunc(func() {
		x.mu.Lock()
		defer x.mu.Unlock()
		have.open--
		have.ended = x.now()
	}), nil
}

// event counts an event under a name and gives what it belongs to.
func (x *references) event(l *login.Login, name uuid.UUID) (reference, *problem) {
	x.mu.Lock()
	defer x.mu.Unlock()
	mine := x.byLogin[l]
	x.dropOldLocked(mine)
	have := mine[name]
	if have == nil {
		return reference{}, &problem{
			status: http.StatusNotFound, code: wire.CodeNotFound,
			message: "This login has no such connection, or it ended a while ago.",
		}
	}
	now := x.now()
	have.tokens = min(eventBurst, have.tokens+now.Sub(have.counted).Seconds()*eventRate)
	have.counted = now
	if have.tokens < 1 || have.events >= maxEvents {
		return reference{}, &problem{
			status: http.StatusTooManyRequests, code: wire.CodeInvalid, retryAfter: time.Second,
			message: "Too many events were reported for this connection.",
		}
	}
	have.tokens--
	have.events++
	return *have, nil
}

func (x *references) dropOldLocked(mine map[uuid.UUID]*reference) {
	oldest := x.now().Add(-referenceLife)
	for name, have := range mine {
		if have.open == 0 && have.ended.Before(oldest) {
			delete(mine, name)
		}
	}
}

func (x *references) forget(l *login.Login) {
	x.mu.Lock()
	defer x.mu.Unlock()
	delete(x.byLogin, l)
}

// parseReference reads a UUID in its one usual spelling (RFC 9562 §4).
func parseReference(text string) (uuid.UUID, bool) {
	name, err := uuid.Parse(text)
	return name, err == nil && name.String() == text
}
