package api

import (
	"log/slog"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"porthole/server/login"
	"porthole/ssh/wire"
)

// ownToken finds a token of ours in an Authorization header.
func ownToken(header string) (token string, ours bool) {
	scheme, rest, _ := strings.Cut(strings.TrimSpace(header), " ")
	rest = strings.TrimSpace(rest)
	return rest, strings.EqualFold(scheme, "bearer") && strings.HasPrefix(rest, wire.TokenPrefix)
}

// errTokenInQuery: addresses stand in logs and histories.
var errTokenInQuery = &problem{
	status: http.StatusUnauthorized, code: wire.CodeNotSignedIn,
	message: "A token of a command line belongs into the header Authorization, never into an address. Revoke it: others may have read it.",
}

// tokenInQuery finds a token of ours in any parameter of an address.
func tokenInQuery(query url.Values) bool {
	for _, values := range query {
		if slices.ContainsFunc(values, isTokenText) {
			return true
		}
	}
	return false
}

func isTokenText(value string) bool {
	if _, ours := ownToken(value); ours {
		return true
	}
	return strings.HasPrefix(value, wire.TokenPrefix)
}

// commandLine is who has a token of ours. It is a login like a page's, but that no
// browser sends the header by itself, so only the host of an Origin must be ours.
func (a *API) commandLine(r *http.Request, token string) (caller, error) {
	if !fromOwnHost(r, siteOf(r)) {
		return caller{}, errForeignOrigin
	}
	l, why, found := a.config.Tokens.Find(token)
	if found {
		return caller{identity: l.Identity(), auth: l.Authorization, login: l}, nil
	}
	if why != nil {
		return caller{}, &problem{status: http.StatusUnauthorized, code: wire.CodeNotSignedIn, message: why.Error(), cause: why}
	}
	// Counted apart from sign-ins: programs that have a token from before the gateway was
	// started anew would keep the people at their address out.
	attempt, err := a.begin(r.Context(), a.guesses, "", addressOf(r))
	if err != nil {
		return caller{}, err
	}
	attempt.Failed()
	a.config.SignIns("client_refused")
	a.config.Log.Warn("unknown token of a command line", slog.String("address", addressOf(r).String()))
	return caller{}, &problem{
		status: http.StatusUnauthorized, code: wire.CodeNotSignedIn,
		message: "The gateway does not know this token: it is too old, or the gateway was started anew. Sign in again with porthole login --gateway.",
	}
}

// anyLogin is the login of a page or of a command line.
func (a *API) anyLogin(r *http.Request) (*login.Login, *problem) {
	values := r.Header.Values("Authorization")
	if len(values) == 0 {
		return a.ownLogin(r)
	}
	token, ours := ownToken(values[0])
	if !ours || len(values) > 1 {
		return nil, errNotSignedIn
	}
	c, err := a.commandLine(r, token)
	if err != nil {
		return nil, asProblem(err)
	}
	return c.login, nil
}

// signOutCommandLine is DELETE /api/login with a token: it is revoked. One that has ended
// already is what was wanted.
func (a *API) signOutCommandLine(w http.ResponseWriter, r *http.Request) {
	l, p := a.anyLogin(r)
	if p != nil && p.cause == nil {
		writeProblem(w, p)
		return
	}
	if p == nil {
		a.config.Tokens.End(l, login.ErrRevoked)
		a.logRevoked(r, l, l.Token.ID, 1)
	}
	w.WriteHeader(http.StatusNoContent)
}

// cliTokens is GET /api/cli/tokens. Only a page may ask: a token that was stolen must not
// find or end the others.
func (a *API) cliTokens(w http.ResponseWriter, r *http.Request) {
	l, p := a.ownLogin(r)
	if p != nil {
		writeProblem(w, p)
		return
	}
	answer := wire.CLITokens{Tokens: []wire.CLIToken{}}
	for _, of := range a.config.Tokens.Of(l.Identity()) {
		used, open := of.Use()
		answer.Tokens = append(answer.Tokens, wire.CLIToken{
			ID: of.Token.ID, Machine: of.Token.Machine, Address: of.Token.Address.String(),
			Made: of.Token.Made.Truncate(time.Second), Until: of.Until.Truncate(time.Second), LastUsed: used, Connections: open,
		})
	}
	writeJSON(w, http.StatusOK, answer)
}

// tokenPath is /api/cli/tokens/{id}.
func tokenPath(path string) (id string, found bool) {
	id, found = strings.CutPrefix(path, "/api/cli/tokens/")
	return id, found && isWord(id)
}

// revokeToken is DELETE /api/cli/tokens/{id}.
func (a *API) revokeToken(w http.ResponseWriter, r *http.Request, id string) { a.revoke(w, r, id) }

// revokeTokens is DELETE /api/cli/tokens: all of the person's.
func (a *API) revokeTokens(w http.ResponseWriter, r *http.Request) { a.revoke(w, r, "") }

// revoke ends tokens and their connections. One that is gone already is what was wanted.
func (a *API) revoke(w http.ResponseWriter, r *http.Request, id string) {
	l, p := a.ownLogin(r)
	if p != nil {
		writeProblem(w, p)
		return
	}
	a.logRevoked(r, l, id, a.config.Tokens.Revoke(l.Identity(), id))
	w.Header().Set("Cache-Control", "no-store")
	w.WriteHeader(http.StatusNoContent)
}

func (a *API) logRevoked(r *http.Request, by *login.Login, id string, count int) {
	a.config.Log.Info("command line revoked", slog.String("principal", principal(by.Identity())),
		slog.String("cli_token", id), slog.Int("count", count), slog.String("address", addressOf(r).String()))
}

// tokenID is the id of a command line's token, "" for a page and for who has no login.
func tokenID(l *login.Login) string {
	if l == nil || l.Token == nil {
		return ""
	}
	return l.Token.ID
}

// tokenAttrs say in the log that a command line acted, and which.
func tokenAttrs(l *login.Login) []slog.Attr {
	if id := tokenID(l); id != "" {
		return []slog.Attr{slog.String("cli_token", id)}
	}
	return nil
}
