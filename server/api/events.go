package api

import (
	"context"
	"log/slog"
	"net/http"
	"strings"

	"porthole/ssh/wire"

	"github.com/google/uuid"
)

// maxEvent is the size of an event's JSON in bytes: the longest path of Linux takes three
// times its 4,096 bytes when none of them is UTF-8.
const maxEvent = 16 << 10

// eventPath is /api/connections/{reference}/events.
func eventPath(path string) (name string, found bool) {
	name, found = strings.CutPrefix(path, "/api/connections/")
	if !found {
		return "", false
	}
	name, found = strings.CutSuffix(name, "/events")
	return name, found
}

// connectionEvent is POST /api/connections/{reference}/events: something that only the
// client can see, because it happened inside the encryption. It goes to the log as the
// client's word, beside the gateway's own.
func (a *API) connectionEvent(w http.ResponseWriter, r *http.Request, text string) {
	l, p := a.anyLogin(r)
	if p != nil {
		writeProblem(w, p)
		return
	}
	name, fine := parseReference(text)
	if !fine {
		writeProblem(w, errNotFound)
		return
	}
	of, p := a.references.event(l, name)
	if p != nil {
		writeProblem(w, p)
		return
	}
	var event wire.ConnectionEvent
	if p := readJSONUpTo(w, r, maxEvent, &event); p != nil {
		writeProblem(w, p)
		return
	}
	who := l.Identity()
	attrs, p := eventAttrs(event, of.device, a.config.Files.LogPaths)
	if p != nil {
		writeProblem(w, p)
		return
	}
	a.config.Events(string(event.Type))
	a.config.Log.LogAttrs(context.WithoutCancel(r.Context()), slog.LevelInfo, "client reports", append([]slog.Attr{
		slog.String("connection", string(of.connection)), slog.String("reference", name.String()),
		slog.String("principal", principal(who)), slog.String("device", string(of.device)),
		slog.String("configuration", string(of.configuration)), slog.String("address", addressOf(r).String()),
		slog.String("attested_by", "client"),
	}, append(tokenAttrs(l), attrs...)...)...)
	w.Header().Set("Cache-Control", "no-store")
	w.WriteHeader(http.StatusNoContent)
}

// upgradeQuery is what the page says with an upgrade to the gateway alone.
type upgradeQuery struct {
	reference uuid.UUID // zero: none was given
	plain     bool
}

// readUpgradeQuery reads the parameters that the tenant never sees. Events need a login,
// because only its pages can report them.
func (a *API) readUpgradeQuery(r *http.Request, c caller) (upgradeQuery, *problem) {
	var q upgradeQuery
	query := r.URL.Query()
	if query.Has(wire.QueryReference) {
		name, fine := parseReference(query.Get(wire.QueryReference))
		if !fine || len(query[wire.QueryReference]) > 1 || c.login == nil {
			return q, invalid("The reference of a connection must be one UUID, and belongs to whoever is signed in here.")
		}
		q.reference = name
	}
	switch values := query[wire.QueryPlain]; {
	case len(values) == 0:
	case len(values) == 1 && values[0] == "1":
		q.plain = true
	default:
		return q, invalid("The parameter plain of a connection is 1 or left out.")
	}
	if q.plain && !a.config.Forwards.AllowsPlain() {
		return q, &problem{
			status: http.StatusForbidden, code: wire.CodeForbidden,
			message: "This gateway does not carry pages that it could read. Use an SSH configuration of the device, or https.",
		}
	}
	return q, nil
}
