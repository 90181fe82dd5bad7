package api

import (
	"context"
	"errors"
	"io"
	"log"
	"log/slog"
	"net/http"
	"net/http/httputil"
	"net/url"
	"strings"

	"porthole/server/edge"
	"porthole/server/platform"
	"porthole/ssh/wire"
)

// maxProxied is the largest request body handed to the tenant, in bytes: configurations
// and realtime subscriptions are a few hundred.
const maxProxied = 1 << 20

// requestHeaders go to the tenant; all others stay here, above all cookies.
var requestHeaders = []string{
	"Accept", "Accept-Encoding", "Accept-Language", "Content-Type", "If-Modified-Since", "If-None-Match",
	"User-Agent", "X-Application", "X-Cumulocity-Processing-Mode",
}

// answerHeaders come back; all others, above all cookies and what speaks to a browser
// about its origin, stay here.
var answerHeaders = map[string]bool{
	"Content-Encoding": true, "Content-Length": true, "Content-Type": true, "Date": true, "Etag": true,
	"Last-Modified": true, "Location": true, "Retry-After": true, "Vary": true, "Www-Authenticate": true,
}

type callerKey struct{}

// newProxy is the reverse proxy to the tenant. The request's context carries the caller.
func (a *API) newProxy() http.Handler {
	return &httputil.ReverseProxy{
		Transport:      a.config.Tenant.Transport(),
		FlushInterval:  -1, // long polls answer in pieces
		Rewrite:        a.rewrite,
		ModifyResponse: a.filterAnswer,
		ErrorHandler:   a.proxyFailed,
		// What it would write is the error that ErrorHandler logs, and aborted clients.
		ErrorLog: log.New(io.Discard, "", 0),
	}
}

// proxied hands an allow-listed request to the tenant with the caller's proof.
func (a *API) proxied(w http.ResponseWriter, r *http.Request, kind routeKind) {
	c, err := a.caller(r)
	if err != nil {
		a.refuse(w, r, err)
		return
	}
	if r.ContentLength > maxProxied {
		a.refuse(w, r, &http.MaxBytesError{Limit: maxProxied})
		return
	}
	w.Header().Set("Cache-Control", "no-store")
	w.Header().Set("Content-Security-Policy", edge.ClosedPolicy)
	limit := a.config.ProxyLimit
	if kind == kindRealtime {
		limit = a.config.LongPollLimit
	}
	ctx, cancel := context.WithTimeout(context.WithValue(r.Context(), callerKey{}, c), limit)
	defer cancel()
	// A long poll must not outlive the login that asked for it.
	stop := context.AfterFunc(c.lifetime(), cancel)
	defer stop()
	r = r.WithContext(ctx)
	if r.ContentLength != 0 {
		r.Body = bounded(w, r)
	}
	r.Body = http.MaxBytesReader(w, r.Body, maxProxied)
	a.proxy.ServeHTTP(w, r)
}

func (a *API) rewrite(p *httputil.ProxyRequest) {
	base := a.config.Tenant.Base()
	p.Out.URL.Scheme, p.Out.URL.Host = base.Scheme, base.Host
	p.Out.URL.RawQuery = withoutSecrets(p.In.URL.RawQuery)
	p.Out.Host = base.Host
	header := make(http.Header, len(requestHeaders)+1)
	for _, name := range requestHeaders {
		if values := p.In.Header.Values(name); len(values) > 0 {
			header[name] = values
		}
	}
	if len(header["User-Agent"]) == 0 {
		header["User-Agent"] = []string{""} // none, rather than Go's own
	}
	c, _ := p.In.Context().Value(callerKey{}).(caller)
	c.auth.Apply(header)
	p.Out.Header = header
}

// withoutSecrets drops the query parameters that prove a caller; the rest stays as it was
// written, because the inventory's query language is sensitive to its encoding.
func withoutSecrets(raw string) string {
	kept := make([]string, 0, 8)
	for pair := range strings.SplitSeq(raw, "&") {
		name, value, _ := strings.Cut(pair, "=")
		if decoded, err := url.QueryUnescape(name); err != nil || decoded == tokenQuery || decoded == xsrfQuery {
			continue
		}
		if decoded, err := url.QueryUnescape(value); err == nil && isTokenText(decoded) {
			continue
		}
		kept = append(kept, pair)
	}
	return strings.Join(kept, "&")
}

// filterAnswer lets through what is meant for the caller. An error that it returns goes
// to proxyFailed.
func (a *API) filterAnswer(answer *http.Response) error {
	c, _ := answer.Request.Context().Value(callerKey{}).(caller)
	if answer.StatusCode == http.StatusUnauthorized {
		a.refusedByTenant(c)
		if c.login != nil {
			return errNotSignedIn
		}
	}
	if answer.StatusCode >= 300 && answer.StatusCode < 400 && answer.StatusCode != http.StatusNotModified ||
		answer.StatusCode == http.StatusSwitchingProtocols {
		return platform.Redirected(answer.StatusCode)
	}
	for name := range answer.Header {
		if !answerHeaders[name] {
			answer.Header.Del(name)
		}
	}
	if c.login != nil {
		answer.Header.Del("Www-Authenticate") // the browser would ask for a password of its own
	}
	if location := answer.Header.Get("Location"); location != "" {
		answer.Header.Set("Location", a.ownLocation(answer.Request.Context(), location))
	}
	return nil
}

// ownLocation is where a new object is found at the gateway.
func (a *API) ownLocation(ctx context.Context, location string) string {
	u, err := url.Parse(location)
	if err != nil {
		return ""
	}
	site := edge.FromContext(ctx).Site
	u.Scheme, u.Host, u.User = site.Scheme, site.Host, nil
	return u.String()
}

// proxyFailed answers when the tenant did not, or not with something to hand on.
func (a *API) proxyFailed(w http.ResponseWriter, r *http.Request, err error) {
	c, _ := r.Context().Value(callerKey{}).(caller)
	if c.login != nil && c.lifetime().Err() != nil {
		err = errNotSignedIn
	}
	a.refuse(w, r, err)
}

// refuse answers with the problem behind an error and logs what an administrator can
// mend. A client that went away gets no answer.
func (a *API) refuse(w http.ResponseWriter, r *http.Request, err error) {
	p := asProblem(withoutQuery(err))
	if errors.Is(err, context.Canceled) && r.Context().Err() != nil {
		p = &problem{status: http.StatusServiceUnavailable, code: wire.CodeStopping, message: "The client ended the request before it was answered."}
	} else if p.status >= http.StatusInternalServerError {
		a.config.Log.Warn("request to tenant failed", slog.String("path", r.URL.Path),
			slog.String("code", string(p.code)), slog.Any("error", withoutQuery(err)))
	}
	writeProblem(w, p)
}

// withoutQuery drops the URL from errors of net/http.
func withoutQuery(err error) error {
	if wrapped, ok := errors.AsType[*url.Error](err); ok {
		return wrapped.Err
	}
	return err
}
