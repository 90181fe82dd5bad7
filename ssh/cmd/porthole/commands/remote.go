package commands

import (
	"context"
	"errors"
	"fmt"
	"path"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"porthole/ssh/cmd/porthole/copying"
	"porthole/ssh/cmd/porthole/fault"
	"porthole/ssh/cmd/porthole/output"
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
	return cmd
}

// listed is one row of ls, for JSON.
type listed struct {
	Path     string    `json:"path"`
	Type     fsys.Type `json:"type"`
	Size     int64     `json:"size"`
	Modified string    `json:"modified,omitempty"`
	Mode     string    `json:"mode"`
	Owner    string    `json:"owner,omitempty"`
	Group    string    `json:"group,omitempty"`
	Target   string    `json:"target,omitempty"`
}

func (a *app) lsCommand() *cobra.Command {
	var login loginFlags
	var format string
	var long, all, itself bool
	cmd := &cobra.Command{
		Use: "ls DEVICE:path…", Short: "List files of a device",
		Example: "  porthole ls my_device:/var/log -l admin",
	}
	a.onFiles(cmd, &login, func(ctx context.Context, fs fsys.FS, paths []string) error {
		f, err := output.Parse(format)
		if err != nil {
			return err
		}
		var rows []listed
		for _, p := range paths {
			if rows, err = list(ctx, fs, p, all, itself, len(paths) > 1, rows); err != nil {
				return err
			}
		}
		return a.writeList(f, rows, long)
	})
	a.outputFlag(cmd, &format)
	flags := cmd.Flags()
	flags.BoolVar(&long, "long", false, "show mode, owner, size and time as well")
	flags.BoolVarP(&all, "all", "a", false, "names that begin with a dot as well")
	flags.BoolVarP(&itself, "directory", "d", false, "directories themselves, not what is in them")
	return cmd
}

func list(ctx context.Context, fs fsys.FS, p string, all, itself, full bool, rows []listed) ([]listed, error) {
	entry, err := fs.Stat(ctx, p, !itself)
	if err != nil {
		return nil, err
	}
	if entry.Type != fsys.Dir || itself {
		entry.Name = p
		return append(rows, rowOf(entry, p)), nil
	}
	begin := len(rows)
	err = fs.List(ctx, p, func(batch []fsys.Entry) error {
		for _, e := range batch {
			if !all && strings.HasPrefix(e.Name, ".") {
				continue
			}
			name := e.Name
			if full {
				name = path.Join(p, name)
			}
			rows = append(rows, rowOf(e, name))
		}
		return nil
	})
	slices.SortFunc(rows[begin:], func(x, y listed) int { return strings.Compare(x.Path, y.Path) })
	return rows, err
}

func rowOf(e fsys.Entry, name string) listed {
	row := listed{
		Path: name, Type: e.Type, Size: e.Size, Mode: modeText(e),
		Owner: nameOr(e.Owner, e.UID), Group: nameOr(e.Group, e.GID), Target: e.Target,
	}
	if !e.Modified.IsZero() {
		row.Modified = e.Modified.UTC().Format(time.RFC3339)
	}
	return row
}

func nameOr(name string, id int64) string {
	if name == "" && id >= 0 {
		return strconv.FormatInt(id, 10)
	}
	return name
}

// letters of the types, as ls shows them.
var letters = map[fsys.Type]string{
	fsys.File: "-", fsys.Dir: "d", fsys.Link: "l", fsys.FIFO: "p", fsys.Socket: "s", fsys.Char: "c", fsys.Block: "b",
}

// modeText is the mode as ls shows it.
func modeText(e fsys.Entry) string {
	text := []byte("rwxrwxrwx")
	for i := range text {
		if e.Mode&(0o400>>i) == 0 {
			text[i] = '-'
		}
	}
	for bit, at := range map[uint32]int{0o4000: 2, 0o2000: 5, 0o1000: 8} {
		if e.Mode&bit == 0 {
			continue
		}
		letter := byte('s')
		if at == 8 {
			letter = 't'
		}
		if text[at] == '-' {
			letter -= 'a' - 'A'
		}
		text[at] = letter
	}
	letter := letters[e.Type]
	if letter == "" {
		letter = "?"
	}
	return letter + string(text)
}

func (a *app) writeList(format output.Format, list []listed, long bool) error {
	if list == nil {
		list = []listed{}
	}
	if format == output.Table && !long {
		var b strings.Builder
		for _, row := range list {
			b.WriteString(visible(row.Path) + "\n")
		}
		if _, err := fmt.Fprint(a.out, b.String()); err != nil {
			return fault.Wrap(err, fault.Local, "The result cannot be written: %v.", err)
		}
		return nil
	}
	rows := output.Rows{Header: []string{"MODE", "OWNER", "GROUP", "SIZE", "MODIFIED", "NAME"}, Value: list}
	for _, row := range list {
		name := visible(row.Path)
		if row.Target != "" {
			name += " -> " + visible(row.Target)
		}
		rows.Rows = append(rows.Rows, []string{row.Mode, row.Owner, row.Group, strconv.FormatInt(row.Size, 10), row.Modified, name})
	}
	return output.Write(a.out, format, rows)
}

// visible shows control characters and bytes that are no text as escapes: a name must
// not move the cursor.
func visible(name string) string {
	if q := strconv.Quote(name); q != `"`+name+`"` && strings.ContainsFunc(q, func(r rune) bool { return r == '\\' }) {
		return q
	}
	return name
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
	if clean := path.Clean(p); clean == "/" || clean == "." || clean == ".." {
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
	cmd := &cobra.Command{Use: "mkdir DEVICE:path…", Short: "Make directories on a device"}
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
