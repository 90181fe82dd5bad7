package platform

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"time"

	"porthole/ssh/wire"
)

// LoginOption is one way to sign in to a tenant.
type LoginOption struct {
	Type        string `json:"type"` // OAUTH2_INTERNAL, BASIC, OAUTH2
	InitRequest string `json:"initRequest"`
}

// The types of login options that a form can serve.
const (
	OptionOAuthInternal = "OAUTH2_INTERNAL"
	OptionBasic         = "BASIC"
)

// Identity is a principal that the tenant vouched for.
type Identity struct {
	User         string
	Tenant       wire.TenantID
	RemoteAccess bool // has wire.RoleRemoteAccess
}

// LoginOptions lists the tenant's ways to sign in. It needs no proof, so it also tells
// whether the tenant answers.
func (c *Client) LoginOptions(ctx context.Context) ([]LoginOption, error) {
	var answer struct {
		LoginOptions []LoginOption `json:"loginOptions"`
	}
	if err := c.read(ctx, "/tenant/loginOptions", nil, Authorization{}, &answer); err != nil {
		return nil, err
	}
	return answer.LoginOptions, nil
}

// SignIn proves user and password to the tenant, by its OAuth form where it has one and
// by Basic otherwise. It returns the proof for later requests and who it is.
func (c *Client) SignIn(ctx context.Context, user, password, tfaCode string) (Authorization, Identity, error) {
	options, err := c.LoginOptions(ctx)
	if err != nil {
		return Authorization{}, Identity{}, err
	}
	tenant, oauth := oauthTenant(options)
	if !oauth {
		auth := BasicWithCode(user, password, tfaCode)
		who, err := c.Identify(ctx, auth)
		if err != nil {
			return Authorization{}, Identity{}, signInFailure(err, tfaCode)
		}
		return auth, who, nil
	}
	if named, name, found := strings.Cut(user, "/"); found {
		tenant, user = named, name
	}
	auth, err := c.oauth(ctx, tenant, user, password, tfaCode)
	if err != nil {
		return Authorization{}, Identity{}, signInFailure(err, tfaCode)
	}
	who, err := c.Identify(ctx, auth)
	return auth, who, err
}

// oauthTenant tells whether the tenant has the OAuth form, and which tenant id it names.
func oauthTenant(options []LoginOption) (tenant string, found bool) {
	for _, option := range options {
		if option.Type != OptionOAuthInternal {
			continue
		}
		if init, err := url.Parse(option.InitRequest); err == nil {
			tenant = init.Query().Get("tenant_id")
		}
		return tenant, true
	}
	return "", false
}

// oauth posts the sign-in form and takes the JWT from the cookie of the answer.
func (c *Client) oauth(ctx context.Context, tenant, user, password, tfaCode string) (Authorization, error) {
	query := url.Values{}
	if tenant != "" {
		query.Set("tenant_id", tenant)
	}
	form := url.Values{"grant_type": {"PASSWORD"}, "username": {user}, "password": {password}}
	if tfaCode != "" {
		form.Set("tfa_code", tfaCode)
	}
	answer, err := c.call(ctx, http.MethodPost, "/tenant/oauth", query, Authorization{}, form)
	if err != nil {
		return Authorization{}, err
	}
	if answer.Status != http.StatusOK {
		return Authorization{}, statusFailure(answer.Status, answer.Body)
	}
	for _, cookie := range (&http.Response{Header: answer.Header}).Cookies() {
		if cookie.Name == "authorization" && cookie.Value != "" {
			return Bearer(cookie.Value), nil
		}
	}
	return Authorization{}, BadAnswer(answer.Status, errors.New("sign-in answer without the cookie authorization"))
}

// Identify asks the tenant whose proof it is. A refused proof is a *TenantError with
// wire.CodeNotSignedIn.
func (c *Client) Identify(ctx context.Context, auth Authorization) (Identity, error) {
	var user CurrentUser
	if err := c.read(ctx, "/user/currentUser", nil, auth, &user); err != nil {
		return Identity{}, err
	}
	if user.UserName == "" {
		return Identity{}, BadAnswer(http.StatusOK, errors.New("current user without a name"))
	}
	who := Identity{User: user.UserName}
	for _, role := range user.EffectiveRoles {
		who.RemoteAccess = who.RemoteAccess || role.ID == wire.RoleRemoteAccess
	}
	var tenant struct {
		Name wire.TenantID `json:"name"`
	}
	err := c.read(ctx, "/tenant/currentTenant", nil, auth, &tenant)
	var failure *TenantError
	switch {
	case err == nil && tenant.Name != "":
		who.Tenant = tenant.Name
	case err == nil, errors.As(err, &failure) && (failure.Code == wire.CodeForbidden || failure.Code == wire.CodeNotFound):
		// Not every user may read it. The tenant accepted the proof, so its own word counts.
		_, who.Tenant, _ = auth.Claimed()
	default:
		return Identity{}, err
	}
	return who, nil
}

// Expiry is when the proof ends by itself; zero when it does not.
func (a Authorization) Expiry() time.Time {
	_, _, expires := a.Claimed()
	return expires
}

// signInFailure turns a refusal into the reason a person at the sign-in form needs.
// Which 401 it is, only the tenant's sentence tells.
func signInFailure(err error, tfaCode string) error {
	var failure *TenantError
	if !errors.As(err, &failure) || failure.Status != http.StatusUnauthorized {
		return err
	}
	said := ""
	if failure.Cause != nil {
		said = strings.ToLower(failure.Cause.Error())
	}
	refused := &TenantError{
		Status: failure.Status, Code: wire.CodeSignInRefused, Cause: failure.Cause,
		Message: "User or password is wrong. Check both and try again.",
	}
	switch {
	case strings.Contains(said, "tfa") || strings.Contains(said, "two-factor") || strings.Contains(said, "two factor"):
		refused.Code, refused.Message = wire.CodeTFARequired, "Enter the code of your authenticator as well."
		if tfaCode != "" {
			refused.Message = "That code was not accepted. Enter the newest code of your authenticator."
		}
	case strings.Contains(said, "password") && (strings.Contains(said, "expired") || strings.Contains(said, "reset") || strings.Contains(said, "must be changed")):
		refused.Code, refused.Message = wire.CodePasswordExpired, "Your password has expired. Set a new one at the tenant, then sign in again."
	}
	return fmt.Errorf("sign in: %w", refused)
}
