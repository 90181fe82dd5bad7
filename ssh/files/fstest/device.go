//go:build linux

package fstest

import (
	"context"
	"errors"
	"net"
	"strconv"
	"testing"

	gossh "golang.org/x/crypto/ssh"

	"porthole/ssh"
	"porthole/ssh/files/fsys"
	"porthole/ssh/files/overssh"
	"porthole/ssh/sshtest/realpeer"
)

// Device connects to a real SSH server on this machine until the test ends.
func Device(tb testing.TB, kind realpeer.Kind, o realpeer.Options) *ssh.Client {
	tb.Helper()
	peer, err := realpeer.Start(tb.Context(), kind, o)
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() { _ = peer.Close() })
	conn, err := (&net.Dialer{}).DialContext(tb.Context(), "tcp", net.JoinHostPort(peer.Host, strconv.Itoa(peer.Port)))
	if err != nil {
		tb.Fatal(err)
	}
	client, err := ssh.Connect(tb.Context(), conn, ssh.Config{
		User: peer.User, Credential: ssh.CredentialKey, Prompter: key(peer.PrivateKey),
		HostKey: func(context.Context, gossh.PublicKey) error { return nil },
	})
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() { _ = client.Close() })
	return client
}

// PeerOf is a connection as a backend sees it.
func PeerOf(client *ssh.Client) fsys.Peer { return overssh.Peer(client) }

// key answers with a private key alone.
type key []byte

var errOnlyKey = errors.New("only the key is asked for")

func (key) Password(context.Context, ssh.PasswordQuestion) (string, error) { return "", errOnlyKey }
func (key) Questions(context.Context, ssh.Questions) ([]string, error)     { return nil, errOnlyKey }
func (k key) Key(context.Context, ssh.KeyQuestion) ([]byte, error)         { return k, nil }
func (key) Passphrase(context.Context, ssh.PassphraseQuestion) ([]byte, error) {
	return nil, errOnlyKey
}
