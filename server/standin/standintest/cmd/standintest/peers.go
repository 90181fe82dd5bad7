//go:build unix

package main

import (
	"context"
	"crypto/ed25519"
	"crypto/rand"
	"crypto/rsa"
	"encoding/json"
	"encoding/pem"
	"errors"
	"fmt"
	"io"
	"net"

	gossh "golang.org/x/crypto/ssh"

	"porthole/ssh/sshtest"
	"porthole/ssh/sshtest/realpeer"
)

// operator is the account of every SSH server here.
const operator = "operator"

// reachPeers is the JSON line of the SSH servers. Ports lead to 127.0.0.1.
type reachPeers struct {
	User     string         `json:"user"`
	Password string         `json:"password"`
	Ports    map[string]int `json:"ports"`
	// Of the server "keyboard", an OpenSSH server that knows no other method.
	KeyboardUser     string `json:"keyboardUser"`
	KeyboardPassword string `json:"keyboardPassword"`
	// Of the server "key".
	EncryptedKey string `json:"encryptedKey"`
	Passphrase   string `json:"passphrase"`
	PublicKey    string `json:"publicKey"`
}

// peers serves the SSH servers: old, ancient, expired, questions, key, keyboard.
func peers(ctx context.Context, in io.Reader, out io.Writer) (err error) {
	reach := reachPeers{User: operator, Password: rand.Text(), Passphrase: rand.Text(), Ports: map[string]int{}}
	public, err := reach.makeKey()
	if err != nil {
		return err
	}
	hostKey, err := rsaKey()
	if err != nil {
		return err
	}
	password := map[string]string{operator: reach.Password}
	for name, options := range map[string]sshtest.Options{
		"old":     {Algorithms: sshtest.OldDevice(), HostKeys: []gossh.Signer{hostKey}, Passwords: password},
		"ancient": {Algorithms: sshtest.Ancient(), HostKeys: []gossh.Signer{hostKey}, Passwords: password},
		"expired": {Questions: map[string][]sshtest.Round{operator: sshtest.ExpiredPassword(reach.Password, nil)}},
		"questions": {Questions: map[string][]sshtest.Round{operator: {{
			Name: "Two questions", Instruction: "Both are needed.",
			Prompts: []sshtest.Prompt{
				{Text: "Ticket number: ", Echo: true, Answer: "4711"},
				{Text: "Code: ", Answer: reach.Password},
			},
		}}}},
		"key": {Keys: map[string][]gossh.PublicKey{operator: {public}}},
	} {
		server, addr, err := serve(options)
		if err != nil {
			return fmt.Errorf("%s: %w", name, err)
		}
		defer func() { _ = server.Close() }() // never fails
		reach.Ports[name] = addr.Port
	}
	openssh, err := realpeer.Start(ctx, realpeer.OpenSSH, realpeer.Options{Methods: []string{"keyboard-interactive"}})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, openssh.Close()) }()
	reach.Ports["keyboard"], reach.KeyboardUser, reach.KeyboardPassword = openssh.Port, openssh.User, openssh.Password
	if err := json.NewEncoder(out).Encode(reach); err != nil {
		return fmt.Errorf("print: %w", err)
	}
	untilEnd(ctx, in, func(string) {})
	return nil
}

// serve starts an SSH server on a free port of loopback.
func serve(o sshtest.Options) (*sshtest.Server, *net.TCPAddr, error) {
	server, err := sshtest.New(o)
	if err != nil {
		return nil, nil, err
	}
	addr, err := server.Listen("127.0.0.1:0")
	if err != nil {
		return nil, nil, errors.Join(err, server.Close())
	}
	tcp, ok := addr.(*net.TCPAddr)
	if !ok {
		return nil, nil, errors.Join(fmt.Errorf("listens on %s, want TCP", addr), server.Close())
	}
	return server, tcp, nil
}

// makeKey makes the encrypted key and both its halves' text.
func (r *reachPeers) makeKey() (gossh.PublicKey, error) {
	_, private, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		return nil, fmt.Errorf("make user key: %w", err)
	}
	block, err := gossh.MarshalPrivateKeyWithPassphrase(private, "spare key", []byte(r.Passphrase))
	if err != nil {
		return nil, fmt.Errorf("encrypt user key: %w", err)
	}
	signer, err := gossh.NewSignerFromKey(private)
	if err != nil {
		return nil, fmt.Errorf("read user key: %w", err)
	}
	r.EncryptedKey = string(pem.EncodeToMemory(block))
	r.PublicKey = string(gossh.MarshalAuthorizedKey(signer.PublicKey()))
	return signer.PublicKey(), nil
}

// rsaKey is the host key that old algorithms need.
func rsaKey() (gossh.Signer, error) {
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		return nil, fmt.Errorf("make host key: %w", err)
	}
	return gossh.NewSignerFromKey(key)
}
