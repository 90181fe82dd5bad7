package commands

import (
	"fmt"
	"os"
	"strconv"
	"strings"

	"github.com/spf13/cobra"

	"porthole/ssh/cmd/porthole/fault"
	"porthole/ssh/cmd/porthole/output"
	"porthole/ssh/cmd/porthole/tenant"
	"porthole/ssh/wire"
)

func (a *app) configurationsCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "configurations",
		Short: "List and change a device's remote access configurations",
		Example: `  porthole configurations list my_device
  porthole configurations create-passthrough my_device --name native-ssh --port 22`,
		Args: cobra.ArbitraryArgs, // needsCommand names what is wrong
		RunE: needsCommand,
	}
	cmd.AddCommand(
		a.configurationsList(), a.configurationsGet(), a.configurationsCreate(false), a.configurationsCreate(true),
		a.configurationsUpdate(), a.configurationsDelete(),
	)
	return cmd
}

func configurationRows(found []tenant.Configuration) output.Rows {
	rows := output.Rows{Header: []string{"ID", "NAME", "PROTOCOL", "HOSTNAME", "PORT"}, Value: found}
	if found == nil {
		rows.Value = []tenant.Configuration{}
	}
	for _, c := range found {
		rows.Rows = append(rows.Rows, []string{string(c.ID), c.Name, c.Protocol, c.Hostname, strconv.Itoa(c.Port)})
	}
	return rows
}

// show writes one configuration.
func (a *app) show(format output.Format, one tenant.Configuration) error {
	rows := configurationRows([]tenant.Configuration{one})
	rows.Value = one
	return output.Write(a.out, format, rows)
}

// onConfiguration is a command that works on a device: it finds the device and hands it on.
func (a *app) onDevice(cmd *cobra.Command, least, most int, names string, work func(client *tenant.Client, device tenant.Device, args []string, format output.Format) error) *cobra.Command {
	var format string
	var flags targetFlags
	cmd.Args = arguments(least, most, names)
	cmd.ValidArgsFunction = func(cmd *cobra.Command, args []string, typed string) ([]string, cobra.ShellCompDirective) {
		if len(args) == 1 && most > 1 {
			return a.completeConfiguration(cmd, args, true)
		}
		return a.completeDevice(cmd, args, typed)
	}
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		f, err := output.Parse(format)
		if err != nil {
			return err
		}
		client, device, err := a.device(cmd.Context(), cmd, flags, args[0])
		if err != nil {
			return err
		}
		defer client.Close()
		return work(client, device, args[1:], f)
	}
	a.outputFlag(cmd, &format)
	flags.addDevice(cmd)
	return cmd
}

func (a *app) configurationsList() *cobra.Command {
	cmd := &cobra.Command{
		Use: "list DEVICE", Short: "List the configurations of a device",
		Example: "  porthole configurations list my_device\n  porthole configurations list my_device --output csv",
	}
	return a.onDevice(cmd, 1, 1, "the device", func(client *tenant.Client, device tenant.Device, _ []string, format output.Format) error {
		found, err := client.Configurations(cmd.Context(), device.ID)
		if err != nil {
			return err
		}
		return output.Write(a.out, format, configurationRows(found))
	})
}

func (a *app) configurationsGet() *cobra.Command {
	cmd := &cobra.Command{
		Use: "get DEVICE CONFIGURATION", Short: "Show one configuration",
		Example: "  porthole configurations get my_device native-ssh --output json",
	}
	return a.onDevice(cmd, 2, 2, "the device and the configuration", func(client *tenant.Client, device tenant.Device, args []string, format output.Format) error {
		found, err := client.AnyConfiguration(cmd.Context(), device, args[0])
		if err != nil {
			return err
		}
		return a.show(format, found)
	})
}

// changeFlags are what can be set of a configuration.
type changeFlags struct {
	name, hostname, protocol        string
	port                            int
	credentialsType, username       string
	passwordStdin                   bool
	privateKeyFile, publicKeyFile   string
	defaultName, defaultCredentials string
}

func (f *changeFlags) add(cmd *cobra.Command, passthrough bool) {
	flags := cmd.Flags()
	flags.StringVar(&f.name, "name", f.defaultName, "`name` of the configuration")
	flags.StringVar(&f.hostname, "hostname", "127.0.0.1", "`host` of the endpoint, as seen from the device")
	flags.IntVar(&f.port, "port", 22, "`port` of the endpoint")
	if passthrough {
		return
	}
	flags.StringVar(&f.protocol, "protocol", wire.ProtocolPassthrough, "PASSTHROUGH, SSH, TELNET or VNC")
	flags.StringVar(&f.credentialsType, "credentials-type", f.defaultCredentials, "NONE, PASS_ONLY, USER_PASS, KEY_PAIR or CERTIFICATE")
	flags.StringVar(&f.username, "credentials-username", "", "`user` that the platform signs in as")
	flags.BoolVar(&f.passwordStdin, "credentials-password-stdin", false, "read the password that the platform uses from standard input")
	flags.StringVar(&f.privateKeyFile, "private-key", "", "`file` with the private key that the platform uses")
	flags.StringVar(&f.publicKeyFile, "public-key", "", "`file` with its public key")
}

// change reads the flags; with only, those that were given.
func (a *app) change(cmd *cobra.Command, f *changeFlags, only bool) (tenant.Change, error) {
	given := func(name string) bool { return !only || cmd.Flags().Changed(name) }
	var change tenant.Change
	for name, field := range map[string]struct {
		to   **string
		text *string
	}{
		"name": {&change.Name, &f.name}, "hostname": {&change.Hostname, &f.hostname},
		"protocol": {&change.Protocol, &f.protocol}, "credentials-type": {&change.CredentialsType, &f.credentialsType},
		"credentials-username": {&change.Username, &f.username},
	} {
		if given(name) && *field.text != "" {
			*field.to = field.text
		}
	}
	if given("port") {
		if f.port < 1 || f.port > 65535 {
			return change, fault.New(fault.Usage, "--port must be between 1 and 65535.")
		}
		change.Port = &f.port
	}
	for path, to := range map[string]**string{f.privateKeyFile: &change.PrivateKey, f.publicKeyFile: &change.PublicKey} {
		if path == "" {
			continue
		}
		text, err := os.ReadFile(path)
		if err != nil {
			return change, fault.Wrap(err, fault.Local, "The key %q cannot be read: %v.", path, err)
		}
		key := string(text)
		*to = &key
	}
	if f.passwordStdin {
		password, err := firstLine(a.in)
		if err != nil {
			return change, err
		}
		change.Password = &password
	}
	return change, nil
}

func (a *app) configurationsCreate(passthrough bool) *cobra.Command {
	cmd := &cobra.Command{
		Use: "create DEVICE", Short: "Create a configuration of any protocol",
		Example: `  porthole configurations create my_device --name webssh --protocol SSH --credentials-type USER_PASS \
      --credentials-username admin --credentials-password-stdin < password.txt`,
	}
	f := &changeFlags{defaultName: "passthrough", defaultCredentials: "NONE"}
	if passthrough {
		cmd.Use, cmd.Short = "create-passthrough DEVICE", "Create a configuration that carries raw TCP"
		cmd.Example = "  porthole configurations create-passthrough my_device --name native-ssh --port 22"
		f.protocol, f.credentialsType = wire.ProtocolPassthrough, "NONE"
	}
	a.onDevice(cmd, 1, 1, "the device", func(client *tenant.Client, device tenant.Device, _ []string, format output.Format) error {
		change, err := a.change(cmd, f, false)
		if err != nil {
			return err
		}
		made, err := client.Create(cmd.Context(), device.ID, change)
		if err != nil {
			return err
		}
		return a.show(format, made)
	})
	f.add(cmd, passthrough)
	return cmd
}

func (a *app) configurationsUpdate() *cobra.Command {
	cmd := &cobra.Command{
		Use: "update DEVICE CONFIGURATION", Short: "Change a configuration",
		Example: "  porthole configurations update my_device native-ssh --port 2222",
	}
	f := &changeFlags{}
	a.onDevice(cmd, 2, 2, "the device and the configuration", func(client *tenant.Client, device tenant.Device, args []string, format output.Format) error {
		change, err := a.change(cmd, f, true)
		if err != nil {
			return err
		}
		if (change == tenant.Change{}) {
			return fault.New(fault.Usage, "Nothing is to be changed. Name what by --name, --hostname, --port, …")
		}
		found, err := client.AnyConfiguration(cmd.Context(), device, args[0])
		if err != nil {
			return err
		}
		changed, err := client.Update(cmd.Context(), device.ID, found.ID, change)
		if err != nil {
			return err
		}
		return a.show(format, changed)
	})
	f.add(cmd, false)
	return cmd
}

func (a *app) configurationsDelete() *cobra.Command {
	var yes bool
	cmd := &cobra.Command{
		Use: "delete DEVICE CONFIGURATION", Short: "Delete a configuration; connections that use it go on",
		Example: "  porthole configurations delete my_device native-ssh\n  porthole configurations delete my_device native-ssh --yes",
	}
	a.onDevice(cmd, 2, 2, "the device and the configuration", func(client *tenant.Client, device tenant.Device, args []string, _ output.Format) error {
		found, err := client.AnyConfiguration(cmd.Context(), device, args[0])
		if err != nil {
			return err
		}
		if !yes {
			if err := a.confirm(fmt.Sprintf("Delete the configuration %s (%s) of %s?", found.Name, found.Address(), device.Name)); err != nil {
				return err
			}
		}
		if err := client.Delete(cmd.Context(), device.ID, found.ID); err != nil {
			return err
		}
		a.say("the configuration %s of %s is deleted", found.Name, device.Name)
		return nil
	})
	cmd.Flags().BoolVarP(&yes, "yes", "y", false, "do not ask")
	return cmd
}

// confirm asks before something cannot be undone.
func (a *app) confirm(question string) error {
	if !a.canAsk() {
		return fault.New(fault.Usage, "%s There is no terminal to ask at: use --yes.", question)
	}
	answer, err := a.ask(question+" [y/N] ", true)
	if err != nil {
		return err
	}
	if answer = strings.ToLower(answer); answer != "y" && answer != "yes" {
		return fault.New(fault.Interrupted, "Nothing was done.")
	}
	return nil
}
