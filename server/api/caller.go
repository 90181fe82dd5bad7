package api

import (
	"context"
	"errors"
	"log/slog"
	"net/http"
	"net/netip"
	"time"

	"porthole/server/login"
	"porthole/server/platform"
	"porthole/ssh/wire"
)

// caller is who makes a request, as the tenant vouched for.
type caller struct {
	identity platform.Identity
	auth     platform.Authorization
	login    *login.Login // nil for a client that brings the tenant's own proof
}

// lifetime is done when the caller's login ends; who brings the tenant's proof has none.
func (c caller) lifetime() context.Context {
	if c.login == nil {
		return context.Background()
	}
	return c.login.Context()
}

// principal is "tenant/user", as the log and the limits name it.
func principal(who platform.Identity) string { return string(who.Tenant) + "/" + who.User }

// caller finds out who makes a request. The proofs are looked for from the most to the
// least explicit; the first that is there decides, a bad one is not passed over.
func (a *API) caller(r *http.Request) (caller, error) {
	query := r.URL.Query()
	if tokenInQuery(query) {
		return caller{}, errTokenInQuery
	}
	if values := r.Header.Values("Authorization"); len(values) > 0 {
		if token, ours := ownToken(values[0]); ours && len(values) == 1 {
			return a.commandLine(r, token)
		}
		auth, ok := platform.FromHeader(values[0])
		if !ok || len(values) > 1 {
			return caller{}, errNotSignedIn
		}
		return a.client(r, auth)
	}
	if query.Has(tokenQuery) {
		auth, ok := platform.FromToken(query.Get(tokenQuery))
		if !ok {
			return caller{}, errNotSignedIn
		}
		return a.client(r, auth)
	}
	if token, found := cookieValue(r, CookieName); found {
		if !fromOwnPage(r, siteOf(r)) {
			return caller{}, errForeignOrigin
		}
		if l, found := a.config.Logins.Find(token); found {
			return caller{identity: l.Identity(), auth: l.Authorization, login: l}, nil
		}
	}
	if auth, ok := tenantCookies(r); ok {
		return a.client(r, auth)
	}
	if isUpgrade(r) && !fromOwnHost(r, siteOf(r)) {
		return caller{}, errForeignOrigin
	}
	return caller{}, errNotSignedIn
}

// client checks the proof of a command line client against the tenant, or the memory of
// the last seconds.
func (a *API) client(r *http.Request, auth platform.Authorization) (caller, error) {
	if !fromOwnHost(r, siteOf(r)) {
		return caller{}, errForeignOrigin
	}
	if who, found := a.checked.Find(auth); found {
		return caller{identity: who, auth: auth}, nil
	}
	user := ""
	if auth.Scheme() == "Basic" {
		// A token cannot be guessed, and its user is only a claim: anyone could lock a
		// person out by claiming the name.
		user, _, _ = auth.Claimed()
	}
	attempt, err := a.begin(r.Context(), a.attempts, user, addressOf(r))
	if err != nil {
		return caller{}, err
	}
	defer attempt.Void()
	if who, found := a.checked.Find(auth); found { // another request of the same client was faster
		return caller{identity: who, auth: auth}, nil
	}
	who, err := a.config.Tenant.Identify(r.Context(), auth)
	var failure *platform.TenantError
	if errors.As(err, &failure) && failure.Code == wire.CodeNotSignedIn {
		attempt.Failed()
		a.config.SignIns("client_refused")
		a.config.Log.Warn("client refused by tenant", slog.String("address", addressOf(r).String()))
	}
	if err != nil {
		return caller{}, err
	}
	attempt.Succeeded()
	a.checked.Add(auth, who)
	return caller{identity: who, auth: auth}, nil
}

// begin starts a counted attempt to sign in.
func (a *API) begin(ctx context.Context, of *login.Attempts, user string, address netip.Addr) (*login.Attempt, error) {
	attempt, wait, err := of.Begin(ctx, user, address)
	if err != nil {
		return nil, err
	}
	if wait > 0 {
		a.config.SignIns("limited")
		return nil, &problem{
			status: http.StatusTooManyRequests, code: wire.CodeTooManyFailures,
			retryAfter: max(wait, time.Second), message: "Too many sign-ins failed. Wait a few minutes, then try again.",
		}
	}
	return attempt, nil
}

// refusedByTenant ends what rests on a proof that the tenant does not accept any more: a
// person's login, and the command lines that they allowed. A login that had ended says
// nothing about its proof.
func (a *API) refusedByTenant(c caller) {
	a.checked.Drop(c.auth)
	if c.login == nil || c.login.Context().Err() != nil {
		return
	}
	a.config.Logins.EndProof(c.auth, login.ErrTenant)
	a.config.Tokens.EndProof(c.auth, login.ErrTenant)
}
