package tenant

import (
	"context"
	"errors"
	"net/http"
	"net/url"
	"strings"

	"porthole/ssh/cmd/porthole/fault"
)

// Credentials are what a person types to sign in.
type Credentials struct {
	User, Password, TFACode string
}

// NeedsTFA tells whether a sign-in failed for want of a TFA code, or for a wrong one.
func NeedsTFA(err error) bool {
	status, ok := errors.AsType[*StatusError](err)
	return ok && strings.Contains(strings.ToUpper(status.Message), "TFA")
}

// SignIn turns what a person typed into a token. A tenant that knows Basic alone has no
// tokens: then the error says so.
func (c *Client) SignIn(ctx context.Context, typed Credentials) (token string, err error) {
	var offered struct {
		Options []struct {
			Type        string `json:"type"`
			InitRequest string `json:"initRequest"`
		} `json:"loginOptions"`
	}
	if err := c.exchange(ctx, request{method: http.MethodGet, path: "/tenant/loginOptions", anonymous: true}, &offered); err != nil {
		return "", err
	}
	for _, option := range offered.Options {
		if option.Type == "OAUTH2_INTERNAL" {
			return c.signInByForm(ctx, typed, option.InitRequest)
		}
	}
	return "", fault.New(fault.SignIn, "%s gives no tokens by password. Set C8Y_USER and C8Y_PASSWORD for each command instead, or C8Y_TOKEN.", c.Host())
}

// signInByForm posts the sign-in form and takes the token from the cookie of the answer.
func (c *Client) signInByForm(ctx context.Context, typed Credentials, initRequest string) (string, error) {
	query := url.Values{}
	if c.opts.Tenant != "" {
		query.Set("tenant_id", c.opts.Tenant)
	} else if init, err := url.Parse(initRequest); err == nil && init.Query().Get("tenant_id") != "" {
		query.Set("tenant_id", init.Query().Get("tenant_id"))
	}
	form := url.Values{"grant_type": {"PASSWORD"}, "username": {typed.User}, "password": {typed.Password}}
	if typed.TFACode != "" {
		form.Set("tfa_code", typed.TFACode)
	}
	a, err := c.call(ctx, request{method: http.MethodPost, path: "/tenant/oauth", query: query, form: form, anonymous: true})
	if err != nil {
		return "", err
	}
	if a.status != http.StatusOK {
		return "", c.signInRefused(a)
	}
	for _, cookie := range (&http.Response{Header: a.header}).Cookies() {
		if cookie.Name == "authorization" && cookie.Value != "" {
			return cookie.Value, nil
		}
	}
	return "", fault.New(fault.Network, "The answer of %s to the sign-in has no token. Check the address.", c.Host())
}

// signInRefused explains a refused form, where the tenant's own sentence says most.
func (c *Client) signInRefused(a answer) error {
	cause := &StatusError{Status: a.status, Message: tenantMessage(a.body)}
	if a.status != http.StatusUnauthorized {
		return c.statusError(a)
	}
	if cause.Message == "" {
		return fault.Wrap(cause, fault.SignIn, "%s does not accept user and password. Check them, and the tenant's id.", c.Host())
	}
	return fault.Wrap(cause, fault.SignIn, "%s refuses the sign-in: %s", c.Host(), cause.Message)
}
