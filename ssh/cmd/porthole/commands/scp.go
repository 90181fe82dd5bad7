package commands

import (
	"strings"

	"github.com/spf13/cobra"

	"porthole/ssh/cmd/porthole/fault"
	"porthole/ssh/cmd/porthole/openssh"
)

func (a *app) scpCommand() *cobra.Command {
	var f sshFlags
	var recursive, preserve, legacy bool
	cmd := &cobra.Command{
		Use:   "scp SOURCE… DESTINATION",
		Short: "Copy files with OpenSSH's scp; DEVICE:path is the device's side",
		Example: `  porthole scp firmware.bin my_device:/tmp/ -l admin
  porthole scp -r my_device:/var/log logs -l admin`,
		Args: arguments(2, -1, "a source and a destination"),
		RunE: func(cmd *cobra.Command, args []string) error {
			device, err := oneDevice(args)
			if err != nil {
				return err
			}
			target, label, err := a.openSSH(cmd.Context(), cmd, f, device)
			if err != nil {
				return err
			}
			with := a.sshArgs(cmd.Context(), f, target, label)
			for flag, on := range map[string]bool{"-r": recursive, "-p": preserve, "-O": legacy} {
				if on {
					with = append(with, flag)
				}
			}
			with = append(with, "--")
			for _, arg := range args {
				if _, path, remote := openssh.SplitRemote(arg); remote {
					arg = label + ":" + path
				}
				with = append(with, arg)
			}
			return a.child(a.environ(), "scp", with...)
		},
	}
	f.add(a, cmd)
	cmd.ValidArgsFunction = a.completeRemote(true)
	flags := cmd.Flags()
	flags.BoolVarP(&recursive, "recursive", "r", false, "copy folders with all that is in them")
	flags.BoolVarP(&preserve, "preserve", "p", false, "keep times and modes")
	flags.BoolVar(&legacy, "legacy", false, "the old protocol, for devices without SFTP (scp -O)")
	return cmd
}

// oneDevice is the device that arguments name; scp itself reaches one at a time here.
func oneDevice(args []string) (string, error) {
	found := ""
	for _, arg := range args {
		device, _, remote := openssh.SplitRemote(arg)
		switch {
		case !remote, device == found:
		case found == "":
			found = device
		default:
			return "", fault.New(fault.Usage, "Only one device can take part, but %q and %q are named.", found, device)
		}
	}
	if found == "" {
		return "", fault.New(fault.Usage, "None of %s is on a device. Write the device's side as DEVICE:path.", strings.Join(args, ", "))
	}
	return found, nil
}

func (a *app) sftpCommand() *cobra.Command {
	var f sshFlags
	var batch string
	cmd := &cobra.Command{
		Use:     "sftp DEVICE[:path]",
		Short:   "Open OpenSSH's sftp on a device",
		Example: "  porthole sftp my_device -l admin",
		Args:    arguments(1, 1, "the device"),
		RunE: func(cmd *cobra.Command, args []string) error {
			device, path, remote := openssh.SplitRemote(args[0])
			if !remote {
				device = args[0]
			}
			target, label, err := a.openSSH(cmd.Context(), cmd, f, device)
			if err != nil {
				return err
			}
			with := a.sshArgs(cmd.Context(), f, target, label)
			if batch != "" {
				with = append(with, "-b", batch)
			}
			if path != "" {
				label += ":" + path
			}
			return a.child(a.environ(), "sftp", append(with, "--", label)...)
		},
	}
	f.add(a, cmd)
	cmd.Flags().StringVarP(&batch, "batch", "b", "", "`file` with commands; - for standard input")
	return cmd
}
