package commands

import (
	"context"
	"fmt"
	"path"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"porthole/ssh/cmd/porthole/fault"
	"porthole/ssh/cmd/porthole/output"
	"porthole/ssh/files/fsys"
)

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
	needed := cmd.Args
	cmd.Args = func(cmd *cobra.Command, args []string) error {
		if len(args) == 0 && strings.Contains(login.user, ":") { // as with ls itself
			return fault.New(fault.Usage, "\"porthole ls\" needs DEVICE:path, and -l names the SSH user. Sizes, times and modes are shown by --long.")
		}
		return needed(cmd, args)
	}
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
		rows.Rows = append(rows.Rows, []string{row.Mode, visible(row.Owner), visible(row.Group), strconv.FormatInt(row.Size, 10), row.Modified, name})
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
