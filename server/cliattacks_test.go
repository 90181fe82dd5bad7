package server_test

import (
	"net/http"
	"strings"
	"testing"

	"porthole/ssh/wire"
)

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
