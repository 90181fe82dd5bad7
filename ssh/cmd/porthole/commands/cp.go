package commands

import (
	"context"
	"slices"

	"github.com/spf13/cobra"

	"porthole/ssh/cmd/porthole/copying"
	"porthole/ssh/cmd/porthole/fault"
	"porthole/ssh/cmd/porthole/openssh"
)

// standard is the operand that means standard input or output.
const standard = "-"

func (a *app) cpCommand() *cobra.Command {
	var login loginFlags
	var c copying.Copier
	cmd := &cobra.Command{
		Use:   "cp SOURCE… DESTINATION",
		Short: "Copy files to or from a device; DEVICE:path is the device's side",
		Long: `cp copies over an SSH connection of its own: by SFTP, or where the device has none by tools of
its shell. A file appears whole or not at all; one that is replaced keeps its mode, and its owner
where the system allows it. - is standard input or output.

With --resume a copy that was cut goes on when the same command is given again: what is there is
compared with the source, by SHA-256 where the device has a tool for it, else by size and by its
last 64 KiB, and only what is missing comes. A folder that is new has the name NAME.part-porthole
until it is whole.

The SSH sign-in is as OpenSSH's: keys of --identity, of the agent, the usual key files, then a
password; PORTHOLE_SSH_PASSWORD gives one to scripts.`,
		Example: `  porthole cp firmware.bin my_device:/tmp/ -l admin
  porthole cp -r my_device:/var/log logs -l admin
  porthole cp --resume --checksum my_device:/var/core.dump . -l admin
  porthole cp -r --resume site my_device:/var/www -l admin
  porthole cp my_device:/etc/hostname - -l admin`,
		Args: arguments(2, -1, "a source and a destination"),
		RunE: func(cmd *cobra.Command, args []string) error { return a.cp(cmd.Context(), cmd, login, &c, args) },
	}
	login.add(a, cmd)
	cmd.ValidArgsFunction = a.completeRemote(true)
	flags := cmd.Flags()
	flags.BoolVarP(&c.Recursive, "recursive", "r", false, "copy folders with all that is in them")
	flags.BoolVar(&c.Resume, "resume", false, "go on with what an earlier copy with --resume began, once it was compared")
	flags.BoolVar(&c.Checksum, "checksum", false, "compare SHA-256 of what arrived, of each file")
	flags.BoolVarP(&c.Preserve, "preserve", "p", false, "keep times and modes")
	return cmd
}

func (a *app) cp(ctx context.Context, cmd *cobra.Command, login loginFlags, c *copying.Copier, args []string) error {
	if c.Resume && slices.Contains(args, standard) {
		return fault.New(fault.Usage, "--resume needs a file on both sides: what went through %q cannot be read again.", standard)
	}
	sources, destination := args[:len(args)-1], args[len(args)-1]
	toDevice, path, upload := openssh.SplitRemote(destination)
	device := toDevice
	if !upload {
		var err error
		if device, sources, err = allOnOne(sources); err != nil {
			return err
		}
	} else {
		for _, source := range sources {
			if _, _, remote := openssh.SplitRemote(source); remote {
				return fault.New(fault.Usage, "%q and %q are both on a device. Copy in two steps, or pipe: porthole cp %s - | porthole cp - %s", source, destination, source, destination)
			}
		}
	}
	if len(sources) > 1 && destination == standard {
		return fault.New(fault.Usage, "Only one file can go to standard output. For several use `porthole cat`.")
	}
	if slices.Contains(sources, standard) {
		defer a.askBeside()()
	}
	session, err := a.openFiles(ctx, cmd, login, device)
	if err != nil {
		return err
	}
	defer session.close()
	meter, end := a.newProgress()
	c.FS, c.Meter, c.Note = session.fs, meter, a.say
	if upload {
		if path == "" {
			path = "."
		}
		err = a.upload(ctx, c, sources, path)
	} else {
		err = a.download(ctx, c, sources, destination)
	}
	end()
	return err
}

func (a *app) upload(ctx context.Context, c *copying.Copier, sources []string, path string) error {
	if len(sources) > 1 && path != "." {
		path += "/" // it must be there and a directory
	}
	for _, source := range sources {
		var err error
		if source == standard {
			err = c.Send(ctx, a.in, path)
		} else {
			err = c.Upload(ctx, source, path)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

func (a *app) download(ctx context.Context, c *copying.Copier, sources []string, destination string) error {
	if len(sources) > 1 {
		destination += "/" // it must be there and a folder
	}
	for _, source := range sources {
		var err error
		if destination == standard {
			err = c.Stream(ctx, source, a.out)
		} else {
			err = c.Download(ctx, source, destination)
		}
		if err != nil {
			return err
		}
	}
	return nil
}
