package api

import (
	"log/slog"
	"net/http"

	"porthole/server/edge"
	"porthole/server/forwards"
	"porthole/server/login"
	"porthole/ssh/wire"
)

// Forwards gives forwards their origins; *forwards.Origins is one.
type Forwards interface {
	// Info is what the page of a site is told.
	Info(app edge.Site) wire.ForwardsInfo
	// Assign gives the origin of a target, false where there are no forwards.
	Assign(app edge.Site, owner forwards.Owner, t forwards.Target) (wire.ForwardOrigin, bool)
	// AllowsPlain tells whether forwards may be readable by gateway and tenant.
	AllowsPlain() bool
}

// openForward is POST /api/forwards: the page asks for the origin of one target. What the
// tenant would refuse to connect to gets none.
func (a *API) openForward(w http.ResponseWriter, r *http.Request) {
	l, p := a.ownLogin(r)
	if p != nil {
		writeProblem(w, p)
		return
	}
	var request wire.ForwardRequest
	if p := readJSON(w, r, &request); p != nil {
		writeProblem(w, p)
		return
	}
	who := l.Identity()
	t, err := forwards.NewTarget(who.Tenant, who.User, request)
	if err != nil {
		writeProblem(w, invalid(err.Error()))
		return
	}
	if err := a.mayForward(r, l, t); err != nil {
		a.refuse(w, r, err)
		return
	}
	origin, found := a.config.Forwards.Assign(siteOf(r), l, t)
	if !found {
		writeProblem(w, &problem{
			status: http.StatusNotFound, code: wire.CodeNotFound,
			message: "This gateway shows no pages of devices under this name. Its operator can turn that on; its guide says how.",
		})
		return
	}
	a.config.Log.Info("forward named", slog.String("principal", principal(who)), slog.String("device", string(t.Device)),
		slog.String("target", t.String()))
	writeJSON(w, http.StatusOK, origin)
}

// mayForward asks what a connection would be asked: the role, and whether the tenant lets
// this person see the device.
func (a *API) mayForward(r *http.Request, l *login.Login, t forwards.Target) error {
	c := caller{identity: l.Identity(), auth: l.Authorization, login: l}
	if err := a.checkRole(r.Context(), &c); err != nil {
		return err
	}
	if l.Saw(t.Device) {
		return nil
	}
	if err := a.config.Tenant.Reachable(r.Context(), c.auth, t.Device); err != nil {
		if asProblem(err).status == http.StatusUnauthorized {
			a.refusedByTenant(c)
		}
		return err
	}
	l.See(t.Device)
	return nil
}
