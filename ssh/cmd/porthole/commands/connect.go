package commands

import (
	"context"
	"os"
	"time"

	"github.com/spf13/cobra"

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
	base, err := set.BaseURL()
	if err != nil {
		return nil, err
	}
	insecure, err := set.Bool(settings.Insecure)
	if err != nil {
		return nil, err
	}
	config, err := tenant.TLSConfig(insecure, set.Text(settings.CertFile, ""))
	if err != nil {
		return nil, err
	}
	return tenant.New(tenant.Options{
		BaseURL: base, Tenant: set.Text(settings.Tenant, ""), TLS: config,
		Token: set.Text(settings.Token, ""), User: set.Text(settings.User, ""), Password: set.Text(settings.Password, ""),
		PingInterval: ping,
		Timeout: a.global.timeout, UserAgent: "porthole/" + a.version,
	}), nil
}

// targetFlags say which device and configuration are meant.
type targetFlags struct {
	externalType, configuration string
	port                        int
}

func (t *targetFlags) add(cmd *cobra.Command) {
	flags := cmd.Flags()
	flags.StringVar(&t.externalType, "external-type", "", "DEVICE is an external id of this `type` (without it: id, name, then c8y_Serial)")
	flags.StringVarP(&t.configuration, "configuration", "c", "", "`name`, pattern or id of the remote access configuration")
	flags.IntVar(&t.port, "port", 0, "choose the configuration whose endpoint has this `port`")
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
