package tenant

import (
	"context"
	"net/http"
	"slices"
	"time"

	"porthole/ssh/wire"
)

// Reached is what answers at the address, found out without credentials.
type Reached struct {
	// Gateway is true for a Porthole gateway, false for a tenant itself.
	Gateway bool
	Version string // of the gateway
	// Skew is how far the other clock is ahead of ours.
	Skew time.Duration
}

// Reach finds out what answers.
func (c *Client) Reach(ctx context.Context) (Reached, error) {
	var offered struct{}
	if err := c.exchange(ctx, request{method: http.MethodGet, path: "/tenant/loginOptions", anonymous: true}, &offered); err != nil {
		return Reached{}, err
	}
	c.mu.Lock()
	reached := Reached{Skew: c.skew}
	c.mu.Unlock()
	var info wire.GatewayInfo
	err := c.exchange(ctx, request{method: http.MethodGet, path: "/api/config", anonymous: true}, &info)
	if err == nil && info.Version != "" {
		reached.Gateway, reached.Version = true, clean(info.Version)
	}
	return reached, nil
}

// KnowsRemoteAccess tells whether a device's agent says that it understands connect
// operations; told is false when it says nothing of what it understands.
func (d Device) KnowsRemoteAccess() (knows, told bool) {
	return slices.Contains(d.Operations, wire.FragmentConnect), len(d.Operations) > 0
}
