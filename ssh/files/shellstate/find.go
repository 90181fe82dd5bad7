// Package shellstate asks the device what the shell of the connection's terminal does,
// without a byte to the shell itself: by /proc, from a session of its own.
package shellstate

import (
	"context"
	"fmt"
	"io"
	"time"

	"porthole/ssh/files/fsys"
	"porthole/ssh/files/posix"
	"porthole/ssh/wire"
)

// State is what a shell does now.
type State struct {
	// Directory is its working directory, absolute.
	Directory string
	// AtPrompt is false while a program has the terminal: what is typed goes to that.
	AtPrompt bool
}

const (
	limit     = 10 * time.Second
	maxAnswer = 256 << 10 // bytes
)

// script prints the children of the process that serves this connection, which is among
// the parents of this very script: sshd or dropbear runs the login shell, which may run a
// forced command, which runs us. Each is a record: the level, its line of /proc/PID/stat
// (proc_pid_stat(5)), the mark, its working directory, the mark.
//
// The kernel's list of children is not built into every kernel; grep finds them too.
const script = `a=$PPID; i=0; while [ $i -lt 5 ] && [ "$a" -gt 1 ]; do ` +
	`c=$(cat /proc/$a/task/*/children 2>/dev/null) || c=$(grep -l "^PPid:[[:space:]]*$a\$" /proc/[0-9]*/status 2>/dev/null); ` +
	`for p in $c; do p=${p#/proc/}; p=${p%%/status}; [ $p = $$ ] && continue; ` +
	`printf "%%s " $i; cat /proc/$p/stat 2>/dev/null; echo %[1]s; ( cd -P /proc/$p/cwd && pwd -P ) 2>/dev/null; echo %[1]s; done; ` +
	`m=; u=; while read -r k v; do case $k in Name:) m=$v;; PPid:) u=$v;; esac; done 2>/dev/null </proc/$a/status; ` +
	// Beyond a shell or its like there may be the server; beyond the server, everybody's.
	`case $m in *sh|busybox|su|sudo|env|login|timeout) a=$u;; *) exit 0;; esac; [ -n "$a" ] || exit 0; i=$((i+1)); done; exit 0`

// Find asks for the shell that was started last among those of this connection. The code
// of its error is "unsupported" when the device does not tell, or has no shell running.
func Find(ctx context.Context, peer fsys.Peer) (State, error) {
	ctx, cancel := context.WithTimeout(ctx, limit)
	defer cancel()
	mark, err := posix.NewMark()
	if err != nil {
		return State{}, err
	}
	ch, err := posix.Start(ctx, peer, mark, fmt.Sprintf(script, mark))
	if err != nil {
		return State{}, unsupported(err)
	}
	stop := context.AfterFunc(ctx, func() { _ = ch.Close() })
	_ = ch.CloseWrite() // a failure shows as an answer that is cut
	answer, err := io.ReadAll(io.LimitReader(ch, maxAnswer))
	stop()
	_ = ch.Close()
	if err != nil {
		return State{}, unsupported(err)
	}
	state, found := parse(string(answer), mark)
	if !found {
		return State{}, unsupported(nil)
	}
	return state, nil
}

func unsupported(err error) *fsys.Error {
	return &fsys.Error{
		Code: wire.CodeUnsupported, Err: err,
		Message: "The device does not tell which directory its shell is in. Type the path instead.",
	}
}
