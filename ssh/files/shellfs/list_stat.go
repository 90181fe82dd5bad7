package shellfs

import (
	"fmt"
	"strconv"
	"strings"

	"porthole/ssh/files/fsys"
)

// Formats of stat -c (GNU, BusyBox, toybox). %N is the name again, and for a link an arrow
// and its target.
const (
	statFormat   = "%n/%f/%s/%Y/%u/%g/%U/%G/%N/"
	targetFormat = "%n/%f//"
	bareFormat   = "%f/%s/%Y/%u/%g/%U/%G/%N/" // statFormat of one path, which may hold "/"
)

// statScript lists by stat of many names at a time. First comes what links lead to, so
// that each link is whole when it is handed over; what dangles is left out there.
func (f *files) statScript() string {
	format := func(text string) string { return `"` + text + f.mark + `"` }
	return f.forNames("-type l", "stat -L -c "+format(targetFormat)) + f.forNames("", "stat -c "+format(statFormat)) + allListed(f.mark)
}

// forNames runs a command with the names of the working directory behind it, many at a
// time, each as "./name".
func (f *files) forNames(condition, command string) string {
	const find = "find . ! -name . -prune "
	switch {
	case f.tools["find -exec +"]:
		return find + condition + " -exec " + command + " {} + 2>/dev/null; "
	case f.tools["xargs -0"]:
		return find + condition + " -print0 2>/dev/null | xargs -0 " + command + " 2>/dev/null; "
	}
	// Patterns that match nothing stay as they are, and name nothing.
	test := `[ -e "$f" ] || [ -L "$f" ]`
	if condition != "" {
		test = `[ -L "$f" ]`
	}
	return `set --; for f in ./* ./.[!.]* ./..?*; do ` + test + ` || continue; set -- "$@" "$f"; ` +
		`[ $# -lt 200 ] || { ` + command + ` "$@"; set --; }; done 2>/dev/null; ` +
		`[ $# -eq 0 ] || ` + command + ` "$@" 2>/dev/null; `
}

// statParser reads what statScript prints.
type statParser struct {
	quoted bool                 // %N has its target between quotes, and its name not
	leads  map[string]fsys.Type // what links lead to, by name
}

func (p *statParser) record(record []byte, add func(fsys.Entry) error) error {
	record = []byte(strings.TrimPrefix(string(record), "./"))
	fields, rest, err := cutFields(record, 2)
	if err != nil {
		return err
	}
	name := fields[0]
	mode, err := rawMode(fields[1])
	if err != nil {
		return err
	}
	if rest == "/" { // of targetFormat
		if len(p.leads) < fsys.MaxEntries {
			p.leads[name] = fsys.TypeOf(mode)
		}
		return nil
	}
	e, err := statEntry(name, "./"+name, mode, rest, p.quoted)
	if err != nil {
		return err
	}
	if e.Type == fsys.Link {
		if e.TargetType = p.leads[name]; e.TargetType == "" {
			e.TargetType = fsys.Unknown
		}
	}
	return add(e)
}

// rawMode reads st_mode in hex.
func rawMode(text string) (uint32, error) {
	mode, err := strconv.ParseUint(text, 16, 32)
	if err != nil {
		return 0, fmt.Errorf("%w: mode %.20q", errRecord, text)
	}
	return uint32(mode), nil
}

// statEntry reads what follows the mode in statFormat; path is what stat was given.
func statEntry(name, path string, mode uint32, rest string, quoted bool) (fsys.Entry, error) {
	const size, modified, uid, gid, user, group, n = 0, 1, 2, 3, 4, 5, 6
	fields, arrow, err := cutFields([]byte(rest), n)
	if err != nil {
		return fsys.Entry{}, err
	}
	e := fsys.Entry{
		Name: name, Type: fsys.TypeOf(mode), Size: number(fields[size]), Modified: seconds(fields[modified]), Mode: mode & fsys.ModeBits,
		UID: id(fields[uid]), GID: id(fields[gid]), Owner: owner(fields[user]), Group: owner(fields[group]),
	}
	if e.Type == fsys.Link {
		e.Target = targetOf(cutSlash(arrow), path, quoted)
	}
	return e, nil
}

// targetOf reads %N of a link: name -> target, each between quotes or not. The name is
// known, so nothing in it can be taken for the arrow. quoted: the target is in any case.
func targetOf(text, path string, quoted bool) string {
	for _, open := range []string{"", "'", "`", `"`} {
		after, ok := strings.CutPrefix(text, open+path)
		if !ok {
			continue
		}
		before, target, found := strings.Cut(after, " -> ")
		if !found || len(before) != len(open) {
			continue
		}
		if open == "" && !quoted {
			return target
		}
		if n := len(target); n >= 2 && (open == "" || strings.HasPrefix(target, open)) {
			return target[1 : n-1]
		}
	}
	return ""
}
