package commands

import (
	"context"
	"strings"

	"github.com/spf13/cobra"

	"porthole/ssh/cmd/porthole/fault"
	"porthole/ssh/cmd/porthole/output"
	"porthole/ssh/cmd/porthole/settings"
	"porthole/ssh/cmd/porthole/tenant"
)

func (a *app) devicesCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "devices",
		Short: "List devices, or show one",
		Example: `  porthole devices list 'edge*'
  porthole devices get my_device`,
		Args: cobra.ArbitraryArgs, // needsCommand names what is wrong
		RunE: needsCommand,
	}
	cmd.AddCommand(a.devicesList(), a.devicesGet())
	return cmd
}

// needsCommand is a command that only groups others.
func needsCommand(cmd *cobra.Command, args []string) error {
	if len(args) > 0 {
		if like := cmd.SuggestionsFor(args[0]); len(like) > 0 {
			return fault.New(fault.Usage, "%q has no command %q. Did you mean %q?", cmd.CommandPath(), args[0], like[0])
		}
		return fault.New(fault.Usage, "%q has no command %q. Run it with --help to see which there are.", cmd.CommandPath(), args[0])
	}
	return cmd.Help()
}

func (a *app) devicesList() *cobra.Command {
	var format string
	var limit int
	cmd := &cobra.Command{
		Use:   "list [PATTERN]",
		Short: "List devices",
		Example: `  porthole devices list
  porthole devices list 'edge*' --output json`,
		Args: arguments(0, 1, "one pattern"),
		RunE: func(cmd *cobra.Command, args []string) error {
			f, err := output.Parse(format)
			if err != nil {
				return err
			}
			if limit < 1 {
				return fault.New(fault.Usage, "--limit must be above zero.")
			}
			client, _, err := a.open(cmd, nil)
			if err != nil {
				return err
			}
			defer client.Close()
			found, err := client.Devices(cmd.Context(), strings.Join(args, ""), limit)
			if err != nil {
				return err
			}
			if len(found) == limit {
				a.say("there may be more: these are the first %d (--limit)", limit)
			}
			return output.Write(a.out, f, deviceRows(found))
		},
	}
	a.outputFlag(cmd, &format)
	cmd.Flags().IntVar(&limit, "limit", 2000, "show this many at most")
	return cmd
}

func deviceRows(found []tenant.Device) output.Rows {
	rows := output.Rows{Header: []string{"ID", "NAME", "TYPE", "STATUS", "LAST SEEN"}, Value: found}
	if found == nil {
		rows.Value = []tenant.Device{}
	}
	for _, d := range found {
		rows.Rows = append(rows.Rows, []string{string(d.ID), d.Name, d.Type, d.Status, d.LastSeen})
	}
	return rows
}

func (a *app) devicesGet() *cobra.Command {
	var format string
	var flags targetFlags
	cmd := &cobra.Command{
		Use:               "get DEVICE",
		Short:             "Show one device",
		Example:           "  porthole devices get my_device\n  porthole devices get rpi4-abc632486800 --external-type c8y_Serial --output json",
		Args:              arguments(1, 1, "the device"),
		ValidArgsFunction: a.completeDevice,
		RunE: func(cmd *cobra.Command, args []string) error {
			f, err := output.Parse(format)
			if err != nil {
				return err
			}
			client, device, err := a.device(cmd.Context(), cmd, flags, args[0])
			if err != nil {
				return err
			}
			defer client.Close()
			rows := deviceRows([]tenant.Device{device})
			rows.Value = device
			return output.Write(a.out, f, rows)
		},
	}
	a.outputFlag(cmd, &format)
	flags.addDevice(cmd)
	return cmd
}

// open makes a client from the settings of a command.
func (a *app) open(cmd *cobra.Command, more map[settings.Key]string) (*tenant.Client, *settings.Settings, error) {
	set, err := a.load(cmd, more)
	if err != nil {
		return nil, nil, err
	}
	client, err := a.client(set, 0)
	return client, set, err
}

// device finds the device of a command that needs no configuration.
func (a *app) device(ctx context.Context, cmd *cobra.Command, flags targetFlags, meant string) (*tenant.Client, tenant.Device, error) {
	client, set, err := a.open(cmd, map[settings.Key]string{settings.ExternalType: flags.externalType})
	if err != nil {
		return nil, tenant.Device{}, err
	}
	device, err := client.FindDevice(ctx, meant, set.Text(settings.ExternalType, "c8y_Serial"), flags.externalType != "")
	return client, device, err
}

// outputFlag adds --output.
func (a *app) outputFlag(cmd *cobra.Command, format *string) {
	cmd.Flags().StringVarP(format, "output", "o", string(output.Table), "`format`: table, json or csv")
	_ = cmd.RegisterFlagCompletionFunc("output", cobra.FixedCompletions(output.Formats(), cobra.ShellCompDirectiveNoFileComp)) // fails for an unknown flag only
}
