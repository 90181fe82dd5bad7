//go:build js

package bridge

import (
	"context"
	"io"

	"porthole/ssh"
	"porthole/ssh/files/fsys"
)

// filesPeer is what the files of a device are reached through.
func filesPeer(client *ssh.Client) fsys.Peer {
	return fsys.Peer{
		Server: client.Info().ServerVersion,
		Exec: func(ctx context.Context, command string) (fsys.Channel, error) {
			return channelOf(client.Exec(ctx, command))
		},
		Subsystem: func(ctx context.Context, name string) (fsys.Channel, error) {
			return channelOf(client.Subsystem(ctx, name))
		},
		RoundTrip: client.RoundTrip,
		Typed:     client.Typed,
	}
}

// filesChannel is a session as a backend of files sees it.
type filesChannel struct{ session *ssh.Session }

var _ fsys.Channel = filesChannel{}

func channelOf(s *ssh.Session, err error) (fsys.Channel, error) {
	if err != nil {
		return nil, err // no typed nil in the interface
	}
	return filesChannel{s}, nil
}

func (c filesChannel) Write(p []byte) (int, error) { return c.session.Write(p) }
func (c filesChannel) CloseWrite() error           { return c.session.CloseWrite(context.Background()) }
func (c filesChannel) Stdout() io.Reader           { return c.session.Stdout() }
func (c filesChannel) Stderr() io.Reader           { return c.session.Stderr() }
func (c filesChannel) Close() error                { return c.session.Close() }

// Wait implements fsys.Channel.
func (c filesChannel) Wait(ctx context.Context) (status int, err error) {
	exit, err := c.session.Wait(ctx)
	switch {
	case err != nil:
		return -1, err
	case exit.Status != nil:
		return *exit.Status, nil
	default:
		return -1, exit.Err
	}
}
