package tenant

import (
	"context"
	"errors"
	"net/http"
	"slices"

	"porthole/ssh/cmd/porthole/fault"
	"porthole/ssh/wire"
)

// Identity is who the tenant takes the person for.
type Identity struct {
	User   string        `json:"user"`
	Tenant wire.TenantID `json:"tenant"`
	Roles  []string      `json:"roles"`
}

// RemoteAccess tells whether the person may connect to devices at all.
func (i Identity) RemoteAccess() bool { return slices.Contains(i.Roles, wire.RoleRemoteAccess) }

// Identify asks the tenant who it takes the person for, once.
func (c *Client) Identify(ctx context.Context) (Identity, error) {
	c.mu.Lock()
	known := c.who
	c.mu.Unlock()
	if known != nil {
		return *known, nil
	}
	var user struct {
		UserName       string `json:"userName"`
		EffectiveRoles []struct {
			ID string `json:"id"`
		} `json:"effectiveRoles"`
	}
	if err := c.read(ctx, "/user/currentUser", nil, &user); err != nil {
		return Identity{}, err
	}
	who := Identity{User: clean(user.UserName)}
	for _, role := range user.EffectiveRoles {
		who.Roles = append(who.Roles, clean(role.ID))
	}
	tenant, err := c.TenantID(ctx)
	if err != nil {
		return Identity{}, err
	}
	who.Tenant = tenant
	c.mu.Lock()
	c.who = &who
	c.mu.Unlock()
	return who, nil
}

// TenantID asks for the tenant's id. Where the person may not read it, the token's own
// word counts, then the settings'.
func (c *Client) TenantID(ctx context.Context) (wire.TenantID, error) {
	var tenant struct {
		Name string `json:"name"`
	}
	err := c.read(ctx, "/tenant/currentTenant", nil, &tenant)
	switch status, ok := errors.AsType[*StatusError](err); {
	case err == nil && tenant.Name != "":
		return wire.TenantID(clean(tenant.Name)), nil
	case err != nil && (!ok || status.Status != http.StatusForbidden && status.Status != http.StatusNotFound):
		return "", err
	}
	c.mu.Lock()
	token := c.proof.token
	c.mu.Unlock()
	if claims, ok := ReadClaims(token); ok && claims.Tenant != "" {
		return wire.TenantID(clean(claims.Tenant)), nil
	}
	if c.opts.Tenant != "" {
		return wire.TenantID(c.opts.Tenant), nil
	}
	return "", fault.New(fault.Permission, "The id of the tenant at %s cannot be read. Name it by --tenant or C8Y_TENANT.", c.Host())
}
