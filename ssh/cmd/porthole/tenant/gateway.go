package tenant

import (
	"context"
	"net/http"
	"net/url"
	"strings"
	"time"

	"porthole/ssh/cmd/porthole/fault"
	"porthole/ssh/wire"
)

// OfGateway tells whether a token is one that a gateway gave, which no tenant knows.
func OfGateway(token string) bool { return strings.HasPrefix(token, wire.TokenPrefix) }

// Grant is the token that a gateway gives for a code, and whose it is.
type Grant struct {
	Token, User, Tenant string
	Until               time.Time
}

// Redeem turns the code of a sign-in by the browser into a token.
func (c *Client) Redeem(ctx context.Context, code, verifier, redirect string) (Grant, error) {
	form := url.Values{
		"grant_type": {"authorization_code"}, "code": {code}, "code_verifier": {verifier}, "redirect_uri": {redirect},
	}
	var granted wire.CLIGrant
	if err := c.exchange(ctx, request{method: http.MethodPost, path: wire.CLITokenPath, form: form, anonymous: true}, &granted); err != nil {
		return Grant{}, err
	}
	if !OfGateway(granted.AccessToken) || granted.ExpiresIn < 0 || granted.ExpiresIn > int64(maxLife.Seconds()) {
		return Grant{}, fault.New(fault.Network, "The answer of %s has no token of a gateway. Check the address.", c.Host())
	}
	return Grant{
		Token: granted.AccessToken, User: clean(granted.User), Tenant: clean(string(granted.Tenant)),
		Until: time.Now().Add(time.Duration(granted.ExpiresIn) * time.Second),
	}, nil
}

// maxLife is the longest that a token is believed to live.
const maxLife = 10 * 365 * 24 * time.Hour

// Revoke ends the token of a gateway that the client was made with.
func (c *Client) Revoke(ctx context.Context) error {
	return c.exchange(ctx, request{method: http.MethodDelete, path: "/api/login"}, nil)
}
