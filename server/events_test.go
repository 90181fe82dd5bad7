package server_test

import (
	"fmt"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"porthole/server"
	"porthole/ssh/wire"

	"github.com/coder/websocket"
	"github.com/google/uuid"
)

// openAs opens the websocket of a configuration with a query.
func (p *page) openAs(configuration, query string) (*websocket.Conn, *http.Response, error) {
	p.t.Helper()
	header := http.Header{"Origin": {p.base}, "Cookie": {"__Host-porthole=" + p.cookie}}
	conn, response, err := p.dial(p.t.Context(), configuration, query, header)
	if err == nil {
		p.t.Cleanup(func() { _ = conn.CloseNow() })
	}
	return conn, response, err
}

// opened is what a page reports first.
func opened() wire.ConnectionEvent {
	return wire.ConnectionEvent{Type: wire.EventForwardOpened, Destination: "127.0.0.1:1880", Scheme: "http", At: time.Now()}
}

// report reports an event under a reference.
func (p *page) report(reference string, event wire.ConnectionEvent) answer {
	p.t.Helper()
	return p.do(http.MethodPost, "/api/connections/"+reference+"/events", body(p.t, event))
}

// lines are those of the log that have all parts.
func (w *world) lines(parts ...string) (found []string) {
	for line := range strings.SplitSeq(w.log.String(), "\n") {
		fits := line != ""
		for _, part := range parts {
			fits = fits && strings.Contains(line, part)
		}
		if fits {
			found = append(found, line)
		}
	}
	return found
}

func TestWhatAClientReportsStandsInTheLogOfItsConnection(t *testing.T) {
	var mu sync.Mutex
	var queries []string
	w := newDeviceWorld(t, options{tenant: func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			mu.Lock()
			queries = append(queries, r.URL.RawQuery)
			mu.Unlock()
			next.ServeHTTP(w, r)
		})
	}})
	p := w.signIn("anna", annaPassword)
	reference := uuid.NewString()
	conn, _, err := p.openAs("3", "?reference="+reference)
	if err != nil {
		t.Fatal(err)
	}
	if a := p.report(reference, opened()); a.StatusCode != http.StatusNoContent {
		t.Fatalf("opened: got %d %s", a.StatusCode, a.body)
	}
	_ = conn.Close(websocket.StatusNormalClosure, "")
	eventually(t, "the connection has ended", func() bool { return len(w.lines("connection closed")) == 1 })
	closed := opened()
	closed.Type, closed.BytesIn, closed.BytesOut, closed.Requests = wire.EventForwardClosed, 4096, 12, 3
	if a := p.report(reference, closed); a.StatusCode != http.StatusNoContent {
		t.Errorf("closed, after the end of the connection: got %d %s", a.StatusCode, a.body)
	}
	refused := opened()
	refused.Type, refused.Refused = wire.EventForwardRefused, "administratively\nprohibited \x1b[31m"
	p.report(reference, refused)

	own := w.lines("connection opened")
	id := own[0][strings.Index(own[0], " connection="):]
	id = id[:strings.Index(id[1:], " ")+1]
	for _, want := range [][]string{
		{"event=forward_opened", "destination=localhost:1880", "scheme=http", "plain=false"},
		{"event=forward_closed", "bytes_in=4096", "bytes_out=12", "requests=3"},
		{"event=forward_refused", `refused="administratively prohibited  [31m"`},
	} {
		if lines := w.lines(append(want, "attested_by=client", id, "principal=t12345/anna", "device=1234", "configuration=3")...); len(lines) != 1 {
			t.Errorf("no line with %v and %s in\n%s", want, id, w.log.String())
		}
	}
	mu.Lock()
	defer mu.Unlock()
	for _, query := range queries {
		if strings.Contains(query, "reference") {
			t.Errorf("the tenant got %q", query)
		}
	}
}

func TestEventsThatAreRefused(t *testing.T) {
	w := newDeviceWorld(t, options{})
	p := w.signIn("anna", annaPassword)
	reference := uuid.NewString()
	if _, _, err := p.openAs("3", "?reference="+reference); err != nil {
		t.Fatal(err)
	}
	wantProblem(t, w.signIn("anna", annaPassword).report(reference, opened()), 404, wire.CodeNotFound) // another login
	wantProblem(t, p.report(uuid.NewString(), opened()), 404, wire.CodeNotFound)
	wantProblem(t, p.report(strings.ToUpper(reference), opened()), 404, wire.CodeNotFound)
	wantProblem(t, p.report("x%2fy", opened()), 404, wire.CodeNotFound)
	wantProblem(t, (&page{world: w}).report(reference, opened()), 401, wire.CodeNotSignedIn)
	path := "/api/connections/" + reference + "/events"
	wantProblem(t, p.do(http.MethodGet, path, ""), 405, wire.CodeInvalid)
	wantProblem(t, w.do(http.MethodPost, path, body(t, opened()), "Cookie", "__Host-porthole="+p.cookie, "Sec-Fetch-Site", "same-site",
		"Origin", w.base, "Content-Type", "application/json"), 403, wire.CodeForeignOrigin)
	large := opened()
	large.Refused = strings.Repeat("x", 17<<10)
	wantProblem(t, p.report(reference, large), 413, wire.CodeInvalid)
	for name, change := range map[string]func(*wire.ConnectionEvent){
		"type":        func(e *wire.ConnectionEvent) { e.Type = "made_up" },
		"destination": func(e *wire.ConnectionEvent) { e.Destination = "evil\nlevel=ERROR:80" },
		"port":        func(e *wire.ConnectionEvent) { e.Destination = "localhost:70000" },
		"scheme":      func(e *wire.ConnectionEvent) { e.Scheme = "tcp" },
		"count":       func(e *wire.ConnectionEvent) { e.BytesIn = -1 },
		"a transfer's fields alone": func(e *wire.ConnectionEvent) {
			*e = wire.ConnectionEvent{Type: wire.EventForwardOpened, Direction: "upload"}
		},
	} {
		bad := opened()
		change(&bad)
		t.Run(name, func(t *testing.T) { wantProblem(t, p.report(reference, bad), 400, wire.CodeInvalid) })
	}
	if lines := w.lines("attested_by"); len(lines) != 0 {
		t.Errorf("logged all the same: %q", lines)
	}
}

func TestAFloodOfEventsEndsInTheirLimit(t *testing.T) {
	w := newDeviceWorld(t, options{})
	p := w.signIn("anna", annaPassword)
	reference := uuid.NewString()
	if _, _, err := p.openAs("3", "?reference="+reference); err != nil {
		t.Fatal(err)
	}
	limited := 0
	for range 100 {
		if a := p.report(reference, opened()); a.StatusCode == http.StatusTooManyRequests {
			limited++
			if a.Header.Get("Retry-After") == "" {
				t.Error("no Retry-After")
			}
		}
	}
	if limited < 50 {
		t.Errorf("%d of 100 were over the limit", limited)
	}
	other := *w
	other.base = "http://" + w.gateway.AdminAddr().String()
	figures := other.do(http.MethodGet, "/metrics", "").body
	if want := fmt.Sprintf(`porthole_client_events_total{type="forward_opened"} %d`, 100-limited); !strings.Contains(figures, want) {
		t.Errorf("metrics: no %s", want)
	}
}

func TestAReferenceIsOneUUIDOfOneConfiguration(t *testing.T) {
	w := newDeviceWorld(t, options{})
	p := w.signIn("anna", annaPassword)
	reference := uuid.NewString()
	for range 2 { // a forward without SSH opens several connections under one name
		if _, _, err := p.openAs("3", "?reference="+reference); err != nil {
			t.Fatal(err)
		}
	}
	for _, query := range []string{
		"?reference=", "?reference=1", "?reference=" + strings.ToUpper(uuid.NewString()), "?reference={" + uuid.NewString() + "}",
		"?reference=" + uuid.NewString() + "&reference=" + uuid.NewString(), "?plain=yes", "?plain=1&plain=1", "?plain=",
	} {
		if _, response, err := p.openAs("3", query); err == nil || response.StatusCode != http.StatusBadRequest {
			t.Errorf("%s: got %v", query, response)
		}
	}
	if _, response, err := p.openAs("4", "?reference="+reference); err == nil || response.StatusCode != http.StatusBadRequest {
		t.Errorf("the name of another configuration: got %v", response)
	}
	header := http.Header{"Authorization": {basic("anna", annaPassword)}}
	if _, response, err := w.dial(t.Context(), "3", "?reference="+uuid.NewString(), header); err == nil || response.StatusCode != http.StatusBadRequest {
		t.Errorf("a command line client, which has no login: got %v", response)
	}
	// Another person's reference is no secret worth having, and no obstacle.
	if _, _, err := w.signIn("anna", annaPassword).openAs("3", "?reference="+reference); err != nil {
		t.Errorf("the same name in another login: %v", err)
	}
}

func TestPlainForwardsCanBeDenied(t *testing.T) {
	for _, rule := range []string{"ask", "allow", "deny"} {
		t.Run(rule, func(t *testing.T) {
			w := newDeviceWorld(t, options{config: func(c *server.Config) { c.PlainForwards = rule }})
			p := w.signIn("anna", annaPassword)
			if a := p.do(http.MethodGet, "/api/config", ""); !strings.Contains(a.body, `"plain":"`+rule+`"`) {
				t.Errorf("config: got %s", a.body)
			}
			conn, response, err := p.openAs("3", "?plain=1")
			if rule != "deny" {
				if err != nil {
					t.Fatal(err)
				}
				echo(t, conn, "readable")
				if len(w.lines("connection opened", "plain=true")) != 1 {
					t.Errorf("not marked in\n%s", w.log.String())
				}
				return
			}
			if err == nil || response.StatusCode != http.StatusForbidden {
				t.Fatalf("got %v", response)
			}
			var why wire.Refusal
			decode(t, p.do(http.MethodGet, "/api/refusals?device=1234&configuration=3", ""), &why)
			if why.Error != wire.CodeForbidden || !strings.Contains(why.Message, "SSH") {
				t.Errorf("refusal: got %+v", why)
			}
			if conn, _, err = p.openAs("3", ""); err != nil {
				t.Fatalf("an encrypted connection: %v", err)
			}
			echo(t, conn, "not readable")
		})
	}
}
