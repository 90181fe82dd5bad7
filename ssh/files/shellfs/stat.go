package shellfs

import (
	"context"
	"fmt"
	"strings"
	"time"

	"porthole/ssh/files/fsys"
	"porthole/ssh/wire"
)

func (f *files) Stat(ctx context.Context, path string, follow bool) (fsys.Entry, error) {
	o := operation{"read", path}
	if err := checkPaths(path); err != nil {
		return fsys.Entry{}, err
	}
	script := f.statOne(path, follow) + f.leadsTo(path)
	answer, err := f.run(ctx, o, script)
	if err != nil {
		return fsys.Entry{}, err
	}
	about, leads, found := strings.Cut(string(answer), f.mark+"\n")
	if !found {
		return fsys.Entry{}, o.error(wire.CodeFileFailed, errRecord, "")
	}
	e, err := f.readOne(path, about)
	if err != nil {
		return fsys.Entry{}, o.error(wire.CodeFileFailed, err, "")
	}
	if e.Type == fsys.Link {
		e.TargetType = typeOfTest(strings.TrimSuffix(leads, "\n"))
	}
	return e, nil
}

// statOne prints one path, ended by the mark.
func (f *files) statOne(path string, follow bool) string {
	option := ""
	if follow {
		option = "-L "
	}
	if f.tools["stat"] {
		format := strings.TrimPrefix(statFormat, "%n/")
		return "stat " + option + `-c "` + format + f.mark + `" ` + arg(path) + " || exit; "
	}
	return f.lsCommand() + " " + option + arg(path) + ` || exit; echo "$(date +%s)/"` + f.mark + "; "
}

// leadsTo prints the letter of what a link leads to.
func (*files) leadsTo(path string) string {
	return `n_=` + arg(path) + `; [ -L "$n_" ] || exit 0; for t in f d p S c b; do [ -$t "$n_" ] && { echo $t; exit 0; }; done; exit 0`
}

// readOne reads what statOne printed.
func (f *files) readOne(path, about string) (fsys.Entry, error) {
	if f.tools["stat"] {
		mode, rest, _ := strings.Cut(about, "/")
		bits, err := rawMode(mode)
		if err != nil {
			return fsys.Entry{}, err
		}
		return statEntry(base(path), relative(path), bits, rest)
	}
	about = cutSlash(about)
	end := strings.LastIndexByte(about, '\n')
	if end < 0 {
		return fsys.Entry{}, errRecord
	}
	now := seconds(about[end+1:])
	if now.IsZero() {
		now = time.Now()
	}
	e, rest, ok := readLine(about[:end], now)
	if !ok {
		return fsys.Entry{}, fmt.Errorf("%w: %.200q", errRecord, about)
	}
	e.Name = base(path)
	if e.Type == fsys.Link {
		if _, after, ok := strings.Cut(rest[min(len(rest), len(relative(path))):], " -> "); ok {
			e.Target = after
		}
	}
	return e, nil
}

func (f *files) ReadLink(ctx context.Context, path string) (string, error) {
	o := operation{"read", path}
	if err := checkPaths(path); err != nil {
		return "", err
	}
	if !f.tools["readlink"] {
		e, err := f.Stat(ctx, path, false)
		if err == nil && e.Type != fsys.Link {
			err = o.failure(exitNoLink, "")
		}
		return e.Target, err
	}
	answer, err := f.run(ctx, o, there(path)+"[ -L "+arg(path)+" ] || exit "+fmt.Sprint(exitNoLink)+"; readlink "+arg(path))
	return strings.TrimSuffix(string(answer), "\n"), err
}

// there ends a script with the reason when path is not there; a dangling link is.
func there(path string) string {
	return "[ -e " + arg(path) + " ] || [ -L " + arg(path) + " ] || { ls -lnd " + arg(path) + " >/dev/null; exit 1; }; "
}

func (f *files) RealPath(ctx context.Context, path string) (string, error) {
	o := operation{"found", path}
	if err := checkPaths(path); err != nil {
		return "", err
	}
	// readlink -f says nothing when it fails; ls does. Without it cd resolves all but the
	// last element, which then must be no link.
	script := "cd -P " + arg(path) + " 2>/dev/null && { pwd -P; exit 0; }; "
	if f.tools["readlink -f"] {
		script += "readlink -f " + arg(path) + " && exit 0; "
	}
	dir, name := parent(path), base(path)
	if name != ".." && name != "." {
		script += "[ -L " + arg(path) + " ] || { cd -P " + arg(dir) + " 2>/dev/null && d=$(pwd -P; echo _) && d=${d%?_} && " +
			`printf "%s/%s\n" "${d%/}" ` + quote(name) + " && exit 0; }; "
	}
	script += "ls -lndL " + arg(path) + " >/dev/null; exit 1"
	answer, err := f.run(ctx, o, script)
	if err != nil {
		return "", err
	}
	real := strings.TrimSuffix(string(answer), "\n")
	if !strings.HasPrefix(real, "/") {
		return "", o.error(wire.CodeFileFailed, errRecord, "")
	}
	return real, nil
}

// parent is the directory of a path.
func parent(path string) string {
	trimmed := relative(path)
	i := strings.LastIndexByte(trimmed, '/')
	switch {
	case i < 0:
		return ".."
	case i == 0:
		return "/"
	}
	return trimmed[:i]
}
