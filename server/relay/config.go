package relay

import (
	"context"
	"crypto/tls"
	"log/slog"
	"net/http"
	"net/url"
	"time"

	"porthole/ssh/wire"
)

// Sizes of outgoing messages in bytes, and the time for the tenant's answer.
const (
	// DefaultClientMessage is the largest message to a client: browsers take large
	// messages 2.7 to 5 times faster than small ones, and gain nothing beyond this.
	DefaultClientMessage = 256 << 10
	// DefaultTenantMessage is the largest message to a tenant: the largest that clients
	// known to work with the platform send (one read of a Node.js socket).
	DefaultTenantMessage = 64 << 10
	// DefaultDialTimeout bounds name lookup, TCP, TLS and the upgrade answer together.
	DefaultDialTimeout = 10 * time.Second
)

// Config is what a Relay is made of. Limits that are zero do not limit; sizes and
// DialTimeout that are zero take their defaults.
type Config struct {
	MaxPerPrincipal int // connections of one principal; 0: no limit
	MaxTotal        int // connections in all; 0: no limit

	WaitLimit   time.Duration // from the open until the first byte of the device; 0: no limit
	IdleLimit   time.Duration // without a byte in either direction; 0: no limit
	MaxDuration time.Duration // of one connection, whatever it does; 0: no limit
	DialTimeout time.Duration // until the tenant's answer; 0: DefaultDialTimeout
	DrainTime   time.Duration // Shutdown lets connections end by themselves for so long

	ClientMessage int // bytes; 0 or too large: DefaultClientMessage
	TenantMessage int // bytes; 0 or too large: DefaultTenantMessage

	// Hosts are further hosts ("name" or "name:port") whose pages may open a connection,
	// beside the request's own Host: those of the public URL behind a proxy.
	Hosts []string

	TLS     *tls.Config      // for the tenant; nil: the system's roots
	Log     *slog.Logger     // nil: nothing is logged
	Metrics Metrics          // nil: nothing is counted
	Now     func() time.Time // nil: time.Now
}

// Metrics counts what the relay does. Its methods are called from many goroutines and
// must not block.
type Metrics interface {
	// Opened counts a connection that was accepted.
	Opened()
	// Closed counts the end of a connection.
	Closed(reason Reason, duration time.Duration)
	// Transferred counts payload bytes when they are handed to the receiving side.
	Transferred(direction Direction, bytes int)
}

// Direction is the way that bytes take through the relay.
type Direction string

// The two directions.
const (
	ToClient Direction = "to_client"
	ToTenant Direction = "to_tenant"
)

// Connection describes the connection that a request asks for. The caller has
// authenticated the principal and decided that the request may be made.
type Connection struct {
	ID        wire.ConnectionID
	Principal string // tenant/user; an empty one is refused
	Address   string // of the client, for the log

	// Login is done when the login ends; its cause says why. Nil when the request
	// brought its own credentials and belongs to no login.
	Login context.Context //nolint:containedctx // the documented lifetime of the login, not of a call

	Device        wire.DeviceID
	Configuration wire.ConfigurationID
	Host          string // of the configuration, as the device sees it; "" when unknown
	Port          int    // of the configuration; 0 when unknown

	Upstream *url.URL    // the tenant's websocket; http, https, ws or wss
	Header   http.Header // credentials for the tenant; forgotten after the dial, never logged

	// Operations tells how the connect operation fares; nil: nothing is watched.
	Operations OperationLister

	// Token is the id of the command line's token that opened the connection, for the log;
	// "" when a page or the tenant's own proof did.
	Token string

	// Plain marks a connection whose bytes this gateway could read, for the log.
	Plain bool
}

// OperationLister lists the connect operations of a device.
type OperationLister interface {
	// ConnectOperations returns the device's operations with the fragment
	// wire.FragmentConnect that were created at from or later by the tenant's clock.
	ConnectOperations(ctx context.Context, device wire.DeviceID, from time.Time) ([]Operation, error)
}

// Operation is what the relay needs to know of a connect operation. It has no room
// for the connection key, so the relay cannot leak it.
type Operation struct {
	ID            string
	Status        string // PENDING, EXECUTING, SUCCESSFUL, FAILED
	CreationTime  time.Time
	Host          string
	Port          int
	FailureReason string
}

// Refused says why no connection came about. Nothing was written to the client yet.
type Refused struct {
	Status int // HTTP status for the answer
	wire.ErrorBody
	RetryAfter time.Duration // for the header Retry-After; 0: none
	Cause      error         // for the log; holds no secret
}

// withDefaults fills in what the caller left out.
func (c Config) withDefaults() Config {
	if c.ClientMessage <= 0 || c.ClientMessage > DefaultClientMessage {
		c.ClientMessage = DefaultClientMessage
	}
	if c.TenantMessage <= 0 || c.TenantMessage > DefaultTenantMessage {
		c.TenantMessage = DefaultTenantMessage
	}
	if c.DialTimeout <= 0 {
		c.DialTimeout = DefaultDialTimeout
	}
	if c.Log == nil {
		c.Log = slog.New(slog.DiscardHandler)
	}
	if c.Metrics == nil {
		c.Metrics = noMetrics{}
	}
	if c.Now == nil {
		c.Now = time.Now
	}
	return c
}

// noMetrics counts nothing.
type noMetrics struct{}

func (noMetrics) Opened()                      {}
func (noMetrics) Closed(Reason, time.Duration) {}
func (noMetrics) Transferred(Direction, int)   {}
