package server_test

import (
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

func TestAttackRevokedToken(t *testing.T) {
	w := newDeviceWorld(t, options{})
	p := w.signIn("anna", annaPassword)
	token, kept := p.commandLine(), p.commandLine()
	conn, _, err := w.dial(t.Context(), "3", "", http.Header{"Authorization": {"Bearer " + token}})
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = conn.CloseNow() }()
	echo(t, conn, "before")
	list := p.tokens()
	mine := list[0]
	if mine.Connections == 0 {
		mine = list[1]
	}
	if len(list) != 2 || mine.Connections != 1 || mine.LastUsed.IsZero() || mine.Machine != "workbench" || mine.Address != "127.0.0.1" {
		t.Errorf("the page lists %+v", list)
	}
	if a := p.do(http.MethodDelete, "/api/cli/tokens/"+mine.ID, ""); a.StatusCode != http.StatusNoContent {
		t.Fatalf("revoke: got %d %s", a.StatusCode, a.body)
	}
	if reason := wantClose(t, conn, wire.CloseLoginEnded); !strings.Contains(reason, "revoked") {
		t.Errorf("reason: got %q", reason)
	}
	a := w.with(token, http.MethodGet, "/user/currentUser")
	wantProblem(t, a, http.StatusUnauthorized, wire.CodeNotSignedIn)
	if !strings.Contains(a.message(), "revoked") {
		t.Errorf("the command line reads %q", a.message())
	}
	if a := w.with(kept, http.MethodGet, "/user/currentUser"); a.StatusCode != http.StatusOK {
		t.Errorf("the other token: got %d", a.StatusCode)
	}
	wantProblem(t, p.do(http.MethodGet, "/api/cli/tokens/"+mine.ID, ""), http.StatusMethodNotAllowed, wire.CodeInvalid)
	if a := p.do(http.MethodDelete, "/api/cli/tokens", ""); a.StatusCode != http.StatusNoContent || len(p.tokens()) != 0 {
		t.Errorf("revoke all: got %d, left %v", a.StatusCode, p.tokens())
	}
	if a := p.do(http.MethodGet, "/user/currentUser", ""); a.StatusCode != http.StatusOK {
		t.Errorf("the page's own login: got %d %s", a.StatusCode, a.body)
	}
}

func TestOnePersonsTokensAreNoneOfAnothers(t *testing.T) {
	w := newWorld(t, options{})
	anna, bert := w.signIn("anna", annaPassword), w.signIn("bert", bertPassword)
	token := anna.commandLine()
	if list := bert.tokens(); len(list) != 0 {
		t.Errorf("bert sees %v", list)
	}
	bert.do(http.MethodDelete, "/api/cli/tokens/"+anna.tokens()[0].ID, "")
	bert.do(http.MethodDelete, "/api/cli/tokens", "")
	if a := w.with(token, http.MethodGet, "/user/currentUser"); a.StatusCode != http.StatusOK {
		t.Errorf("after bert revoked: got %d", a.StatusCode)
	}
}

func TestATokenGrantsAndRevokesNothing(t *testing.T) {
	w := newWorld(t, options{})
	token := w.signIn("anna", annaPassword).commandLine()
	bearer := []string{"Authorization", "Bearer " + token, "Origin", w.base, "Sec-Fetch-Site", "same-origin", "Content-Type", "application/json"}
	for _, c := range [][2]string{
		{http.MethodPost, "/api/cli/requests"},
		{http.MethodPost, "/api/cli/consents"},
		{http.MethodGet, "/api/cli/tokens"},
		{http.MethodDelete, "/api/cli/tokens"},
		{http.MethodPost, "/api/forwards"},
	} {
		wantProblem(t, w.do(c[0], c[1], body(t, newCommandLine().asks()), bearer...), http.StatusUnauthorized, wire.CodeNotSignedIn)
	}
	wantProblem(t, w.do(http.MethodGet, "/user/currentUser", "", "Authorization", "Bearer "+token, "Origin", "https://evil.example"),
		http.StatusForbidden, wire.CodeForeignOrigin)
}

func TestUnknownTokensAreLimitedApartFromSignIns(t *testing.T) {
	w := newWorld(t, options{})
	p := w.signIn("anna", annaPassword)
	token := p.commandLine()
	wantProblem(t, w.with("pht_"+strings.Repeat("B", 43), http.MethodGet, "/user/currentUser"), http.StatusUnauthorized, wire.CodeNotSignedIn)
	limited := false
	for range 40 {
		a := w.with("pht_"+strings.Repeat("B", 43), http.MethodGet, "/user/currentUser")
		limited = limited || a.StatusCode == http.StatusTooManyRequests && a.Header.Get("Retry-After") != ""
	}
	if !limited {
		t.Error("guesses are not limited")
	}
	if a := w.with(token, http.MethodGet, "/user/currentUser"); a.StatusCode != http.StatusOK {
		t.Errorf("the good token beside them: got %d", a.StatusCode)
	}
	w.signIn("anna", annaPassword)
}

func TestSigningOutInThePageLeavesCommandLines(t *testing.T) {
	w := newWorld(t, options{})
	p := w.signIn("anna", annaPassword)
	token := p.commandLine()
	p.do(http.MethodDelete, "/api/login", "")
	if a := w.with(token, http.MethodGet, "/user/currentUser"); a.StatusCode != http.StatusOK {
		t.Errorf("the command line: got %d", a.StatusCode)
	}
	if list := w.signIn("anna", annaPassword).tokens(); len(list) != 1 {
		t.Errorf("the next login lists %v", list)
	}
}

func TestACommandLineSignsOut(t *testing.T) {
	w := newWorld(t, options{})
	p := w.signIn("anna", annaPassword)
	token := p.commandLine()
	if who := answerOf[wire.LoginInfo](t, w.with(token, http.MethodGet, "/api/login")); who.User != "anna" || who.Until.IsZero() {
		t.Errorf("got %+v", who)
	}
	for range 2 {
		if a := w.with(token, http.MethodDelete, "/api/login"); a.StatusCode != http.StatusNoContent {
			t.Errorf("got %d %s", a.StatusCode, a.body)
		}
	}
	if a := p.do(http.MethodGet, "/api/login", ""); a.StatusCode != http.StatusOK || len(p.tokens()) != 0 {
		t.Errorf("the page: got %d, tokens %v", a.StatusCode, p.tokens())
	}
}

func TestTheTenantEndingTheLoginEndsItsCommandLines(t *testing.T) {
	var mu sync.Mutex
	over := false
	o := options{tenant: func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			mu.Lock()
			refuse := over
			mu.Unlock()
			if refuse {
				w.WriteHeader(http.StatusUnauthorized)
				return
			}
			next.ServeHTTP(w, r)
		})
	}}
	w := newWorld(t, o)
	p, other := w.signIn("anna", annaPassword), w.signIn("bert", bertPassword)
	token, foreign := p.commandLine(), other.commandLine()
	mu.Lock()
	over = true
	mu.Unlock()
	wantProblem(t, p.do(http.MethodGet, "/user/currentUser", ""), http.StatusUnauthorized, wire.CodeNotSignedIn)
	mu.Lock()
	over = false
	mu.Unlock()
	a := w.with(token, http.MethodGet, "/user/currentUser")
	wantProblem(t, a, http.StatusUnauthorized, wire.CodeNotSignedIn)
	if !strings.Contains(a.message(), "tenant does not accept") {
		t.Errorf("the command line reads %q", a.message())
	}
	if a := w.with(foreign, http.MethodGet, "/user/currentUser"); a.StatusCode != http.StatusOK {
		t.Errorf("another person's command line: got %d", a.StatusCode)
	}
}

func TestATokenReportsEventsOfItsConnections(t *testing.T) {
	w := newDeviceWorld(t, options{})
	p := w.signIn("anna", annaPassword)
	token := p.commandLine()
	reference := uuid.NewString()
	conn, _, err := w.dial(t.Context(), "3", "?reference="+reference, http.Header{"Authorization": {"Bearer " + token}})
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = conn.Close(websocket.StatusNormalClosure, "") }()
	path := "/api/connections/" + reference + "/events"
	a := w.do(http.MethodPost, path, body(t, opened()), "Authorization", "Bearer "+token, "Content-Type", "application/json")
	if a.StatusCode != http.StatusNoContent {
		t.Fatalf("got %d %s", a.StatusCode, a.body)
	}
	if len(w.lines("client reports", "cli_token="+p.tokens()[0].ID, "attested_by=client")) != 1 {
		t.Errorf("the log does not say who reported:\n%s", w.log)
	}
	wantProblem(t, p.report(reference, opened()), http.StatusNotFound, wire.CodeNotFound)
}

func TestARoleThatCameLaterIsNotTheTokens(t *testing.T) {
	w := newDeviceWorld(t, options{})
	token := w.signIn("bert", bertPassword).commandLine()
	_, response, err := w.dial(t.Context(), "3", "", http.Header{"Authorization": {"Bearer " + token}})
	if err == nil || response == nil || response.StatusCode != http.StatusForbidden {
		t.Errorf("got %v %v", response, err)
	}
}

func TestTokensEndByThemselvesOrAreNotGivenAtAll(t *testing.T) {
	w := newDeviceWorld(t, options{config: func(c *server.Config) { c.CLITokens = 2 * time.Second }})
	token := w.signIn("anna", annaPassword).commandLine()
	conn, _, err := w.dial(t.Context(), "3", "", http.Header{"Authorization": {"Bearer " + token}})
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = conn.CloseNow() }()
	wantClose(t, conn, wire.CloseLoginEnded)
	wantProblem(t, w.with(token, http.MethodGet, "/user/currentUser"), http.StatusUnauthorized, wire.CodeNotSignedIn)

	off := newWorld(t, options{config: func(c *server.Config) { c.CLITokens = 0 }})
	wantProblem(t, off.signIn("anna", annaPassword).ask(newCommandLine().asks()), http.StatusForbidden, wire.CodeForbidden)
}
