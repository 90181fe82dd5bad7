package commands

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/spf13/cobra"
	"golang.org/x/sync/errgroup"

	"porthole/ssh/cmd/porthole/fault"
	"porthole/ssh/cmd/porthole/openssh"
)

// configLookups is how many devices are asked about at once.
const configLookups = 6

func (a *app) sshConfigCommand() *cobra.Command {
	var flags targetFlags
	var user string
	var limit int
	cmd := &cobra.Command{
		Use:   "ssh-config [DEVICE…]",
		Short: "Write Host blocks for OpenSSH's configuration",
		Long: `ssh-config writes a Host block for each device, so that ssh, scp, rsync, git and editors reach
it by its name. Without a device it writes one for each that has a PASSTHROUGH configuration.
Names that are no plain host names are left out, and, unless you typed them, those that could be
another host's (with a dot, only digits, localhost) or that two devices have; the id and
device-ID always work.`,
		Example: `  porthole ssh-config my_device >> ~/.ssh/config
  porthole ssh-config > ~/.ssh/porthole.conf    # and in ~/.ssh/config: Include porthole.conf`,
		Args: arguments(0, -1, "devices"),
		RunE: func(cmd *cobra.Command, args []string) error {
			return a.sshConfig(cmd.Context(), cmd, flags, user, limit, args)
		},
	}
	flags.add(a, cmd)
	cmd.ValidArgsFunction = func(cmd *cobra.Command, _ []string, typed string) ([]string, cobra.ShellCompDirective) {
		return a.deviceNames(cmd, typed), cobra.ShellCompDirectiveNoFileComp
	}
	cmd.Flags().StringVarP(&user, "ssh-user", "l", "", "SSH `user` on the devices")
	cmd.Flags().IntVar(&limit, "limit", 500, "without DEVICE: look at this many devices at most")
	return cmd
}

func (a *app) sshConfig(ctx context.Context, cmd *cobra.Command, flags targetFlags, user string, limit int, names []string) error {
	if limit < 1 {
		return fault.New(fault.Usage, "--limit must be above zero.")
	}
	all := len(names) == 0
	count := map[string]int{} // of each device's name
	if all {
		client, _, err := a.open(cmd, nil)
		if err != nil {
			return err
		}
		defer client.Close()
		devices, err := client.Devices(ctx, "", limit)
		if err != nil {
			return err
		}
		for _, device := range devices {
			names = append(names, string(device.ID))
			count[device.Name]++
		}
		if len(devices) == limit {
			a.say("there may be more devices: these are the first %d (--limit)", limit)
		}
	}
	blocks := make([]string, len(names))
	group, ctx := errgroup.WithContext(ctx)
	group.SetLimit(configLookups)
	for i, name := range names {
		group.Go(func() error {
			block, err := a.hostBlock(ctx, cmd, flags, user, name, count)
			if all && (fault.Of(err) == fault.NoConfiguration || fault.Of(err) == fault.NoDevice) {
				return nil // not every device has remote access
			}
			blocks[i] = block
			return err
		})
	}
	if err := group.Wait(); err != nil {
		return err
	}
	blocks = slices.DeleteFunc(blocks, func(block string) bool { return block == "" })
	if _, err := fmt.Fprint(a.out, strings.Join(blocks, "\n")); err != nil {
		return fault.Wrap(err, fault.Local, "The result cannot be written: %v.", err)
	}
	return nil
}

// hostBlock is the block of one device, without a name that several have.
func (a *app) hostBlock(ctx context.Context, cmd *cobra.Command, flags targetFlags, user, name string, count map[string]int) (string, error) {
	to, err := a.find(ctx, cmd, flags, name, 0)
	if err != nil {
		return "", err
	}
	defer to.client.Close()
	target, err := a.openSSHTarget(ctx, to)
	if err != nil {
		return "", err
	}
	if user != "" {
		target.User = user
	}
	if count[to.device.Name] > 1 {
		to.device.Name = ""
	}
	return target.Host(openssh.HostNames(to.device, name)...), nil
}
