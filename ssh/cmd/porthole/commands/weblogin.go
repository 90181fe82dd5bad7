package commands

import (
	"context"
	"net/netip"
	"os"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"porthole/ssh/cmd/porthole/fault"
	"porthole/ssh/cmd/porthole/keep"
	"porthole/ssh/cmd/porthole/settings"
	"porthole/ssh/cmd/porthole/tenant"
	"porthole/ssh/cmd/porthole/weblogin"
)

// webLogin are the flags of a sign-in by the browser.
type webLogin struct {
	gateway   string
	noBrowser bool
	limit     time.Duration
}

func (f *webLogin) add(cmd *cobra.Command) {
	flags := cmd.Flags()
	flags.StringVar(&f.gateway, "gateway", "", "sign in at the gateway of this `address`, in the browser")
	flags.BoolVar(&f.noBrowser, "no-browser", false, "with --gateway: show the address, and start no browser")
	flags.DurationVar(&f.limit, "wait-limit", 5*time.Minute, "with --gateway: how `long` the browser may take")
}

// webLogin signs in by the browser and keeps the token.
func (a *app) webLogin(ctx context.Context, cmd *cobra.Command, flags webLogin) error {
	set, err := a.load(cmd, map[settings.Key]string{settings.Host: flags.gateway})
	if err != nil {
		return err
	}
	client, err := a.anonymous(set)
	if err != nil {
		return err
	}
	defer client.Close()
	base, err := set.BaseURL()
	if err != nil {
		return err
	}
	if base.Scheme == "http" && !staysHere(base.Hostname()) {
		return fault.New(fault.Usage, "The token would cross the network unencrypted. Name the gateway as https://%s.", base.Host)
	}
	reached, err := client.Reach(ctx)
	if err != nil {
		return err
	}
	if !reached.Gateway {
		return fault.New(fault.Usage, "%s is no Porthole gateway. Sign in at a tenant with porthole login --host %s.", base.Hostname(), base)
	}
	machine, _ := os.Hostname() // a name for the person alone
	var login keep.Login
	var where string
	err = weblogin.Run(ctx, weblogin.Options{
		Gateway: base, Machine: machine, Limit: flags.limit,
		Show: func(address string) { a.showSignIn(ctx, address, flags.noBrowser) },
		Redeem: func(ctx context.Context, answer weblogin.Answer) error {
			granted, err := client.Redeem(ctx, answer.Code, answer.Verifier, answer.Redirect)
			if err != nil {
				return err
			}
			login = keep.Login{User: granted.User, Tenant: granted.Tenant, Token: granted.Token, Expires: granted.Until}
			if where, err = a.store().Put(base.String(), login); err != nil {
				_ = a.revoke(ctx, set, login.Token) // why it is not kept says more
			}
			return err
		},
	})
	if err != nil {
		return err
	}
	a.say("signed in at %s as %s%s; the token is in %s", base.Hostname(), login.User, keptUntil(login), where)
	usual, err := a.load(cmd, nil)
	if err != nil || !sameBase(usual, base.String()) {
		a.say("other commands find it by --host %s or C8Y_HOST=%s", base, base)
	}
	if err == nil {
		a.sayWhatGoesBefore(usual, login)
	}
	return nil
}

// sayWhatGoesBefore names a setting for which the token would lie unused.
func (a *app) sayWhatGoesBefore(set *settings.Settings, login keep.Login) {
	token, user, password := set.Get(settings.Token), set.Get(settings.User), set.Get(settings.Password)
	switch {
	case token.Text != "":
		a.say("the token of %s goes before the new one: take it away to use this sign-in", token.Source)
	case user.Text != "" && password.Text != "":
		a.say("user and password of %s go before the new token: take them away to use this sign-in", password.Source)
	case user.Text != "" && user.Text != login.User:
		a.say("the new token is not used while %s names another user, %s", user.Source, user.Text)
	}
}

// staysHere tells whether a host is this machine.
func staysHere(host string) bool {
	if host == "localhost" || strings.HasSuffix(host, ".localhost") {
		return true
	}
	address, err := netip.ParseAddr(host)
	return err == nil && address.IsLoopback()
}

func sameBase(set *settings.Settings, address string) bool {
	base, err := set.BaseURL()
	return err == nil && base.String() == address
}

// showSignIn brings the person to the gateway's page.
func (a *app) showSignIn(ctx context.Context, address string, noBrowser bool) {
	if noBrowser {
		a.say("open this address in a browser of this machine: %s", address)
		return
	}
	a.openBrowser(ctx, address)
	a.say("waiting for your answer in the browser")
}

// revokeKept ends a kept token of a gateway there. A token of a tenant cannot be ended.
func (a *app) revokeKept(ctx context.Context, set *settings.Settings) (revoked bool, err error) {
	base, err := set.BaseURL()
	if err != nil {
		return false, err
	}
	login, _, kept := a.store().Get(base.String())
	if !kept || !tenant.OfGateway(login.Token) {
		return false, nil
	}
	if err := a.revoke(ctx, set, login.Token); err != nil && fault.Of(err) != fault.SignIn {
		return false, err // one that is refused has ended
	}
	return true, nil
}

// revoke ends a token of a gateway there.
func (a *app) revoke(ctx context.Context, set *settings.Settings, token string) error {
	opts, err := a.clientOptions(set)
	if err != nil {
		return err
	}
	opts.Token = token
	client := tenant.New(opts)
	defer client.Close()
	return client.Revoke(ctx)
}
