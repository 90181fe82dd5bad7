//go:build linux

package files_test

import (
	"context"
	"errors"
	"testing"

	"porthole/ssh/files"
	"porthole/ssh/files/fsys"
)

func TestAShellWhoseFirstChannelIsClosedIsFoundAllTheSame(t *testing.T) {
	m := machine(t)
	m.SFTP = nil
	peer := m.Peer()
	exec, calls := peer.Exec, 0
	peer.Exec = func(ctx context.Context, command string) (fsys.Channel, error) {
		if calls++; calls == 1 {
			return nil, errors.New("the channel was closed")
		}
		return exec(ctx, command)
	}
	fs, err := files.Open(t.Context(), peer)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = fs.Close() })
	if fs.Info().Kind != fsys.Shell {
		t.Errorf("got %+v", fs.Info())
	}
}
