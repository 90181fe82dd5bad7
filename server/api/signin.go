package api

import (
	"errors"
	"log/slog"
	"net/http"
	"strings"

	"porthole/server/login"
	"porthole/server/platform"
	"porthole/ssh/wire"
)

// Bounds of what a person types at sign-in, in bytes.
const (
	maxUser     = 256
	maxPassword = 4096
	maxTFACode  = 64
)

// signIn is POST /api/login. A foreign page must not sign a person in as someone else,
// so the request must come from our own page although no cookie proves it.
func (a *API) signIn(w http.ResponseWriter, r *http.Request) {
	if !fromOwnPage(r, siteOf(r)) {
		writeProblem(w, errForeignOrigin)
		return
	}
	var request wire.LoginRequest
	if p := readJSON(w, r, &request); p != nil {
		writeProblem(w, p)
		return
	}
	request.User = strings.TrimSpace(request.User)
	switch {
	case request.User == "" || request.Password == "":
		writeProblem(w, invalid("Enter user and password."))
		return
	case len(request.User) > maxUser || len(request.Password) > maxPassword || len(request.TFACode) > maxTFACode,
		strings.ContainsAny(request.User, ":\x00\r\n"):
		writeProblem(w, invalid("User, password or code is too long or has a character that is not allowed."))
		return
	}
	if isTokenText(request.User) || isTokenText(request.Password) {
		writeProblem(w, errTokenAsPassword)
		return
	}
	attempt, err := a.begin(r.Context(), a.attempts, request.User, addressOf(r))
	if err != nil {
		a.signInProblem(w, r, request.User, err)
		return
	}
	defer attempt.Void()
	auth, who, err := a.config.Tenant.SignIn(r.Context(), request.User, request.Password, request.TFACode)
	if err != nil {
		if wrongGuess(err, request.TFACode) {
			attempt.Failed()
		}
		a.signInProblem(w, r, request.User, err)
		return
	}
	attempt.Succeeded()
	a.startLogin(w, r, auth, who)
}

// errTokenAsPassword: the tenant would read the token.
var errTokenAsPassword = invalid("That is a token of a command line and no password. It was not sent on.")

// wrongGuess tells whether a failed sign-in was a guess. A person asked for the TFA code
// has not guessed wrong; a wrong code is a guess.
func wrongGuess(err error, tfaCode string) bool {
	var failure *platform.TenantError
	if !errors.As(err, &failure) {
		return false
	}
	return failure.Code == wire.CodeSignInRefused || failure.Code == wire.CodeTFARequired && tfaCode != ""
}

// startLogin makes a login and answers with its cookie. The token is always new; one that
// the browser brought along is never taken over.
func (a *API) startLogin(w http.ResponseWriter, r *http.Request, auth platform.Authorization, who platform.Identity) {
	token, l, err := a.config.Logins.Create(who, auth, auth.Expiry())
	if err != nil {
		a.config.Log.Error("login not kept", slog.Any("error", err))
		writeProblem(w, &problem{
			status: http.StatusServiceUnavailable, code: wire.CodeInternal, cause: err,
			message: "The gateway cannot keep another login now. Try again in a few minutes.",
		})
		return
	}
	a.replaceLogin(r, who)
	a.config.SignIns("success")
	a.config.Log.Info("signed in", slog.String("principal", principal(who)), slog.String("address", addressOf(r).String()))
	setLoginCookie(w, token)
	writeJSON(w, http.StatusOK, loginInfo(l))
}

// replaceLogin ends the login of another principal that this browser had before: nobody
// could sign it out any more. One of the same principal may hold connections of another
// tab, which go on; it ends by itself.
func (a *API) replaceLogin(r *http.Request, who platform.Identity) {
	old, found := cookieValue(r, CookieName)
	if !found {
		return
	}
	if l, found := a.config.Logins.Find(old); found {
		if before := l.Identity(); before.User != who.User || before.Tenant != who.Tenant {
			a.config.Logins.End(l, login.ErrReplaced)
		}
	}
}

func (a *API) signInProblem(w http.ResponseWriter, r *http.Request, user string, err error) {
	p := asProblem(err)
	a.config.SignIns(string(p.code))
	a.config.Log.Warn("sign-in failed", slog.String("user", user), slog.String("address", addressOf(r).String()),
		slog.String("code", string(p.code)), slog.Any("error", err))
	writeProblem(w, p)
}

// currentLogin is GET /api/login.
func (a *API) currentLogin(w http.ResponseWriter, r *http.Request) {
	l, p := a.anyLogin(r)
	if p != nil {
		writeProblem(w, p)
		return
	}
	writeJSON(w, http.StatusOK, loginInfo(l))
}

// signOut is DELETE /api/login: the login and its connections end. It succeeds without a
// login too, because the person wanted to be signed out.
func (a *API) signOut(w http.ResponseWriter, r *http.Request) {
	if len(r.Header.Values("Authorization")) > 0 {
		a.signOutCommandLine(w, r)
		return
	}
	if !fromOwnPage(r, siteOf(r)) {
		writeProblem(w, errForeignOrigin)
		return
	}
	if l, p := a.ownLogin(r); p == nil {
		a.config.Logins.End(l, login.ErrSignedOut)
		a.config.Log.Info("signed out", slog.String("principal", principal(l.Identity())))
	}
	clearLoginCookie(w)
	w.WriteHeader(http.StatusNoContent)
}

// refusal is GET /api/refusals: why the last upgrade of this login was refused.
func (a *API) refusal(w http.ResponseWriter, r *http.Request) {
	l, p := a.ownLogin(r)
	if p != nil {
		writeProblem(w, p)
		return
	}
	query := r.URL.Query()
	what, found := l.Refusal(wire.DeviceID(query.Get("device")), wire.ConfigurationID(query.Get("configuration")))
	if !found {
		w.Header().Set("Cache-Control", "no-store")
		w.WriteHeader(http.StatusNoContent)
		return
	}
	writeJSON(w, http.StatusOK, what)
}

// ownLogin is the login of the browser, which only its cookie proves.
func (a *API) ownLogin(r *http.Request) (*login.Login, *problem) {
	token, found := cookieValue(r, CookieName)
	if !fromOwnPage(r, siteOf(r)) {
		return nil, errForeignOrigin
	}
	if !found {
		return nil, errNotSignedIn
	}
	l, found := a.config.Logins.Find(token)
	if !found {
		return nil, errNotSignedIn
	}
	return l, nil
}

func loginInfo(l *login.Login) wire.LoginInfo {
	who := l.Identity()
	return wire.LoginInfo{
		User: who.User, Tenant: who.Tenant, RemoteAccess: who.RemoteAccess,
		IdleUntil: l.IdleUntil(), Until: l.Until,
	}
}
