//go:build unix

// Command standintest serves what tests in a browser need beside the demo: a tenant
// with people and devices of every difficult kind, a device agent in a process of its
// own that can be killed, and SSH servers that a person seldom meets.
//
//	standintest tenant [--not-subscribed] [--ssh-through PORT]   a stand-in platform
//	standintest agent URL    the agent of its device, password in AGENT_PASSWORD
//	standintest peers        SSH servers
//
// Each prints one JSON line that says how to reach it, listens on loopback only, and
// runs until its standard input closes or a signal comes.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"syscall"
)

// errUsage is the answer to arguments that are none of the above.
var errUsage = errors.New("usage: standintest tenant [--not-subscribed] [--ssh-through PORT] | agent URL | peers")

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	err := run(ctx, os.Args[1:], os.Stdin, os.Stdout)
	stop()
	if err != nil {
		fmt.Fprintln(os.Stderr, "standintest:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, args []string, in io.Reader, out io.Writer) error {
	switch {
	case len(args) >= 1 && args[0] == "tenant":
		return tenant(ctx, args[1:], in, out)
	case len(args) == 2 && args[0] == "agent":
		return agent(ctx, args[1], in, out)
	case len(args) == 1 && args[0] == "peers":
		return peers(ctx, in, out)
	default:
		return errUsage
	}
}

// untilEnd waits for the end of ctx or of the input, and hands each line to take.
func untilEnd(ctx context.Context, in io.Reader, take func(line string)) {
	ended := make(chan struct{})
	go func() { // ends with the input, at the latest with the process
		defer close(ended)
		eachLine(in, take)
	}()
	select {
	case <-ended:
	case <-ctx.Done():
	}
}
