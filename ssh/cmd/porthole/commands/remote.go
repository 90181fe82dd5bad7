package commands

import (
	"context"
	"errors"
	"fmt"
	"path"
	"strconv"

	"github.com/spf13/cobra"

	"porthole/ssh/cmd/porthole/copying"
	"porthole/ssh/cmd/porthole/fault"
	"porthole/ssh/files"
	"porthole/ssh/files/fsys"
	"porthole/ssh/wire"
)

// onFiles makes a command that works on paths of one device.
func (a *app) onFiles(cmd *cobra.Command, login *loginFlags, work func(ctx context.Context, fs fsys.FS, paths []string) error) *cobra.Command {
	cmd.Args = arguments(1, -1, "DEVICE:path")
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		device, paths, err := allOnOne(args)
		if err != nil {
			return err
		}
		session, err := a.openFiles(cmd.Context(), cmd, *login, device)
		if err != nil {
			return err
		}
		defer session.close()
		return work(cmd.Context(), session.fs, paths)
	}
	login.add(a, cmd)
	cmd.ValidArgsFunction = a.completeRemote(false)
	return cmd
}

func (a *app) catCommand() *cobra.Command {
	var login loginFlags
	cmd := &cobra.Command{
		Use: "cat DEVICE:path…", Short: "Write files of a device to standard output",
		Example: "  porthole cat my_device:/etc/os-release -l admin",
	}
	return a.onFiles(cmd, &login, func(ctx context.Context, fs fsys.FS, paths []string) error {
		ignoreBrokenPipe()
		c := copying.Copier{FS: fs, Meter: quiet{}, Note: a.say}
		for _, p := range paths {
			if err := c.Stream(ctx, p, a.out); err != nil {
				return err
			}
		}
		return nil
	})
}

func (a *app) rmCommand() *cobra.Command {
	var login loginFlags
	var recursive, force bool
	cmd := &cobra.Command{
		Use: "rm DEVICE:path…", Short: "Remove files of a device",
		Long: `rm removes files; with -r directories and all below them, not following links. At a terminal
-r asks first, unless -f is given.`,
		Example: "  porthole rm my_device:/tmp/core.dump -l admin\n  porthole rm -r my_device:/tmp/build -l admin",
	}
	a.onFiles(cmd, &login, func(ctx context.Context, fs fsys.FS, paths []string) error {
		for _, p := range paths {
			err := a.remove(ctx, fs, p, recursive, force)
			if failure, ok := errors.AsType[*fsys.Error](err); ok && force && failure.Code == wire.CodeNotFound {
				continue
			}
			if err != nil {
				return err
			}
		}
		return nil
	})
	cmd.Flags().BoolVarP(&recursive, "recursive", "r", false, "directories, and all below them")
	cmd.Flags().BoolVarP(&force, "force", "f", false, "ask nothing, and take what is missing for done")
	return cmd
}

func (a *app) remove(ctx context.Context, fs fsys.FS, p string, recursive, force bool) error {
	entry, err := fs.Stat(ctx, p, false)
	if err != nil {
		return err
	}
	if entry.Type != fsys.Dir {
		return fs.Remove(ctx, p)
	}
	if !recursive {
		return fault.New(fault.Files, "%q is a directory. Remove it with -r.", p)
	}
	if last := path.Base(path.Clean(p)); last == "/" || last == "." || last == ".." {
		return fault.New(fault.Files, "%q is never removed. Name what is in it.", p)
	}
	if !force && a.canAsk() {
		if err := a.confirm(fmt.Sprintf("Remove %q and all that is in it?", p)); err != nil {
			return err
		}
	}
	_, err = files.RemoveAll(ctx, fs, p, nil)
	return err
}

func (a *app) mkdirCommand() *cobra.Command {
	var login loginFlags
	var parents bool
	var mode string
	cmd := &cobra.Command{
		Use: "mkdir DEVICE:path…", Short: "Make directories on a device",
		Example: "  porthole mkdir -p my_device:/opt/app/releases -l admin",
	}
	a.onFiles(cmd, &login, func(ctx context.Context, fs fsys.FS, paths []string) error {
		bits, err := strconv.ParseUint(mode, 8, 12)
		if mode != "" && err != nil {
			return fault.New(fault.Usage, "--mode is in octal, such as 0755, not %q.", mode)
		}
		for _, p := range paths {
			if err := makeDir(ctx, fs, p, uint32(bits), parents); err != nil {
				return err
			}
		}
		return nil
	})
	cmd.Flags().BoolVarP(&parents, "parents", "p", false, "the directories above it as well; no error when it is there")
	cmd.Flags().StringVarP(&mode, "mode", "m", "", "`mode` in octal")
	return cmd
}

func makeDir(ctx context.Context, fs fsys.FS, p string, mode uint32, parents bool) error {
	if !parents {
		return fs.Mkdir(ctx, p, mode)
	}
	entry, err := fs.Stat(ctx, p, true)
	if err == nil {
		if entry.Type == fsys.Dir {
			return nil
		}
		return fault.New(fault.Files, "%q is there and is no directory.", p)
	}
	if failure, ok := errors.AsType[*fsys.Error](err); !ok || failure.Code != wire.CodeNotFound {
		return err
	}
	if above := path.Dir(path.Clean(p)); above != "/" && above != "." {
		if err := makeDir(ctx, fs, above, 0, true); err != nil {
			return err
		}
	}
	return fs.Mkdir(ctx, p, mode)
}
