package follow

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"time"

	"porthole/ssh/files/fsys"
	"porthole/ssh/files/posix"
	"porthole/ssh/wire"
)

// probeLimit is how long the device may take to say whether it has tail -F. What runs
// instead of a shell, a forced command perhaps, may say nothing at all.
const probeLimit = 10 * time.Second

// What the script prints first.
const (
	hasTail = "tail"
	noTail  = "none"
)

// Start follows path, beginning with its last lines (0: none), until the channel is
// closed: ctx bounds the start alone. Only a file can be followed. tail -F does it where
// the device has it; otherwise its size is asked for each second, and a file that was
// replaced is noticed when the new one is shorter.
func Start(ctx context.Context, peer fsys.Peer, fs fsys.FS, path string, lines int) (fsys.Channel, error) {
	e, err := fs.Stat(ctx, path, true)
	if err != nil {
		return nil, err
	}
	switch e.Type {
	case fsys.File:
	case fsys.Dir:
		return nil, &fsys.Error{Code: wire.CodeIsDir, Message: fmt.Sprintf("%q is a directory. Choose a file to follow.", path)}
	default:
		return nil, &fsys.Error{Code: wire.CodeSpecialFile, Message: fmt.Sprintf("%q is a pipe, socket or device. Only a file can be followed.", path)}
	}
	lines = max(lines, 0)
	if ch := startTail(ctx, peer, path, lines); ch != nil {
		return ch, nil
	}
	if ctx.Err() != nil {
		return nil, fsys.Cancelled(ctx)
	}
	return startPoll(ctx, fs, path, lines)
}

// startTail runs tail -F; nil when the device has none, or no shell.
func startTail(ctx context.Context, peer fsys.Peer, path string, lines int) fsys.Channel {
	if peer.Exec == nil {
		return nil
	}
	mark, err := posix.NewMark()
	if err != nil {
		return nil
	}
	ctx, cancel := context.WithTimeout(ctx, probeLimit)
	defer cancel()
	ch, err := posix.Start(ctx, peer, mark, tailScript(path, lines))
	if err != nil {
		return nil
	}
	stop := context.AfterFunc(ctx, func() { _ = ch.Close() })
	out := bufio.NewReader(ch)
	answer, err := out.ReadSlice('\n')
	if !stop() || err != nil || string(answer) != hasTail+"\n" {
		_ = ch.Close()
		return nil
	}
	return &tail{Channel: ch, out: out, said: &afterMark{in: bufio.NewReader(ch.Stderr()), mark: mark}}
}

// tailScript asks tail -F to say what it can do: only running it would tell otherwise, and
// that has no end.
func tailScript(path string, lines int) string {
	return `tail --help 2>&1 </dev/null | grep -q -e "-[A-Za-z]*F" || { echo ` + noTail + "; exit 0; }; echo " + hasTail + "; " +
		posix.Guarded(fmt.Sprintf("exec tail -n %d -F %s", lines, posix.Arg(path)))
}

// tail is tail -F as a channel.
type tail struct {
	fsys.Channel
	out  *bufio.Reader
	said *afterMark
}

func (t *tail) Stdout() io.Reader { return t.out }

// Stderr is what tail says of the file, such as that it was replaced.
func (t *tail) Stderr() io.Reader { return t.said }

// afterMark reads what follows the line with the mark; start-up files print before it.
type afterMark struct {
	in    *bufio.Reader
	mark  string
	begun bool
}

func (a *afterMark) Read(b []byte) (int, error) {
	for !a.begun {
		line, err := a.in.ReadSlice('\n')
		a.begun = bytes.HasSuffix(line, []byte(a.mark+"\n"))
		if err != nil && !errors.Is(err, bufio.ErrBufferFull) {
			return 0, err
		}
	}
	return a.in.Read(b)
}

var errClosed = errors.New("following was ended")
