package api

import (
	"log/slog"
	"net/http"
	"net/netip"
	"strings"
	"time"

	"porthole/server/edge"
	"porthole/server/login"
	"porthole/server/platform"
	"porthole/server/relay"
	"porthole/ssh/wire"
)

// Relayer joins a client's websocket with the tenant's; *relay.Relay is one.
type Relayer interface {
	Serve(w http.ResponseWriter, r *http.Request, c relay.Connection) *relay.Refused
}

// Config is what the API works with. Every field without "may be nil" must be set.
type Config struct {
	Version string
	Tenant  *platform.Client
	Logins  login.Store
	// Tokens are the logins of command lines.
	Tokens *login.Tokens
	Relay  Relayer
	// Forwards gives forwards their origins.
	Forwards Forwards
	// Files is what pages are told of the files panel; its LogPaths counts here too.
	Files wire.FilesInfo
	// Demo is nil unless the gateway runs its own stand-in platform.
	Demo *Demo
	// LongPollLimit ends a long poll that the tenant does not; 0 is DefaultLongPollLimit.
	LongPollLimit time.Duration
	// ProxyLimit ends any other request to the tenant.
	ProxyLimit time.Duration
	Log        *slog.Logger
	// SignIns counts sign-ins by result; may be nil.
	SignIns func(result string)
	// Events counts what clients report, by type; may be nil.
	Events func(event string)
	// Now may be nil.
	Now func() time.Time
}

// DefaultLongPollLimit is a little more than the 90 minutes after which the platform
// itself ends a long poll.
const DefaultLongPollLimit = 95 * time.Minute

// API serves the gateway's paths and the platform's. It expects edge.Info in the
// context of each request; without it, no request is from our own pages.
type API struct {
	config     Config
	checked    *login.Checked
	references *references
	attempts   *login.Attempts
	guesses    *login.Attempts // at tokens of command lines
	codes      *codes
	proxy      http.Handler
}

// New returns the API.
func New(config Config) *API {
	if config.LongPollLimit == 0 {
		config.LongPollLimit = DefaultLongPollLimit
	}
	if config.SignIns == nil {
		config.SignIns = func(string) {}
	}
	if config.Events == nil {
		config.Events = func(string) {}
	}
	a := &API{
		config: config, checked: login.NewChecked(config.Now), attempts: login.NewAttempts(config.Now),
		guesses: login.NewAttempts(config.Now), references: newReferences(config.Now), codes: newCodes(config.Now),
	}
	a.proxy = a.newProxy()
	return a
}

// ServeHTTP answers every path that is not part of the page.
func (a *API) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	path := r.URL.EscapedPath()
	if strings.HasPrefix(path, "/api/") || path == wire.CLITokenPath {
		a.serveOwn(w, r, path)
		return
	}
	t, found, allow := match(r.Method, path)
	switch {
	case !found && allow != nil:
		methodNotAllowed(w, allow)
	case !found:
		writeProblem(w, errNotFound)
	case isUpgrade(r) != (t.kind == kindClient):
		writeProblem(w, invalid("This address takes only websocket upgrades, or the request asked for one where there is none."))
	case t.kind == kindOptions:
		a.loginOptions(w, r)
	case t.kind == kindOAuth:
		a.oauth(w, r)
	case t.kind == kindClient:
		a.connect(w, r, t)
	default:
		a.proxied(w, r, t.kind)
	}
}

// serveOwn answers docs/protocol.md §2.
func (a *API) serveOwn(w http.ResponseWriter, r *http.Request, path string) {
	handlers := map[string]map[string]http.HandlerFunc{
		"/api/config":   {http.MethodGet: a.gatewayInfo},
		"/api/login":    {http.MethodGet: a.currentLogin, http.MethodPost: a.signIn, http.MethodDelete: a.signOut},
		"/api/demo":     {http.MethodPost: a.demoSignIn},
		"/api/refusals": {http.MethodGet: a.refusal},
		"/api/forwards": {http.MethodPost: a.openForward},

		"/api/cli/requests": {http.MethodPost: a.cliRequest},
		"/api/cli/consents": {http.MethodPost: a.cliConsent},
		"/api/cli/tokens":   {http.MethodGet: a.cliTokens, http.MethodDelete: a.revokeTokens},
		wire.CLITokenPath:   {http.MethodPost: a.cliToken},
	}
	if id, found := tokenPath(path); found {
		handlers[path] = map[string]http.HandlerFunc{
			http.MethodDelete: func(w http.ResponseWriter, r *http.Request) { a.revokeToken(w, r, id) },
		}
	}
	if reference, found := eventPath(path); found {
		handlers[path] = map[string]http.HandlerFunc{
			http.MethodPost: func(w http.ResponseWriter, r *http.Request) { a.connectionEvent(w, r, reference) },
		}
	}
	methods, found := handlers[path]
	if !found || path == "/api/demo" && a.config.Demo == nil {
		writeProblem(w, errNotFound)
		return
	}
	handler, found := methods[r.Method]
	if !found {
		allow := make([]string, 0, len(methods))
		for _, method := range []string{http.MethodGet, http.MethodPost, http.MethodDelete} {
			if methods[method] != nil {
				allow = append(allow, method)
			}
		}
		methodNotAllowed(w, allow)
		return
	}
	handler(w, r)
}

func methodNotAllowed(w http.ResponseWriter, allow []string) {
	w.Header().Set("Allow", strings.Join(allow, ", "))
	writeProblem(w, &problem{
		status: http.StatusMethodNotAllowed, code: wire.CodeInvalid,
		message: "This address does not answer to that method.",
	})
}

// gatewayInfo is GET /api/config: what the sign-in page shows.
func (a *API) gatewayInfo(w http.ResponseWriter, r *http.Request) {
	writeJSON(w, http.StatusOK, wire.GatewayInfo{
		Version: a.config.Version, Demo: a.config.Demo != nil, Tenant: a.config.Tenant.Base().Host,
		Forwards: a.config.Forwards.Info(siteOf(r)), Files: a.config.Files,
	})
}

func siteOf(r *http.Request) edge.Site { return edge.FromContext(r.Context()).Site }

func addressOf(r *http.Request) netip.Addr { return edge.FromContext(r.Context()).Address }
