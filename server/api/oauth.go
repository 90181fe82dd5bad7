package api

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"log/slog"
	"mime"
	"net/http"
	"net/url"
	"strings"

	"porthole/server/edge"
	"porthole/server/platform"
	"porthole/ssh/wire"
)

// loginOptions is GET /tenant/loginOptions. The addresses in it are made ours, so that a
// client that follows them stays at the gateway.
func (a *API) loginOptions(w http.ResponseWriter, r *http.Request) {
	answer, err := a.config.Tenant.Fetch(r.Context(), http.MethodGet, "/tenant/loginOptions", withoutSecrets(r.URL.RawQuery), nil)
	if err != nil {
		a.refuse(w, r, err)
		return
	}
	if answer.Status == http.StatusOK {
		body, err := ownOptions(answer.Body, siteOf(r))
		if err != nil {
			a.refuse(w, r, platform.BadAnswer(answer.Status, err))
			return
		}
		answer.Body = body
	}
	a.handOn(w, answer)
}

// ownOptions rewrites initRequest where it is the tenant's sign-in form.
func ownOptions(body []byte, site edge.Site) ([]byte, error) {
	var document map[string]any
	decoder := json.NewDecoder(bytes.NewReader(body))
	decoder.UseNumber()
	if err := decoder.Decode(&document); err != nil {
		return nil, err
	}
	options, _ := document["loginOptions"].([]any)
	for _, option := range options {
		fields, _ := option.(map[string]any)
		init, _ := fields["initRequest"].(string)
		if u, err := url.Parse(init); err == nil && u.Path == "/tenant/oauth" {
			u.Scheme, u.Host, u.User = site.Scheme, site.Host, nil
			fields["initRequest"] = u.String()
		}
	}
	return json.Marshal(document)
}

// maxForm is the largest sign-in form, in bytes.
const maxForm = 16 << 10

// oauth is POST /tenant/oauth: a command line client signs in by form. It counts like any
// sign-in, or it would be the way around the limits. The tenant's cookies go to the
// client, for our host.
func (a *API) oauth(w http.ResponseWriter, r *http.Request) {
	site := siteOf(r)
	if fetchSite := r.Header.Get("Sec-Fetch-Site"); !fromOwnHost(r, site) || fetchSite != "" && fetchSite != "same-origin" {
		writeProblem(w, errForeignOrigin)
		return
	}
	form, p := readForm(w, r)
	if p != nil {
		writeProblem(w, p)
		return
	}
	user := form.Get("username")
	attempt, err := a.begin(r.Context(), a.attempts, user, addressOf(r))
	if err != nil {
		a.refuse(w, r, err)
		return
	}
	defer attempt.Void()
	answer, err := a.config.Tenant.Fetch(r.Context(), http.MethodPost, "/tenant/oauth", tenantQuery(r.URL.RawQuery), form)
	if err != nil {
		a.refuse(w, r, err)
		return
	}
	// A c8y that has no code yet sends the word that its author's JavaScript had for that.
	hasCode := form.Get("tfa_code") != "" && form.Get("tfa_code") != "undefined"
	askedForCode := strings.Contains(string(answer.Body), "TFA") && !hasCode
	switch {
	case answer.Status == http.StatusOK:
		attempt.Succeeded()
		a.config.SignIns("client_success")
	case answer.Status == http.StatusUnauthorized && !askedForCode:
		attempt.Failed()
		a.config.SignIns("client_refused")
		a.config.Log.Warn("client sign-in failed", slog.String("user", user), slog.String("address", addressOf(r).String()))
	}
	for _, cookie := range ownCookies(answer.Header, site) {
		http.SetCookie(w, cookie)
	}
	a.handOn(w, answer)
}

// tenantQuery keeps tenant_id of a sign-in's query. Whatever else stands there, such as a
// second user name, a tenant might take instead of the form's, past the count of failures.
func tenantQuery(raw string) string {
	query, err := url.ParseQuery(raw)
	if err != nil || !query.Has("tenant_id") {
		return ""
	}
	return url.Values{"tenant_id": query["tenant_id"][:1]}.Encode()
}

// readForm reads the sign-in form. Only the password grant is known to be counted right,
// so only it passes.
func readForm(w http.ResponseWriter, r *http.Request) (url.Values, *problem) {
	form, p := readFormBody(w, r)
	switch {
	case p != nil:
		return nil, p
	case len(form["username"]) != 1 || len(form["grant_type"]) != 1 || !strings.EqualFold(form.Get("grant_type"), "PASSWORD"):
		return nil, invalid("The sign-in form needs grant_type=PASSWORD and one username.")
	case tokenInQuery(form):
		return nil, errTokenAsPassword
	}
	return form, nil
}

// readFormBody reads any form.
func readFormBody(w http.ResponseWriter, r *http.Request) (url.Values, *problem) {
	kind, _, err := mime.ParseMediaType(r.Header.Get("Content-Type"))
	if err != nil || kind != "application/x-www-form-urlencoded" {
		return nil, &problem{
			status: http.StatusUnsupportedMediaType, code: wire.CodeInvalid,
			message: "The sign-in must be a form (application/x-www-form-urlencoded).",
		}
	}
	body, err := io.ReadAll(http.MaxBytesReader(w, bounded(w, r), maxForm))
	if err != nil {
		if _, ok := errors.AsType[*http.MaxBytesError](err); ok {
			return nil, asProblem(err)
		}
		return nil, invalid("The form did not arrive whole.")
	}
	form, err := url.ParseQuery(string(body))
	if err != nil {
		return nil, invalid("The form cannot be read.")
	}
	return form, nil
}

// ownCookies are the two cookies of the tenant's sign-in without its domain, so that they
// belong to our host alone. On plain http, where a client would drop a Secure cookie,
// that mark goes too; it is only there for loopback.
func ownCookies(header http.Header, site edge.Site) []*http.Cookie {
	var kept []*http.Cookie
	for _, cookie := range (&http.Response{Header: header}).Cookies() {
		if cookie.Name != tenantCookie && cookie.Name != xsrfCookie {
			continue
		}
		cookie.Domain, cookie.Path, cookie.Secure = "", "/", site.Secure()
		if cookie.SameSite == http.SameSiteNoneMode || cookie.SameSite == 0 {
			cookie.SameSite = http.SameSiteStrictMode
		}
		kept = append(kept, cookie)
	}
	return kept
}

// handOn writes an answer that was read whole.
func (a *API) handOn(w http.ResponseWriter, answer platform.Relayed) {
	if answer.Status < 200 || answer.Status >= 300 && answer.Status < 400 {
		writeProblem(w, asProblem(platform.Redirected(answer.Status)))
		return
	}
	header := w.Header()
	if kind := answer.Header.Get("Content-Type"); kind != "" {
		header.Set("Content-Type", kind)
	}
	header.Set("Cache-Control", "no-store")
	header.Set("Content-Security-Policy", edge.ClosedPolicy)
	w.WriteHeader(answer.Status)
	_, _ = w.Write(answer.Body) // the client went away: nothing to do
}
