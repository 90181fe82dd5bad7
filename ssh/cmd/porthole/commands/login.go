package commands

import (
	"context"
	"path/filepath"
	"time"

	"github.com/spf13/cobra"

	"porthole/ssh/cmd/porthole/fault"
	"porthole/ssh/cmd/porthole/keep"
	"porthole/ssh/cmd/porthole/settings"
	"porthole/ssh/cmd/porthole/tenant"
)

// store is where tokens of sign-ins are kept.
func (a *app) store() keep.Store {
	s := keep.Store{NoKeyring: a.getenv("PORTHOLE_KEYRING") == "off", Say: a.say}
	if in := a.input(nil); in.ConfigDir != "" {
		s.Folder = filepath.Join(in.ConfigDir, "porthole")
	}
	return s
}

func (a *app) loginCommand() *cobra.Command {
	var tfa string
	var fromStdin bool
	var web webLogin
	cmd := &cobra.Command{
		Use:   "login",
		Short: "Sign in and keep the token",
		Long: `login signs in with user and password, and a TFA code where the tenant wants one, and keeps
the token: in the keyring of the operating system, or, where there is none (or with
PORTHOLE_KEYRING=off), in a file that only you may read. The password is not kept.

With --gateway it opens the gateway's page in the browser instead (BROWSER names another
program to open addresses with). There you sign in as ever and allow this command line,
which then gets a token of the gateway for eight hours. The page lists these tokens and
revokes them; so does "porthole logout". Browser and command line must be on one machine.`,
		Example: `  porthole login --host https://example.cumulocity.com --username me@example.com
  porthole login --password-stdin < password.txt
  porthole login --gateway https://porthole.example.com`,
		Args: arguments(0, 0, "no arguments"),
		RunE: func(cmd *cobra.Command, _ []string) error {
			if !cmd.Flags().Changed("gateway") {
				return a.login(cmd.Context(), cmd, tfa, fromStdin)
			}
			if tfa != "" || fromStdin {
				return fault.New(fault.Usage, "With --gateway the sign-in is in the browser: leave --tfa-code and --password-stdin out.")
			}
			return a.webLogin(cmd.Context(), cmd, web)
		},
	}
	web.add(cmd)
	cmd.Flags().StringVar(&tfa, "tfa-code", "", "the `code` of two-factor authentication; asked for when needed")
	cmd.Flags().BoolVar(&fromStdin, "password-stdin", false, "read the password from standard input")
	return cmd
}

func (a *app) login(ctx context.Context, cmd *cobra.Command, tfa string, fromStdin bool) error {
	set, err := a.load(cmd, map[settings.Key]string{settings.TFACode: tfa})
	if err != nil {
		return err
	}
	client, err := a.anonymous(set)
	if err != nil {
		return err
	}
	defer client.Close()
	typed, err := a.credentials(set, fromStdin)
	if err != nil {
		return err
	}
	token, err := client.SignIn(ctx, typed)
	if tenant.NeedsTFA(err) && typed.TFACode == "" && a.canAsk() {
		if typed.TFACode, err = a.ask("TFA code: ", false); err != nil {
			return err
		}
		token, err = client.SignIn(ctx, typed)
	}
	if err != nil {
		return err
	}
	claims, _ := tenant.ReadClaims(token)
	where, err := a.store().Put(client.BaseURL(), keep.Login{User: typed.User, Tenant: claims.Tenant, Token: token})
	if err != nil {
		return err
	}
	until := ""
	if !claims.Expires.IsZero() {
		until = " until " + claims.Expires.Local().Format(time.DateTime)
	}
	a.say("signed in at %s as %s%s; the token is in %s", client.Host(), typed.User, until, where)
	return nil
}

// credentials come from settings, from standard input, or from the person.
func (a *app) credentials(set *settings.Settings, fromStdin bool) (tenant.Credentials, error) {
	typed := tenant.Credentials{
		User: set.Text(settings.User, ""), Password: set.Text(settings.Password, ""), TFACode: set.Text(settings.TFACode, ""),
	}
	var err error
	if typed.User == "" {
		if !a.canAsk() || fromStdin {
			return typed, fault.New(fault.Usage, "No user is set. Name one by --username or C8Y_USER.")
		}
		if typed.User, err = a.ask("User: ", true); err != nil {
			return typed, err
		}
	}
	switch {
	case fromStdin:
		typed.Password, err = firstLine(a.in)
	case typed.Password == "" && a.canAsk():
		typed.Password, err = a.ask("Password: ", false)
	}
	if err == nil && typed.Password == "" {
		err = fault.New(fault.Usage, "There is no password. Type it at a terminal, or use --password-stdin or C8Y_PASSWORD.")
	}
	return typed, err
}

func (a *app) logoutCommand() *cobra.Command {
	return &cobra.Command{
		Use:     "logout",
		Short:   "Forget the token of a sign-in",
		Example: "  porthole logout --host https://example.cumulocity.com",
		Args:    arguments(0, 0, "no arguments"),
		RunE: func(cmd *cobra.Command, _ []string) error {
			set, err := a.load(cmd, nil)
			if err != nil {
				return err
			}
			base, err := set.BaseURL()
			if err != nil {
				return err
			}
			revoked, failed := a.revokeKept(cmd.Context(), set)
			was, err := a.store().Remove(base.String())
			if err != nil {
				return err
			}
			switch {
			case failed != nil:
				a.say("the token for %s is forgotten here, but could not be revoked there (%s); revoke it in the gateway's page", base.Hostname(), fault.Text(failed))
			case revoked:
				a.say("signed out: the token for %s is revoked and forgotten", base.Hostname())
			case was:
				a.say("the token for %s is forgotten here; it stays good at the tenant until it expires", base.Hostname())
			default:
				a.say("there was no token for %s", base.Hostname())
			}
			return nil
		},
	}
}
