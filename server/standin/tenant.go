package standin

import (
	"errors"
	"log/slog"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"strings"
	"time"

	"porthole/ssh/wire"
)

// platformVersion is the release whose answers are copied.
const platformVersion = "1023.77.1"

// maxForm bounds the body of a sign-in, in bytes.
const maxForm = 16 << 10

// loginOption is one way to sign in.
type loginOption struct {
	ID                   string `json:"id"`
	Self                 string `json:"self"`
	Type                 string `json:"type"` // OAUTH2_INTERNAL, BASIC
	UserManagementSource string `json:"userManagementSource"`
	GrantType            string `json:"grantType,omitempty"`
	VisibleOnLoginPage   bool   `json:"visibleOnLoginPage"`
	// InitRequest stands on OAUTH2_INTERNAL only: clients stop at the first option
	// that has one.
	InitRequest string `json:"initRequest,omitempty"`
}

func (p *Platform) loginOptions(c *call) error {
	self := baseURL(c.r) + "/tenant/loginOptions"
	basic := loginOption{ID: "BASIC", Self: self + "/BASIC", Type: "BASIC", UserManagementSource: "INTERNAL", VisibleOnLoginPage: p.opt.BasicOnly}
	options := []loginOption{basic}
	if !p.opt.BasicOnly {
		options = []loginOption{{
			ID: "OAUTH2_INTERNAL", Self: self + "/OAUTH2_INTERNAL", Type: "OAUTH2_INTERNAL",
			UserManagementSource: "INTERNAL", GrantType: "PASSWORD", VisibleOnLoginPage: true,
			InitRequest: baseURL(c.r) + "/tenant/oauth?tenant_id=" + url.QueryEscape(string(p.opt.Tenant)),
		}, basic}
	}
	writeJSON(c.w, http.StatusOK, map[string]any{"self": self, "loginOptions": options})
	return nil
}

// signIn is the sign-in by form: it answers with the two cookies and an empty body.
func (p *Platform) signIn(c *call) error {
	if p.opt.BasicOnly {
		return notFound("tenant", "The tenant offers no OAuth internal sign-in; use Basic authentication.")
	}
	c.r.Body = http.MaxBytesReader(c.w, c.r.Body, maxForm)
	if err := c.r.ParseForm(); err != nil {
		return bodyError("tenant", err)
	}
	form := c.r.PostForm // a password in the URL is not looked at
	if !strings.EqualFold(form.Get("grant_type"), "PASSWORD") {
		return malformed("tenant", "grant_type must be PASSWORD.")
	}
	if t := c.r.Form.Get("tenant_id"); t != "" && wire.TenantID(t) != p.opt.Tenant {
		return errBadCredentials
	}
	who, err := p.verify(form.Get("username"), form.Get("password"), form.Get("tfa_code"))
	if err != nil {
		return err
	}
	if who.device != nil {
		who.device.touch(p.now())
	}
	token, cl, err := p.issue(who.account, p.domain(c.r))
	if err != nil {
		return err
	}
	expires := time.Unix(cl.Expires, 0)
	http.SetCookie(c.w, p.cookie(c.r, authCookie, token, expires, true))
	http.SetCookie(c.w, p.cookie(c.r, xsrfCookie, cl.XSRF, expires, false))
	p.log.Info("signed in", slog.String("user", who.name))
	c.w.WriteHeader(http.StatusOK)
	return nil
}

// cookie makes one of the two cookies. The page reads the XSRF one, so only the other is
// HttpOnly. SameSite is not set: a tenant's pages are framed by other sites.
func (p *Platform) cookie(r *http.Request, name, value string, expires time.Time, httpOnly bool) *http.Cookie {
	return &http.Cookie{ //nolint:gosec // as tenants set it; Secure follows the scheme
		Name: name, Value: value, Path: "/", Domain: p.cookieDomain(r), Expires: expires,
		Secure: isTLS(r), HttpOnly: httpOnly,
	}
}

// cookieDomain is the Domain attribute; none for hosts that cannot have one: addresses
// and names without a dot (RFC 6265 §5.1.3).
func (p *Platform) cookieDomain(r *http.Request) string {
	d := p.domain(r)
	if _, err := netip.ParseAddr(d); err == nil || !strings.Contains(d, ".") {
		return ""
	}
	return d
}

// domain is the tenant's host name, by default the one the request names.
func (p *Platform) domain(r *http.Request) string {
	if p.opt.Domain != "" {
		return p.opt.Domain
	}
	if host, _, err := net.SplitHostPort(r.Host); err == nil {
		return host
	}
	return r.Host
}

func (p *Platform) currentTenant(c *call) error {
	writeJSON(c.w, http.StatusOK, map[string]any{
		"self": baseURL(c.r) + "/tenant/currentTenant", "name": p.opt.Tenant,
		"domainName": p.domain(c.r), "allowCreateTenants": false,
	})
	return nil
}

// systemOption knows the one option that clients ask for.
func (p *Platform) systemOption(c *call) error {
	category, key := c.args[0], c.args[1]
	if category != "system" || key != "version" {
		return notFound("options", "There is no system property for category '"+category+"' and key '"+key+"'")
	}
	writeJSON(c.w, http.StatusOK, map[string]any{
		"self":     baseURL(c.r) + "/tenant/system/options/system/version",
		"category": category, "key": key, "value": platformVersion,
	})
	return nil
}

// role is one entry of effectiveRoles.
type role struct {
	ID   string `json:"id"`
	Name string `json:"name"`
	Self string `json:"self"`
}

func (p *Platform) currentUser(c *call) error {
	roles := []role{}
	for _, id := range c.who.roles {
		roles = append(roles, role{ID: id, Name: id, Self: baseURL(c.r) + "/user/roles/" + id})
	}
	writeJSON(c.w, http.StatusOK, map[string]any{
		"self": baseURL(c.r) + "/user/currentUser", "id": c.who.name, "userName": c.who.name,
		"displayName": c.who.name, "enabled": true, "shouldResetPassword": false,
		"twoFactorAuthenticationEnabled": c.who.tfa != nil,
		"effectiveRoles":                 roles, "devicePermissions": map[string]any{},
	})
	return nil
}

// health tells that the tenant is subscribed; dispatch answers for one that is not.
func (p *Platform) health(c *call) error {
	writeJSON(c.w, http.StatusOK, map[string]any{"status": "UP"})
	return nil
}

// baseURL is how the caller reached us, for links.
func baseURL(r *http.Request) string {
	if isTLS(r) {
		return "https://" + r.Host
	}
	return "http://" + r.Host
}

// isTLS says whether the caller speaks TLS, to us or to a proxy before us. What a caller
// claims here changes links and cookie flags of its own answer only.
func isTLS(r *http.Request) bool {
	return r.TLS != nil || strings.EqualFold(r.Header.Get("X-Forwarded-Proto"), "https")
}

// bodyError is the answer to a body that could not be read.
func bodyError(part string, err error) *apiError {
	if _, ok := errors.AsType[*http.MaxBytesError](err); ok {
		return &apiError{http.StatusRequestEntityTooLarge, part + "/Payload Too Large", "The request body is too large."}
	}
	return malformed(part, "The request body could not be read.")
}
