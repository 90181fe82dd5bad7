package api

import (
	"context"
	"log/slog"
	"net/http"
	"time"

	"porthole/server/platform"
	"porthole/server/relay"
	"porthole/ssh/wire"

	"github.com/google/uuid"
)

// connect is the client's websocket. Whatever can be told before the upgrade is told as
// an HTTP error, each reason with a sentence of its own.
func (a *API) connect(w http.ResponseWriter, r *http.Request, t target) {
	id := wire.ConnectionID(uuid.NewString())
	c, err := a.caller(r)
	if err != nil {
		a.refuseConnection(w, r, c, t, id, asProblem(err))
		return
	}
	if c.login != nil {
		c.login.Forget(t.device, t.configuration)
	}
	asked, p := a.readUpgradeQuery(r, c)
	if p != nil {
		a.refuseConnection(w, r, c, t, id, p)
		return
	}
	if err := a.checkRole(r.Context(), &c); err != nil {
		a.refuseConnection(w, r, c, t, id, asProblem(err))
		return
	}
	configuration, err := a.config.Tenant.Configuration(r.Context(), c.auth, t.device, t.configuration)
	if err != nil {
		a.refuseConnection(w, r, c, t, id, asProblem(err))
		return
	}
	upstream := a.config.Tenant.Base().JoinPath(wire.ClientPath(t.device, t.configuration))
	header := make(http.Header)
	c.auth.Apply(header)
	connection := relay.Connection{
		ID: id, Principal: principal(c.identity), Address: addressOf(r).String(), Login: c.lifetime(),
		Device: t.device, Configuration: t.configuration, Host: configuration.Hostname, Port: configuration.Port,
		Upstream: upstream, Header: header, Operations: operations{a.config.Tenant, c.auth}, Plain: asked.plain,
		Token: tokenID(c.login),
	}
	if asked.reference != uuid.Nil {
		ended, p := a.references.open(c.login, asked.reference, id, t)
		if p != nil {
			a.refuseConnection(w, r, c, t, id, p)
			return
		}
		defer ended()
	}
	if c.login != nil {
		release := c.login.Hold()
		defer release()
	}
	if refused := a.config.Relay.Serve(w, r, connection); refused != nil {
		a.refuseConnection(w, r, c, t, id, &problem{
			status: refused.Status, code: refused.Error,
			message: refused.Message, retryAfter: refused.RetryAfter, cause: refused.Cause,
		})
	}
}

// checkRole refuses early who may not connect. The role may have been given since the
// person signed in, so the tenant is asked once more before a no.
func (a *API) checkRole(ctx context.Context, c *caller) error {
	if c.identity.RemoteAccess {
		return nil
	}
	if tokenID(c.login) != "" {
		return &problem{
			status: http.StatusForbidden, code: wire.CodeForbidden,
			message: "When this command line signed in, your user lacked the role " + wire.RoleRemoteAccess + ". Sign in again once you have it.",
		}
	}
	who, err := a.config.Tenant.Identify(ctx, c.auth)
	if err != nil {
		return err
	}
	if c.login != nil {
		c.login.SetIdentity(who)
	}
	if !who.RemoteAccess {
		return &problem{
			status: http.StatusForbidden, code: wire.CodeForbidden,
			message: "Your user lacks the role " + wire.RoleRemoteAccess + ", without which no device can be reached. Ask an administrator of the tenant for it.",
		}
	}
	c.identity = who
	return nil
}

// refuseConnection answers an upgrade with an HTTP error and remembers why for the
// login's page, which cannot see the answer. What a foreign page caused is not remembered.
func (a *API) refuseConnection(w http.ResponseWriter, r *http.Request, c caller, t target, id wire.ConnectionID, p *problem) {
	if p.status == http.StatusUnauthorized {
		a.refusedByTenant(c)
	}
	if c.login != nil {
		c.login.Refused(t.device, t.configuration, wire.Refusal{Status: p.status, ErrorBody: p.body()})
	}
	a.config.Log.LogAttrs(context.WithoutCancel(r.Context()), slog.LevelInfo, "connection refused", append([]slog.Attr{
		slog.String("connection", string(id)),
		slog.String("principal", principal(c.identity)), slog.String("device", string(t.device)),
		slog.String("configuration", string(t.configuration)), slog.String("address", addressOf(r).String()),
		slog.Int("status", p.status), slog.String("code", string(p.code)), slog.Any("error", p.cause),
	}, tokenAttrs(c.login)...)...)
	writeProblem(w, p)
}

// operations tells the relay how connect operations fare, with the caller's proof.
type operations struct {
	tenant *platform.Client
	auth   platform.Authorization
}

// ConnectOperations implements relay.OperationLister. The connection key stays behind.
func (o operations) ConnectOperations(ctx context.Context, device wire.DeviceID, from time.Time) ([]relay.Operation, error) {
	list, err := o.tenant.ConnectOperations(ctx, o.auth, device, from)
	if err != nil {
		return nil, err
	}
	found := make([]relay.Operation, 0, len(list))
	for _, operation := range list {
		if operation.Connect == nil {
			continue
		}
		found = append(found, relay.Operation{
			ID: operation.ID, Status: string(operation.Status), CreationTime: operation.CreationTime,
			Host: operation.Connect.Hostname, Port: operation.Connect.Port, FailureReason: operation.FailureReason,
		})
	}
	return found, nil
}
