//go:build js

package bridge

import (
	"context"
	"syscall/js"

	"porthole/ssh"
	"porthole/ssh/files"
	"porthole/ssh/files/fsys"
	"porthole/ssh/files/shellstate"
	"porthole/ssh/wire"
)

// maxLines is how many lines of a file may come before what is appended to it.
const maxLines = 100_000

// follow is GoFiles.follow.
func (f *deviceFiles) follow(args []js.Value) any {
	a := arguments{values: args}
	path, lines := a.path(0), a.int(1, 0, maxLines)
	out, err := newSink(args[2])
	if a.err == nil {
		a.err = err
	}
	return f.call(a.err, js.Undefined(), func(ctx context.Context) (any, error) {
		channel, err := files.Follow(ctx, f.peer, f.fs, path, int(lines))
		if err != nil {
			return nil, err
		}
		return newSession(f.life, f.warn, newFollowed(channel), out, 1).object.value, nil
	})
}

// followed is a file that is followed, as a session: there is nothing to type into.
type followed struct {
	fsys.Channel
	done chan struct{}
	exit ssh.Exit // set before done is closed
}

var _ remote = (*followed)(nil)

func newFollowed(c fsys.Channel) *followed {
	s := &followed{Channel: c, done: make(chan struct{})}
	go func() {
		status, err := c.Wait(context.Background()) // ends with the channel, and that with the session
		s.exit = ssh.Exit{Err: err}
		if status >= 0 {
			s.exit = ssh.Exit{Status: &status}
		}
		close(s.done)
	}()
	return s
}

func (s *followed) Done() <-chan struct{} { return s.done }

func (s *followed) Wait(ctx context.Context) (ssh.Exit, error) {
	select {
	case <-s.done:
		return s.exit, nil
	case <-ctx.Done():
		return ssh.Exit{}, context.Cause(ctx)
	}
}

func (s *followed) WriteContext(context.Context, []byte) (int, error) { return 0, errFollowed }
func (s *followed) Resize(int, int) error                             { return errFollowed }
func (s *followed) Signal(string) error                               { return errFollowed }

var errFollowed = &failure{code: wire.CodeUnsupported, message: "A file that is followed takes no input."}

// shellState is GoFiles.shellState.
func (f *deviceFiles) shellState([]js.Value) any {
	return f.call(nil, js.Undefined(), func(ctx context.Context) (any, error) {
		state, err := shellstate.Find(ctx, f.peer)
		if unsupported(err) && ctx.Err() == nil {
			return nil, nil
		}
		return map[string]any{"directory": fsys.EncodeName(state.Directory), "atPrompt": state.AtPrompt}, err
	})
}
