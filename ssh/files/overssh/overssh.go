// Package overssh reaches the files of a device over an SSH connection.
package overssh

import (
	"context"
	"io"

	"porthole/ssh"
	"porthole/ssh/files/fsys"
)

// Peer is a connection as a backend of files sees it.
func Peer(client *ssh.Client) fsys.Peer {
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

// channel is a session as a backend of files sees it.
type channel struct{ session *ssh.Session }

var _ fsys.Channel = channel{}

func channelOf(s *ssh.Session, err error) (fsys.Channel, error) {
	if err != nil {
		return nil, err // no typed nil in the interface
	}
	return channel{s}, nil
}

func (c channel) Write(p []byte) (int, error) { return c.session.Write(p) }
func (c channel) CloseWrite() error           { return c.session.CloseWrite(context.Background()) }
func (c channel) Stdout() io.Reader           { return c.session.Stdout() }
func (c channel) Stderr() io.Reader           { return c.session.Stderr() }
func (c channel) Close() error                { return c.session.Close() }

// Wait implements fsys.Channel.
func (c channel) Wait(ctx context.Context) (status int, err error) {
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
