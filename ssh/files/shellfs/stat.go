package shellfs

import (
	"context"
	"fmt"
	"strings"
	"time"

	"porthole/ssh/files/fsys"
	"porthole/ssh/files/posix"
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
		letter, target, _ := strings.Cut(leads, "/")
		e.TargetType = typeOfTest(letter)
		if e.Target == "" {
			e.Target = strings.TrimSuffix(target, "\n")
		}
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
		return "stat " + option + `-c "` + bareFormat + f.mark + `" ` + posix.Arg(path) + " || exit; "
	}
	return f.lsCommand() + " " + option + posix.Arg(path) + ` || exit; echo "$(date +%s)/"` + f.mark + "; "
}

// leadsTo prints the letter of what a link leads to, "/" and, when ls alone tells it, its
// target.
func (f *files) leadsTo(path string) string {
	script := `l=` + posix.Arg(path) + `; [ -L "$l" ] || exit 0; for t in f d p S c b; do [ -$t "$l" ] && printf $t && break; done; printf "/"; `
	if !f.tools["stat"] && f.tools["readlink"] {
		script += `readlink "$l"; `
	}
	return script + "exit 0"
}

// readOne reads what statOne printed.
func (f *files) readOne(path, about string) (fsys.Entry, error) {
	if f.tools["stat"] {
		mode, rest, _ := strings.Cut(about, "/")
		bits, err := rawMode(mode)
		if err != nil {
			return fsys.Entry{}, err
		}
		return statEntry(posix.Base(path), posix.Relative(path), bits, rest, f.tools[quotesTargets])
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
	e.Name = posix.Base(path)
	if e.Type == fsys.Link {
		e.Target = afterArrow(rest, posix.Relative(path))
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
		switch {
		case err != nil:
		case e.Type != fsys.Link:
			err = o.failure(exitNoLink, "")
		case e.Target == "":
			err = o.failure(exitUnsupported, "")
		}
		return e.Target, err
	}
	answer, err := f.run(ctx, o, there(path)+"[ -L "+posix.Arg(path)+" ] || "+exit(exitNoLink)+"; readlink "+posix.Arg(path))
	return strings.TrimSuffix(string(answer), "\n"), err
}

// there ends a script with the reason when path is not there; a dangling link is.
func there(path string) string {
	return "[ -e " + posix.Arg(path) + " ] || [ -L " + posix.Arg(path) + " ] || { ls -lnd " + posix.Arg(path) + " >/dev/null; exit 1; }; "
}

// missing ends a script with why nothing is where path leads to. Some versions of ls show
// a link that dangles.
func missing(path string) string {
	return "ls -lndL " + posix.Arg(path) + " >/dev/null && " + exit(exitNotFound) + "; exit 1"
}

func (f *files) RealPath(ctx context.Context, path string) (string, error) {
	o := operation{"found", path}
	if err := checkPaths(path); err != nil {
		return "", err
	}
	// readlink -f says nothing when it fails; ls does. Without it cd resolves all but the
	// last element, which then must be no link.
	script := "cd -P " + posix.Arg(path) + " 2>/dev/null && { pwd -P; exit 0; }; "
	if f.tools["readlink -f"] {
		script += "readlink -f " + posix.Arg(path) + " && exit 0; "
	}
	script += "p=" + posix.Arg(path) + "; "
	if f.tools["readlink"] {
		script += `i=0; while [ -L "$p" ] && [ $i -lt 40 ]; do t=$(readlink "$p"; echo _); t=${t%?_}; ` +
			`case $t in /*) p=$t;; *) p=${p%/*}/$t;; esac; i=$((i+1)); done; `
	}
	script += `[ -L "$p" ] && [ -e "$p" ] && ` + exit(exitUnsupported) + "; " +
		`[ -L "$p" ] || { cd -P "${p%/*}/" 2>/dev/null && d=$(pwd -P; echo _) && d=${d%?_} && printf "%s/%s\n" "${d%/}" "${p##*/}" && exit 0; }; ` +
		missing(path)
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
