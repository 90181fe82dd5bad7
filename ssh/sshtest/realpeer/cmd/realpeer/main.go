// Command realpeer starts a real SSH server for tests that are not written in Go, prints
// one JSON line that says how to reach it, and runs until its standard input closes.
package main

import (
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"io"
	"os"

	gossh "golang.org/x/crypto/ssh"

	"porthole/ssh/sshtest/realpeer"
)

// reach is the JSON line.
type reach struct {
	Host               string `json:"host"`
	Port               int    `json:"port"`
	User               string `json:"user"`
	Password           string `json:"password"`
	PrivateKey         string `json:"privateKey"`
	HostKeyFingerprint string `json:"hostKeyFingerprint"`
}

func main() {
	if err := run(os.Args[1:], os.Stdin, os.Stdout); err != nil {
		fmt.Fprintln(os.Stderr, "realpeer:", err)
		os.Exit(1)
	}
}

func run(args []string, in io.Reader, out io.Writer) (err error) {
	flags := flag.NewFlagSet("realpeer", flag.ContinueOnError)
	server := flags.String("server", "openssh", "which server to start: openssh or dropbear")
	var o realpeer.Options
	flags.BoolVar(&o.OldAlgorithms, "old-algorithms", false, "offer old algorithms only (openssh)")
	flags.BoolVar(&o.NoTTY, "no-tty", false, "refuse terminals (openssh)")
	flags.BoolVar(&o.NoTCPForwarding, "no-tcp-forwarding", false, "refuse port forwards")
	flags.IntVar(&o.MaxAuthTries, "max-auth-tries", 0, "failed attempts that end a connection; 0 is the server's default")
	flags.StringVar(&o.Banner, "banner", "", "text shown before authentication")
	flags.StringVar(&o.ForceCommand, "force-command", "", "command run whatever the client asks for")
	if err := flags.Parse(args); err != nil {
		return fmt.Errorf("read options: %w", err)
	}
	peer, err := realpeer.Start(context.Background(), realpeer.Kind(*server), o)
	if err != nil {
		return err
	}
	defer func() {
		if e := peer.Close(); err == nil {
			err = e
		}
	}()
	if err := json.NewEncoder(out).Encode(reach{
		Host: peer.Host, Port: peer.Port, User: peer.User, Password: peer.Password,
		PrivateKey: string(peer.PrivateKey), HostKeyFingerprint: gossh.FingerprintSHA256(peer.HostKey),
	}); err != nil {
		return fmt.Errorf("print: %w", err)
	}
	if _, err := io.Copy(io.Discard, in); err != nil {
		return fmt.Errorf("wait for the end of input: %w", err)
	}
	return nil
}
