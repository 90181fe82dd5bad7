package api

import (
	"context"
	"log/slog"
	"net/http"
	"net/netip"
	"strings"

	"porthole/server/login"
	"porthole/ssh/wire"
)

// How a command line signs in (docs/protocol.md §8), in the manner of RFC 8252 and 7636:
// it opens the page wire.CLISignInPath in the person's browser; the page posts what the
// address asks for, and then the person's answer, both with the login's cookie and from
// our own origin; the browser takes a code to the program's listener on loopback, and the
// program turns that into a token, with the secret that only it knows.

// maxMachine is how much of a machine's name is kept, in bytes.
const maxMachine = 64

// cliRequest is POST /api/cli/requests: checks what a program asks for, and gives what
// the person is to be asked. What is refused here is never redirected to.
func (a *API) cliRequest(w http.ResponseWriter, r *http.Request) {
	l, p := a.ownLogin(r)
	if p != nil {
		writeProblem(w, p)
		return
	}
	if a.config.Tokens.Off() {
		writeProblem(w, &problem{
			status: http.StatusForbidden, code: wire.CodeForbidden,
			message: "This gateway lets no command line in (--cli-tokens 0). Sign porthole in at the tenant, or ask the gateway's administrator.",
		})
		return
	}
	var request wire.CLIRequest
	if p := readJSON(w, r, &request); p != nil {
		writeProblem(w, p)
		return
	}
	callback, p := checkCLIRequest(request)
	if p != nil {
		writeProblem(w, p)
		return
	}
	machine := strings.TrimSpace(printable(request.Machine, maxMachine))
	consent, err := a.codes.ask(l, question{
		challenge: request.CodeChallenge, redirect: request.RedirectURI, state: request.State, machine: machine,
	})
	if err != nil {
		writeProblem(w, asProblem(err))
		return
	}
	who := l.Identity()
	writeJSON(w, http.StatusOK, wire.CLIQuestion{
		Consent: consent, User: who.User, Tenant: who.Tenant, RemoteAccess: who.RemoteAccess,
		Machine: machine, Callback: callback, Until: a.config.Tokens.Until(l),
	})
}

// cliConsent is POST /api/cli/consents: the person's answer.
func (a *API) cliConsent(w http.ResponseWriter, r *http.Request) {
	l, p := a.ownLogin(r)
	if p != nil {
		writeProblem(w, p)
		return
	}
	var answer wire.CLIConsent
	if p := readJSON(w, r, &answer); p != nil {
		writeProblem(w, p)
		return
	}
	asked, found := a.codes.answer(l, answer.Consent)
	if !found {
		writeProblem(w, &problem{
			status: http.StatusForbidden, code: wire.CodeForbidden,
			message: "This question was answered already, is too old, or was not asked of this login. Run porthole login once more.",
		})
		return
	}
	a.config.Log.Info("command line asks", slog.String("principal", principal(l.Identity())),
		slog.String("machine", asked.machine), slog.String("address", addressOf(r).String()), slog.Bool("allowed", answer.Allow))
	if !answer.Allow {
		writeJSON(w, http.StatusOK, wire.CLIRedirect{Redirect: asked.back("error", "access_denied")})
		return
	}
	code, p := a.codes.give(l, asked)
	if p != nil {
		writeProblem(w, p)
		return
	}
	writeJSON(w, http.StatusOK, wire.CLIRedirect{Redirect: asked.back("code", code)})
}

var errBadCode = &problem{
	status: http.StatusUnauthorized, code: wire.CodeSignInRefused,
	message: "The code of this sign-in is wrong, was used already, or is too old. Run porthole login once more.",
}

// cliToken is POST /auth/cli/token: the program turns its code into a token. No page asks
// for that.
func (a *API) cliToken(w http.ResponseWriter, r *http.Request) {
	if fetchSite := r.Header.Get("Sec-Fetch-Site"); !fromOwnHost(r, siteOf(r)) || fetchSite != "" && fetchSite != "same-origin" {
		writeProblem(w, errForeignOrigin)
		return
	}
	form, p := readFormBody(w, r)
	if p == nil {
		p = checkGrantForm(form)
	}
	if p != nil {
		writeProblem(w, p)
		return
	}
	attempt, err := a.begin(r.Context(), a.attempts, "", addressOf(r))
	if err != nil {
		a.refuse(w, r, err)
		return
	}
	defer attempt.Void()
	taken, replayed := a.codes.take(form.Get("code"), form.Get("code_verifier"), form.Get("redirect_uri"))
	if replayed != nil {
		a.config.Tokens.End(replayed, login.ErrReplayed)
		a.config.Log.Warn("code of a command line used twice", slog.String("cli_token", tokenID(replayed)),
			slog.String("principal", principal(replayed.Identity())), slog.String("address", addressOf(r).String()))
	}
	if taken == nil {
		attempt.Failed()
		a.config.SignIns("cli_refused")
		writeProblem(w, errBadCode)
		return
	}
	a.grant(w, r, taken, addressOf(r))
}

// grant answers with a new token.
func (a *API) grant(w http.ResponseWriter, r *http.Request, taken *code, address netip.Addr) {
	token, l, err := a.config.Tokens.Create(taken.login, taken.machine, address)
	if err != nil {
		a.config.Log.Error("token not kept", slog.Any("error", err))
		writeProblem(w, &problem{
			status: http.StatusServiceUnavailable, code: wire.CodeInternal, cause: err,
			message: "The gateway cannot keep another token now. Try again in a few minutes.",
		})
		return
	}
	if !a.codes.gave(taken, l) {
		a.config.Tokens.End(l, login.ErrReplayed) // somebody came with the same code meanwhile
		writeProblem(w, errBadCode)
		return
	}
	who := l.Identity()
	a.config.SignIns("cli_success")
	a.config.Log.LogAttrs(context.WithoutCancel(r.Context()), slog.LevelInfo, "command line signed in", append([]slog.Attr{
		slog.String("principal", principal(who)), slog.String("machine", l.Token.Machine), slog.String("address", address.String()),
	}, tokenAttrs(l)...)...)
	writeJSON(w, http.StatusOK, wire.CLIGrant{
		AccessToken: token, TokenType: "Bearer", ExpiresIn: int64(l.Until.Sub(l.Token.Made).Seconds()),
		User: who.User, Tenant: who.Tenant,
	})
}
