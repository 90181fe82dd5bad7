package shellfs

import (
	"context"
	"fmt"
	"strconv"
	"time"

	"porthole/ssh/files/fsys"
	"porthole/ssh/files/posix"
)

// do runs a script that prints nothing.
func (f *files) do(ctx context.Context, o operation, script string) error {
	if err := checkPaths(o.path); err != nil {
		return err
	}
	_, err := f.run(ctx, o, script)
	return err
}

// exit ends a script with one of our statuses.
func exit(status int) string { return "exit " + strconv.Itoa(status) }

// free ends a script when something is at path; a dangling link is.
func free(path string) string {
	return "{ [ -e " + posix.Arg(path) + " ] || [ -L " + posix.Arg(path) + " ]; } && " + exit(exitExists) + "; "
}

func (f *files) Mkdir(ctx context.Context, path string, mode uint32) error {
	script := "mkdir " + posix.Arg(path)
	if mode != 0 {
		// Five digits: with four, chmod of GNU keeps setgid of a directory.
		script = fmt.Sprintf("mkdir -m %03o %s || exit; ", mode&0o777, posix.Arg(path)) + fmt.Sprintf("chmod %05o %s", mode&fsys.ModeBits, posix.Arg(path))
	}
	return f.do(ctx, operation{"made", path}, script)
}

// Rename: mv moves into a directory that stands at its second path, which no caller wants.
func (f *files) Rename(ctx context.Context, from, to string, replace bool) error {
	o := operation{"renamed", from}
	if err := checkPaths(to); err != nil {
		return err
	}
	err := f.do(ctx, o, f.rename(from, to, replace))
	return aboutTarget(err, to)
}

// rename is the script of Rename.
func (f *files) rename(from, to string, replace bool) string {
	script := there(from)
	mv := "mv -f "
	if !replace {
		script += free(to)
		if f.tools["mv -n"] {
			mv = "mv -n "
		}
	}
	// A link to a directory is followed by mv, but for that of GNU with -T: it is replaced.
	if !f.tools["GNU mv"] {
		script += "if [ -d " + posix.Arg(to) + " ] && [ -L " + posix.Arg(to) + " ]; then rm -f " + posix.Arg(to) + "; fi; "
	}
	if f.tools["mv -T"] {
		mv += "-T "
	} else {
		script += "[ -d " + posix.Arg(to) + " ] && " + exit(exitIsDir) + "; "
	}
	script += mv + posix.Arg(from) + " " + posix.Arg(to) + " </dev/null || exit; "
	if !replace {
		script += "[ -e " + posix.Arg(from) + " ] || [ -L " + posix.Arg(from) + " ] || exit 0; " + exit(exitExists) // what came in between stayed
	}
	return script
}

func (f *files) Remove(ctx context.Context, path string) error {
	p := posix.Arg(path)
	return f.do(ctx, operation{"removed", path},
		there(path)+"if [ -d "+p+" ] && [ ! -L "+p+" ]; then rmdir "+p+"; else rm -f "+p+" </dev/null; fi")
}

func (f *files) Chmod(ctx context.Context, path string, mode uint32) error {
	return f.do(ctx, operation{"changed", path}, fmt.Sprintf("chmod %05o %s", mode&fsys.ModeBits, posix.Arg(path)))
}

func (f *files) Chown(ctx context.Context, path string, uid, gid int64) error {
	o := operation{"given to another owner", path}
	switch {
	case uid < 0 && gid < 0:
		return nil
	case uid < 0:
		return f.do(ctx, o, fmt.Sprintf("chgrp %d %s", gid, posix.Arg(path)))
	case gid < 0:
		return f.do(ctx, o, fmt.Sprintf("chown %d %s", uid, posix.Arg(path)))
	}
	return f.do(ctx, o, fmt.Sprintf("chown %d:%d %s", uid, gid, posix.Arg(path)))
}

func (f *files) SetModified(ctx context.Context, path string, modified time.Time) error {
	p := posix.Arg(path)
	return f.do(ctx, operation{"changed", path}, "[ -e "+p+" ] || { "+missing(path)+"; }; "+f.touch(p, modified))
}

// touch sets the time of the file that a word of the script names. It is there: without -c,
// by which toybox's says of no failure.
func (f *files) touch(word string, modified time.Time) string {
	if f.tools["touch -d"] {
		return fmt.Sprintf("touch -d @%d %s", modified.Unix(), word)
	}
	return fmt.Sprintf("touch -t %s %s", modified.UTC().Format("200601021504.05"), word)
}

func (f *files) Truncate(ctx context.Context, path string, size int64) error {
	o := operation{"changed", path}
	script := "dd of=%[1]s bs=1 seek=%[2]d count=0 </dev/null"
	if !f.tools["dd"] {
		script = "truncate -s %[2]d %[1]s"
		if !f.tools["truncate"] {
			return o.failure(exitUnsupported, "")
		}
	}
	return f.do(ctx, o, regular(path)+fmt.Sprintf(script, posix.Arg(path), max(size, 0)))
}

func (f *files) Symlink(ctx context.Context, target, path string) error {
	if err := checkPaths(target); err != nil {
		return err
	}
	return f.do(ctx, operation{"made", path}, free(path)+"ln -s -- "+posix.Quote(target)+" "+posix.Arg(path))
}

// regular ends a script unless path is a file, or leads to one, without opening it: that
// may never end for a pipe.
func regular(path string) string {
	p := posix.Arg(path)
	return "[ -f " + p + " ] || { [ -d " + p + " ] && " + exit(exitIsDir) + "; [ -e " + p + " ] && " + exit(exitSpecial) + "; " + missing(path) + "; }; "
}
