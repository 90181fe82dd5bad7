package api

import (
	"context"
	"log/slog"
	"net"
	"net/http"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"porthole/server/forwards"
	"porthole/ssh/wire"

	"github.com/google/uuid"
)

const (
	maxEvent   = 4 << 10 // bytes of an event's JSON
	maxRefused = 300     // bytes of a device's reason, as it is logged
)

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
	l, p := a.ownLogin(r)
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
	attrs, p := eventAttrs(event, of.device)
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
	}, attrs...)...)
	w.Header().Set("Cache-Control", "no-store")
	w.WriteHeader(http.StatusNoContent)
}

// eventAttrs are the fields of an event, checked: they end up in a log that people and
// programs read.
func eventAttrs(event wire.ConnectionEvent, device wire.DeviceID) ([]slog.Attr, *problem) {
	switch event.Type {
	case wire.EventForwardOpened, wire.EventForwardClosed, wire.EventForwardRefused:
	default:
		return nil, invalid("The event is of no type that this gateway knows.")
	}
	host, portText, err := net.SplitHostPort(event.Destination)
	if err != nil {
		return nil, invalid(forwards.ErrHost.Error())
	}
	port, err := strconv.ParseUint(portText, 10, 16)
	if err != nil {
		return nil, invalid(forwards.ErrPort.Error())
	}
	t, err := forwards.NewTarget("", "", wire.ForwardRequest{Device: device, Scheme: event.Scheme, Host: host, Port: int(port)})
	if err != nil {
		return nil, invalid(err.Error())
	}
	if event.BytesIn < 0 || event.BytesOut < 0 || event.Requests < 0 {
		return nil, invalid("An event cannot count below zero.")
	}
	attrs := []slog.Attr{
		slog.String("event", string(event.Type)), slog.String("destination", net.JoinHostPort(t.Host, strconv.Itoa(t.Port))),
		slog.String("scheme", t.Scheme), slog.Bool("plain", event.Plain),
	}
	switch event.Type {
	case wire.EventForwardClosed:
		attrs = append(attrs, slog.Int64("bytes_in", event.BytesIn), slog.Int64("bytes_out", event.BytesOut), slog.Int64("requests", event.Requests))
	case wire.EventForwardRefused:
		attrs = append(attrs, slog.String("refused", printable(event.Refused, maxRefused)))
	default:
	}
	if !event.At.IsZero() {
		attrs = append(attrs, slog.Time("client_time", event.At.UTC()))
	}
	return attrs, nil
}

// printable is a text from outside without what would deceive the reader of a log, and
// of at most limit bytes.
func printable(text string, limit int) string {
	text = strings.Map(func(r rune) rune {
		if r == utf8.RuneError || !unicode.IsPrint(r) {
			return ' '
		}
		return r
	}, text)
	for len(text) > limit {
		_, size := utf8.DecodeLastRuneInString(text)
		text = text[:len(text)-size]
	}
	return text
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
			return q, invalid("The reference of a connection must be one UUID, and belongs to pages that are signed in here.")
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
