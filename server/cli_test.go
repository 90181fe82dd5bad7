package server_test

import (
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"porthole/ssh/wire"
)

// commandLine is a porthole that signs in.
type commandLine struct {
	verifier, state, redirect string
}

func newCommandLine() commandLine {
	return commandLine{
		verifier: strings.Repeat("v", 40) + "-._~", state: "state-0123456789", redirect: "http://127.0.0.1:40001/callback",
	}
}

// asks is what its address asks for.
func (c commandLine) asks() wire.CLIRequest {
	digest := sha256.Sum256([]byte(c.verifier))
	return wire.CLIRequest{
		CodeChallenge: base64.RawURLEncoding.EncodeToString(digest[:]), CodeChallengeMethod: "S256",
		RedirectURI: c.redirect, State: c.state, Machine: "workbench",
	}
}

// ask is the page that shows the question.
func (p *page) ask(request wire.CLIRequest) answer {
	p.t.Helper()
	return p.do(http.MethodPost, "/api/cli/requests", body(p.t, request))
}

// question asks and reads what the person is shown.
func (p *page) question(c commandLine) wire.CLIQuestion {
	p.t.Helper()
	a := p.ask(c.asks())
	if a.StatusCode != http.StatusOK {
		p.t.Fatalf("ask: got %d %s", a.StatusCode, a.body)
	}
	return answerOf[wire.CLIQuestion](p.t, a)
}

// allow is the person's answer; it gives the address that the browser goes to.
func (p *page) allow(consent string, yes bool) *url.URL {
	p.t.Helper()
	a := p.do(http.MethodPost, "/api/cli/consents", body(p.t, wire.CLIConsent{Consent: consent, Allow: yes}))
	if a.StatusCode != http.StatusOK {
		p.t.Fatalf("consent: got %d %s", a.StatusCode, a.body)
	}
	to, err := url.Parse(answerOf[wire.CLIRedirect](p.t, a).Redirect)
	if err != nil {
		p.t.Fatal(err)
	}
	return to
}

// code is the whole way of the person.
func (p *page) code(c commandLine) string {
	p.t.Helper()
	return p.allow(p.question(c).Consent, true).Query().Get("code")
}

// redeem is the command line that comes for its token.
func (w *world) redeem(c commandLine, code string) answer {
	w.t.Helper()
	form := url.Values{
		"grant_type": {"authorization_code"}, "code": {code}, "code_verifier": {c.verifier}, "redirect_uri": {c.redirect},
	}
	return w.do(http.MethodPost, "/auth/cli/token", form.Encode(), "Content-Type", "application/x-www-form-urlencoded")
}

// commandLine lets one in and gives its token.
func (p *page) commandLine() string {
	p.t.Helper()
	c := newCommandLine()
	a := p.redeem(c, p.code(c))
	granted := answerOf[wire.CLIGrant](p.t, a)
	if a.StatusCode != http.StatusOK || granted.TokenType != "Bearer" {
		p.t.Fatalf("token: got %d %s", a.StatusCode, a.body)
	}
	return granted.AccessToken
}

// with makes a request as the command line does.
func (w *world) with(token, method, path string) answer {
	w.t.Helper()
	return w.do(method, path, "", "Authorization", "Bearer "+token)
}

// tokens are those that the page lists.
func (p *page) tokens() []wire.CLIToken {
	p.t.Helper()
	return answerOf[wire.CLITokens](p.t, p.do(http.MethodGet, "/api/cli/tokens", "")).Tokens
}

func answerOf[T any](t *testing.T, a answer) (value T) {
	t.Helper()
	if err := json.Unmarshal([]byte(a.body), &value); err != nil {
		t.Fatalf("answer %d %q: %v", a.StatusCode, a.body, err)
	}
	return value
}

func TestACommandLineSignsInByTheBrowser(t *testing.T) {
	w := newDeviceWorld(t, options{})
	p := w.signIn("anna", annaPassword)
	c := newCommandLine()
	asked := p.question(c)
	if asked.User != "anna" || asked.Tenant != "t12345" || asked.Callback != "127.0.0.1:40001" || asked.Machine != "workbench" || !asked.RemoteAccess {
		t.Errorf("the person is asked %+v", asked)
	}
	if left := time.Until(asked.Until); left < 7*time.Hour || left > 8*time.Hour+time.Minute {
		t.Errorf("the token would live %s, want 8 h", left)
	}
	to := p.allow(asked.Consent, true)
	if to.Scheme+"://"+to.Host+to.Path != c.redirect || to.Query().Get("state") != c.state || len(to.Query()) != 2 {
		t.Errorf("the browser goes to %s", to)
	}
	a := w.redeem(c, to.Query().Get("code"))
	granted := answerOf[wire.CLIGrant](t, a)
	if a.StatusCode != http.StatusOK || granted.User != "anna" || granted.Tenant != "t12345" || granted.ExpiresIn < 7*3600 {
		t.Fatalf("got %d %+v", a.StatusCode, granted)
	}
	if a.Header.Get("Cache-Control") != "no-store" || len(granted.AccessToken) != 47 || !strings.HasPrefix(granted.AccessToken, "pht_") {
		t.Errorf("token %d bytes, headers %v", len(granted.AccessToken), a.Header)
	}
	if a := w.with(granted.AccessToken, http.MethodGet, "/inventory/managedObjects/1234"); a.StatusCode != http.StatusOK {
		t.Errorf("REST: got %d %s", a.StatusCode, a.body)
	}
	conn, response, err := w.dial(t.Context(), "3", "", http.Header{"Authorization": {"Bearer " + granted.AccessToken}})
	if err != nil {
		t.Fatalf("connect: %v (%v)", err, response)
	}
	defer func() { _ = conn.CloseNow() }()
	echo(t, conn, "through the token")
	id := p.tokens()[0].ID
	if len(w.lines("connection opened", "principal=t12345/anna", "cli_token="+id)) != 1 {
		t.Errorf("the log does not say which command line connected:\n%s", w.log)
	}
	if strings.Contains(w.log.String(), granted.AccessToken) || strings.Contains(w.log.String(), to.Query().Get("code")) {
		t.Error("the log holds the token or its code")
	}
}

func TestDenyGoesBackWithoutACode(t *testing.T) {
	w := newWorld(t, options{})
	p := w.signIn("anna", annaPassword)
	c := newCommandLine()
	asked := p.question(c)
	to := p.allow(asked.Consent, false)
	if q := to.Query(); q.Get("error") != "access_denied" || q.Get("state") != c.state || q.Has("code") {
		t.Errorf("the browser goes to %s", to)
	}
	again := p.do(http.MethodPost, "/api/cli/consents", body(t, wire.CLIConsent{Consent: asked.Consent, Allow: true}))
	wantProblem(t, again, http.StatusForbidden, wire.CodeForbidden)
	if len(p.tokens()) != 0 {
		t.Error("there is a token")
	}
}

func TestTheMachinesNameIsForeignText(t *testing.T) {
	w := newWorld(t, options{})
	p := w.signIn("anna", annaPassword)
	request := newCommandLine().asks()
	request.Machine = "a\x1b[31m\u202e<b>\n" + strings.Repeat("ü", 100)
	asked := answerOf[wire.CLIQuestion](t, p.ask(request))
	if len(asked.Machine) > 64 || strings.ContainsAny(asked.Machine, "\x1b\n\u202e") || !strings.HasPrefix(asked.Machine, "a [31m <b>") {
		t.Errorf("the person reads %q", asked.Machine)
	}
}
