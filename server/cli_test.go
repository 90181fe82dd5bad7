package server_test

import (
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"net/http"
	"net/http/httputil"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"porthole/server"
	"porthole/ssh/wire"

	"github.com/coder/websocket"
	"github.com/google/uuid"
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

func TestAttackReplayedCode(t *testing.T) {
	w := newWorld(t, options{})
	p := w.signIn("anna", annaPassword)
	c := newCommandLine()
	code := p.code(c)
	token := answerOf[wire.CLIGrant](t, w.redeem(c, code)).AccessToken
	wantProblem(t, w.redeem(c, code), http.StatusUnauthorized, wire.CodeSignInRefused)
	a := w.with(token, http.MethodGet, "/user/currentUser")
	wantProblem(t, a, http.StatusUnauthorized, wire.CodeNotSignedIn)
	if !strings.Contains(a.message(), "used twice") {
		t.Errorf("the command line reads %q", a.message())
	}
}

func TestAttackForeignPortCallback(t *testing.T) {
	w := newWorld(t, options{})
	p := w.signIn("anna", annaPassword)
	c := newCommandLine()
	other := c
	other.redirect = "http://127.0.0.1:40002/callback"
	code := p.code(c)
	wantProblem(t, w.redeem(other, code), http.StatusUnauthorized, wire.CodeSignInRefused)
	wantProblem(t, w.redeem(c, code), http.StatusUnauthorized, wire.CodeSignInRefused) // it is spent
}

func TestAttackWrongVerifier(t *testing.T) {
	w := newWorld(t, options{})
	p := w.signIn("anna", annaPassword)
	c := newCommandLine()
	for _, verifier := range []string{"", strings.Repeat("x", 43), c.asks().CodeChallenge, c.verifier + "v", strings.Repeat("v", 200)} {
		guess := c
		guess.verifier = verifier
		wantProblem(t, w.redeem(guess, p.code(c)), http.StatusUnauthorized, wire.CodeSignInRefused)
	}
	if len(p.tokens()) != 0 {
		t.Error("there is a token")
	}
}

func TestAttackPlainChallenge(t *testing.T) {
	p := newWorld(t, options{}).signIn("anna", annaPassword)
	for _, method := range []string{"plain", "", "s256", "S256 ", "S512"} {
		request := newCommandLine().asks()
		request.CodeChallengeMethod = method
		wantProblem(t, p.ask(request), http.StatusBadRequest, wire.CodeInvalid)
	}
	for _, challenge := range []string{"", "short", strings.Repeat("x", 44), strings.Repeat("x", 42) + "="} {
		request := newCommandLine().asks()
		request.CodeChallenge = challenge
		wantProblem(t, p.ask(request), http.StatusBadRequest, wire.CodeInvalid)
	}
}

func TestAttackCodeOfAnotherSession(t *testing.T) {
	w := newWorld(t, options{})
	mine, theirs := newCommandLine(), newCommandLine()
	theirs.verifier = strings.Repeat("w", 43)
	// Somebody's own code, slipped into this command line's callback.
	slipped := w.signIn("bert", bertPassword).code(theirs)
	wantProblem(t, w.redeem(mine, slipped), http.StatusUnauthorized, wire.CodeSignInRefused)
	// A code whose login ended before it was used.
	p := w.signIn("anna", annaPassword)
	late := p.code(mine)
	p.do(http.MethodDelete, "/api/login", "")
	wantProblem(t, w.redeem(mine, late), http.StatusUnauthorized, wire.CodeSignInRefused)
	// The consent of another login.
	asked := w.signIn("anna", annaPassword).question(mine)
	foreign := w.signIn("bert", bertPassword).do(http.MethodPost, "/api/cli/consents", body(t, wire.CLIConsent{Consent: asked.Consent, Allow: true}))
	wantProblem(t, foreign, http.StatusForbidden, wire.CodeForbidden)
}

func TestAttackRedirectToAnotherHost(t *testing.T) {
	p := newWorld(t, options{}).signIn("anna", annaPassword)
	for _, redirect := range []string{
		"https://evil.example/callback", "http://evil.example:40001/callback", "http://127.0.0.1.evil.example:40001/callback",
		"http://127.0.0.1:40001@evil.example/callback", "http://evil.example#@127.0.0.1:40001/callback", `http://127.0.0.1:40001\@evil.example/`,
		"http://127.0.0.1:40001:80/callback", "http://localhost:40001/callback", "http://LOCALHOST.:40001/callback",
		"http://127.1:40001/callback", "http://2130706433:40001/callback", "http://0x7f.0.0.1:40001/callback", "http://0177.0.0.1:40001/callback",
		"http://127.0.0.2:40001/callback", "http://0.0.0.0:40001/callback", "http://[::]:40001/callback", "http://[::ffff:127.0.0.1]:40001/callback",
		"http://[0:0:0:0:0:0:0:1]:40001/callback", "http://[::1%25lo]:40001/callback", "http://１２７.0.0.1:40001/callback",
		"http://127.0.0.1/callback", "http://127.0.0.1:0/callback", "http://127.0.0.1:65536/callback", "http://127.0.0.1:+40001/callback", "http://127.0.0.1:040001/callback",
		"http://127.0.0.1:40001/callback?next=https://evil.example", "http://127.0.0.1:40001/callback#x", "http://127.0.0.1:40001//evil.example\r\nX: y",
		"HTTP://127.0.0.1:40001/callback", "https://127.0.0.1:40001/callback", "//127.0.0.1:40001/callback", "javascript:alert(1)", "", "http://127.0.0.1:40001/%2e%2e",
		" http://127.0.0.1:40001/callback", "http:///127.0.0.1:40001/callback", "http:127.0.0.1:40001/callback",
	} {
		request := newCommandLine().asks()
		request.RedirectURI = redirect
		a := p.ask(request)
		wantProblem(t, a, http.StatusBadRequest, wire.CodeInvalid)
		if a.Header.Get("Location") != "" || strings.Contains(a.body, "evil") {
			t.Errorf("%q: %v %s", redirect, a.Header, a.body)
		}
	}
	request := newCommandLine().asks()
	request.RedirectURI = "http://[::1]:40001/callback"
	if a := p.ask(request); a.StatusCode != http.StatusOK {
		t.Errorf("%q: got %d %s", request.RedirectURI, a.StatusCode, a.body)
	}
}

func TestAttackConsentWithoutCSRFToken(t *testing.T) {
	w := newWorld(t, options{})
	p := w.signIn("anna", annaPassword)
	asked := p.question(newCommandLine())
	for _, consent := range []string{"", "x", asked.Consent + "x", strings.Repeat("A", 43)} {
		wantProblem(t, p.do(http.MethodPost, "/api/cli/consents", body(t, wire.CLIConsent{Consent: consent, Allow: true})), http.StatusForbidden, wire.CodeForbidden)
	}
	yes, cookie := body(t, wire.CLIConsent{Consent: asked.Consent, Allow: true}), "__Host-porthole="+p.cookie
	for _, path := range []string{"/api/cli/consents", "/api/cli/requests", "/api/cli/tokens"} {
		method := http.MethodPost
		if path == "/api/cli/tokens" {
			method = http.MethodDelete
		}
		for _, headers := range [][]string{
			{},
			{"Origin", "https://evil.example", "Sec-Fetch-Site", "cross-site"},
			{"Origin", "http://sister.porthole.localhost", "Sec-Fetch-Site", "same-site"},
			{"Origin", "null"},
		} {
			a := w.do(method, path, yes, append(headers, "Cookie", cookie, "Content-Type", "application/json")...)
			wantProblem(t, a, http.StatusForbidden, wire.CodeForeignOrigin)
		}
	}
	form := w.do(http.MethodPost, "/api/cli/consents", "consent="+asked.Consent+"&allow=true", "Cookie", cookie, "Origin", w.base,
		"Sec-Fetch-Site", "same-origin", "Content-Type", "application/x-www-form-urlencoded")
	wantProblem(t, form, http.StatusUnsupportedMediaType, wire.CodeInvalid)
	if len(p.tokens()) != 0 {
		t.Error("there is a token")
	}
}

func TestAttackConsentInAFrame(t *testing.T) {
	a := newWorld(t, options{}).do(http.MethodGet, "/auth/cli?state=x", "")
	if a.Header.Get("X-Frame-Options") != "DENY" || !strings.Contains(a.Header.Get("Content-Security-Policy"), "frame-ancestors 'none'") {
		t.Errorf("a page of another site may frame the question: %v", a.Header)
	}
	if a.Header.Get("Location") != "" || a.Header.Get("Referrer-Policy") != "no-referrer" {
		t.Errorf("headers: %v", a.Header)
	}
}

// tenantRequests notes all that the tenant gets.
func tenantRequests(o *options) (dump func() string) {
	var mu sync.Mutex
	var all strings.Builder
	o.tenant = func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			text, _ := httputil.DumpRequest(r, r.Header.Get("Upgrade") == "")
			mu.Lock()
			all.Write(text)
			mu.Unlock()
			next.ServeHTTP(w, r)
		})
	}
	return func() string {
		mu.Lock()
		defer mu.Unlock()
		return all.String()
	}
}

func TestAttackTokenInAQuery(t *testing.T) {
	o := options{}
	dump := tenantRequests(&o)
	w := newDeviceWorld(t, o)
	token := w.signIn("anna", annaPassword).commandLine()
	for _, query := range []string{"?token=" + token, "?token=Bearer%20" + token, "?token=" + token + "&token=x", "?access_token=" + token, "?a=1&b=" + token} {
		for _, headers := range [][]string{{}, {"Authorization", "Bearer " + token}, {"Authorization", basic("anna", annaPassword)}} {
			a := w.do(http.MethodGet, "/inventory/managedObjects"+query, "", headers...)
			wantProblem(t, a, http.StatusUnauthorized, wire.CodeNotSignedIn)
		}
		if _, response, err := w.dial(t.Context(), "3", query, nil); err == nil || response == nil || response.StatusCode != http.StatusUnauthorized {
			t.Errorf("websocket with %s: got %v %v", query[:8], response, err)
		}
	}
	w.do(http.MethodGet, "/tenant/loginOptions?token="+token+"&x="+token, "")
	if strings.Contains(dump(), "pht_") {
		t.Error("the tenant got the token")
	}
}

// Whichever way a token is sent, no byte of it comes to the tenant.
func TestAttackPhtToTheTenant(t *testing.T) {
	o := options{}
	dump := tenantRequests(&o)
	w := newDeviceWorld(t, o)
	p := w.signIn("anna", annaPassword)
	token := p.commandLine()
	unknown := "pht_" + strings.Repeat("A", 43)
	for _, headers := range [][]string{
		{"Authorization", "Bearer " + token},
		{"Authorization", "bearer  " + token},
		{"Authorization", "Bearer " + unknown},
		{"Authorization", "Bearer pht_short"},
		{"Authorization", "Bearer " + token, "Authorization", "Bearer " + token},
		{"Authorization", "Basic " + token},
		{"Authorization", basic("anna", token)},
		{"Authorization", basic(token, "x")},
		{"Cookie", "authorization=" + token + "; XSRF-TOKEN=x", "X-XSRF-TOKEN", "x"},
		{"Cookie", "__Host-porthole=" + token},
		{"X-Token", token, "TFAToken", token, "X-XSRF-TOKEN", token, "Referer", token, "Authorization", "Bearer " + token},
	} {
		for _, path := range []string{"/user/currentUser", "/service/remoteaccess/devices/1234/configurations", "/devicecontrol/operations"} {
			w.do(http.MethodGet, path, "", headers...)
		}
		header := http.Header{}
		for i := 0; i < len(headers); i += 2 {
			header.Add(headers[i], headers[i+1])
		}
		if conn, _, err := w.dial(t.Context(), "3", "", header); err == nil {
			_ = conn.CloseNow()
		}
	}
	p.do(http.MethodPost, "/api/login", loginBody("anna", token, ""))
	w.do(http.MethodPost, "/tenant/oauth?tenant_id=t12345", url.Values{"grant_type": {"PASSWORD"}, "username": {"anna"}, "password": {token}}.Encode(),
		"Content-Type", "application/x-www-form-urlencoded")
	seen := dump()
	if !strings.Contains(seen, "/user/currentUser") {
		t.Fatal("the tenant got nothing at all")
	}
	if strings.Contains(seen, "pht_") || strings.Contains(seen, token[4:]) || strings.Contains(seen, basic("anna", token)) || strings.Contains(seen, basic(token, "x")) {
		t.Errorf("the tenant got the token:\n%s", seen)
	}
}

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
