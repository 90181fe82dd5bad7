// Package device opens our own SSH connection to a device and reaches its files, for the
// commands that need no OpenSSH: devices without SFTP work too.
//
// A login is proved as OpenSSH does it: keys that were named, keys of the agent, the
// usual key files, a password. The host key is checked under the device's own name.
package device

import (
	"context"
	"fmt"
	"io"
	"net"
	"time"

	"porthole/ssh"
	"porthole/ssh/files"
	"porthole/ssh/files/fsys"
	"porthole/ssh/hostkey"
)

// Options say where to and as whom.
type Options struct {
	// Dial opens the tunnel.
	Dial func(context.Context) (net.Conn, error)
	User string
	// Login proves the user.
	Login *Login
	// HostKey decides about the device's key.
	HostKey *hostkey.Verifier
	// AllowOld takes algorithms of ten years ago too.
	AllowOld bool
	// Banner takes what the device says before the sign-in; nil drops it.
	Banner func(text string)
}

// thinkingTime is how long the device may be silent, and so how long a person may think
// about a passphrase.
const thinkingTime = 3 * time.Minute

// Connect makes the SSH connection.
func Connect(ctx context.Context, o Options) (*ssh.Client, error) {
	conn, err := o.Dial(ctx)
	if err != nil {
		return nil, err
	}
	known, err := o.HostKey.KnownAlgorithms(ctx)
	if err != nil {
		_ = conn.Close() // nothing was sent
		return nil, fmt.Errorf("read host keys: %w", err)
	}
	return ssh.Connect(ctx, conn, ssh.Config{
		User: o.User, Prompter: o.Login, Signers: o.Login.signers, SilenceTimeout: thinkingTime,
		HostKey: o.HostKey.Verify, KnownAlgorithms: known, AllowOld: o.AllowOld, Banner: o.Banner,
	})
}

// OpenFiles reaches the files of a connection.
func OpenFiles(ctx context.Context, client *ssh.Client) (fsys.FS, error) {
	return files.Open(ctx, fsys.Peer{
		Server: client.Info().ServerVersion,
		Exec: func(ctx context.Context, command string) (fsys.Channel, error) {
			return channelOf(client.Exec(ctx, command))
		},
		Subsystem: func(ctx context.Context, name string) (fsys.Channel, error) {
			return channelOf(client.Subsystem(ctx, name))
		},
		RoundTrip: client.RoundTrip,
		Typed:     client.Typed,
	})
}

// channel is a session as a backend of files sees it.
type channel struct{ session *ssh.Session }

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
