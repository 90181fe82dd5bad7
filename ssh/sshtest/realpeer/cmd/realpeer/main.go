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
	"os/signal"
	"syscall"

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
	// A signal ends it like the end of input, so that its files are removed.
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	err := run(ctx, os.Args[1:], os.Stdin, os.Stdout)
	stop()
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func run(ctx context.Context, args []string, in io.Reader, out io.Writer) (err error) {
	flags := flag.NewFlagSet("realpeer", flag.ContinueOnError)
	server := flags.String("server", "openssh", "which server to start: openssh or dropbear")
	var o realpeer.Options
	flags.BoolVar(&o.OldAlgorithms, "old-algorithms", false, "offer old algorithms only (openssh)")
	flags.BoolVar(&o.NoTTY, "no-tty", false, "refuse terminals (openssh)")
	flags.BoolVar(&o.NoTCPForwarding, "no-tcp-forwarding", false, "refuse port forwards")
	flags.BoolVar(&o.NoSFTP, "no-sftp", false, "have no SFTP subsystem")
	flags.IntVar(&o.MaxAuthTries, "max-auth-tries", 0, "failed attempts that end a connection; 0 is the server's default")
	flags.StringVar(&o.Banner, "banner", "", "text shown before authentication")
	flags.StringVar(&o.ForceCommand, "force-command", "", "command run whatever the client asks for")
	if err := flags.Parse(args); err != nil {
		return fmt.Errorf("read options: %w", err)
	}
	peer, err := realpeer.Start(ctx, realpeer.Kind(*server), o)
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
	ended := make(chan error, 1)
	go func() { // ends with the input, at the latest with the process
		_, err := io.Copy(io.Discard, in)
		ended <- err
	}()
	select {
	case err := <-ended:
		if err != nil {
			return fmt.Errorf("wait for the end of input: %w", err)
		}
	case <-ctx.Done():
	}
	return nil
}
