package commands

import (
	"context"
	"os"
	"time"

	"github.com/spf13/cobra"

	"porthole/ssh/cmd/porthole/keep"
	"porthole/ssh/cmd/porthole/settings"
	"porthole/ssh/cmd/porthole/tenant"
)

// input says where settings come from.
func (a *app) input(flags map[settings.Key]string) settings.Input {
	in := settings.Input{
		Flags: flags, Getenv: a.getenv,
		EnvFile: a.global.envFile, Session: a.global.session, Config: a.global.config,
	}
	// Both are missing for a user without a home: then there is no such file.
	in.ConfigDir, _ = os.UserConfigDir()
	in.Home, _ = os.UserHomeDir()
	return in
}

// client makes a client of the tenant or gateway that the settings name.
func (a *app) client(set *settings.Settings, ping time.Duration) (*tenant.Client, error) {
	opts, err := a.clientOptions(set)
	if err != nil {
		return nil, err
	}
	opts.PingInterval = ping
	opts.Token, opts.User, opts.Password = set.Text(settings.Token, ""), set.Text(settings.User, ""), set.Text(settings.Password, "")
	keptToken := func() string {
		login, _, _ := a.kept(set)
		return login.Token
	}
	if opts.Token == "" && (opts.User == "" || opts.Password == "") {
		opts.Token = keptToken()
	}
	opts.Renew = keptToken
	return tenant.New(opts), nil
}

// anonymous makes a client that has no credentials.
func (a *app) anonymous(set *settings.Settings) (*tenant.Client, error) {
	opts, err := a.clientOptions(set)
	if err != nil {
		return nil, err
	}
	return tenant.New(opts), nil
}

func (a *app) clientOptions(set *settings.Settings) (tenant.Options, error) {
	base, err := set.BaseURL()
	if err != nil {
		return tenant.Options{}, err
	}
	insecure, err := set.Bool(settings.Insecure)
	if err != nil {
		return tenant.Options{}, err
	}
	config, err := tenant.TLSConfig(insecure, set.Text(settings.CertFile, ""))
	return tenant.Options{
		BaseURL: base, Tenant: set.Text(settings.Tenant, ""), TLS: config,
		Timeout: a.global.timeout, UserAgent: "porthole/" + a.version,
	}, err
}

// kept gives the token of an earlier `porthole login`, unless it is another user's.
func (a *app) kept(set *settings.Settings) (login keep.Login, where string, ok bool) {
	base, err := set.BaseURL()
	if err != nil {
		return keep.Login{}, "", false
	}
	login, where, ok = a.store().Get(base.String())
	if user := set.Text(settings.User, ""); ok && user != "" && user != login.User {
		return keep.Login{}, "", false
	}
	return login, where, ok
}

// targetFlags say which device and configuration are meant.
type targetFlags struct {
	externalType, configuration string
	port                        int
}

// addDevice adds the flags of commands that need no configuration.
func (t *targetFlags) addDevice(cmd *cobra.Command) {
	cmd.Flags().StringVar(&t.externalType, "external-type", "", "DEVICE is an external id of this `type` (without it: id, name, then c8y_Serial)")
}

// add adds the flags, and completes names.
func (t *targetFlags) add(a *app, cmd *cobra.Command) {
	t.addDevice(cmd)
	cmd.ValidArgsFunction = a.completeDevice
	flags := cmd.Flags()
	flags.StringVarP(&t.configuration, "configuration", "c", "", "`name`, pattern or id of the remote access configuration")
	flags.IntVar(&t.port, "port", 0, "choose the configuration whose endpoint has this `port`")
	_ = cmd.RegisterFlagCompletionFunc("configuration", func(cmd *cobra.Command, args []string, _ string) ([]string, cobra.ShellCompDirective) {
		return a.completeConfiguration(cmd, args, false)
	}) // fails for an unknown flag only
}

// target is a device and one of its configurations.
type target struct {
	client        *tenant.Client
	settings      *settings.Settings
	device        tenant.Device
	configuration tenant.Configuration
}

// find resolves what the person typed.
func (a *app) find(ctx context.Context, cmd *cobra.Command, flags targetFlags, device string, ping time.Duration) (*target, error) {
	set, err := a.load(cmd, map[settings.Key]string{
		settings.ExternalType: flags.externalType, settings.Configuration: flags.configuration,
	})
	if err != nil {
		return nil, err
	}
	client, err := a.client(set, ping)
	if err != nil {
		return nil, err
	}
	t := &target{client: client, settings: set}
	kind := set.Text(settings.ExternalType, "c8y_Serial")
	if t.device, err = client.FindDevice(ctx, device, kind, flags.externalType != ""); err != nil {
		return nil, err
	}
	want := tenant.Wanted{Name: set.Text(settings.Configuration, ""), Port: flags.port}
	if t.configuration, err = client.FindConfiguration(ctx, t.device, want); err != nil {
		return nil, err
	}
	return t, nil
}
