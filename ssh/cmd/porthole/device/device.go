// Package device opens our own SSH connection to a device and reaches its files, for the
// commands that need no OpenSSH: devices without SFTP work too.
//
// A login is proved as OpenSSH does it: keys that were named, keys of the agent, the
// usual key files, a password. The host key is checked under the device's own name.
package device

import (
	"context"
	"fmt"
	"net"
	"time"

	"porthole/ssh"
	"porthole/ssh/files"
	"porthole/ssh/files/fsys"
	"porthole/ssh/files/overssh"
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
	return files.Open(ctx, overssh.Peer(client))
}
