// Command portholed is the gateway: a page with an SSH client, sign-in against a tenant
// of the platform, and a relay that carries ciphertext to its devices.
//
// Built with the tag "demo" it can also run a stand-in platform and a demo device
// (--demo). Without the tag it links no SSH code at all.
package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"os/signal"
	"syscall"

	"porthole/server"
)

// version is set by the linker.
var version = "dev"

// Exit codes.
const (
	exitOK    = 0
	exitError = 1
	exitUsage = 2
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	// A second signal ends the program at once.
	context.AfterFunc(ctx, stop)
	os.Exit(run(ctx, os.Args[1:], os.Environ(), os.Stdin, os.Stdout, os.Stderr))
}

// run is the program without its process: what it reads and writes is handed in.
func run(ctx context.Context, args, environ []string, stdin io.Reader, stdout, stderr io.Writer) int {
	o, err := parse(args, environ)
	switch {
	case errors.Is(err, errHelp):
		_, _ = io.WriteString(stdout, usage()) // whoever asked went away: nothing to do
		return exitOK
	case err != nil:
		say(stderr, "portholed cannot start:\n%s\n\nportholed --help lists every option.\n", indent(err))
		return exitUsage
	case o.showVersion:
		say(stdout, "portholed %s\n", version)
		return exitOK
	}
	if err := serve(ctx, o, stdin, stdout, stderr); err != nil {
		say(stderr, "portholed: %v\n", err)
		return exitError
	}
	return exitOK
}

// serve runs the gateway, and with --demo what stands in for tenant and device.
func serve(ctx context.Context, o *options, stdin io.Reader, stdout, stderr io.Writer) error {
	log := o.logger(stderr)
	config := o.config
	config.Log, config.Version = log, version
	if !o.demo {
		gateway, err := server.New(config)
		if err != nil {
			return err
		}
		say(stdout, "Porthole serves %s\n", gateway.URL())
		return gateway.Serve(ctx)
	}
	demo, err := prepareDemo(ctx, o, log)
	if err != nil {
		return fmt.Errorf("--demo: %w", err)
	}
	defer demo.close()
	config.Tenant, config.Demo = demo.tenant, demo.codes
	gateway, err := server.New(config) // before anything is written: the port may be in use
	if err != nil {
		return err
	}
	defer gateway.Close()
	if err := demo.start(ctx); err != nil {
		return err
	}
	if err := demo.announce(stdout, gateway.URL()); err != nil {
		return err
	}
	go newLinks(demo, stdin, stdout, gateway.URL(), log) // ends with its input or with the process
	return gateway.Serve(ctx)
}

// newLinks prints a new link for each Enter, while there is a terminal to press it in.
func newLinks(demo *demoParts, stdin io.Reader, stdout io.Writer, origin string, log *slog.Logger) {
	lines := bufio.NewScanner(stdin)
	for lines.Scan() {
		if err := demo.link(stdout, origin); err != nil {
			log.Error("no new link", slog.Any("error", err))
			return
		}
	}
}

// say writes to a person. When nobody reads there is nothing to do about it.
func say(w io.Writer, format string, args ...any) {
	_, _ = fmt.Fprintf(w, format, args...)
}
