//go:build !js

// Command tunneltest serves package tunneltest on a free port of loopback, prints
// its ws:// address, and ends when its standard input does. Tests under Node start
// it, because a Go program under js cannot listen.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"time"

	"porthole/ssh/tunnel/tunneltest"
)

func main() {
	if err := run(); err != nil {
		fmt.Fprintln(os.Stderr, "tunneltest:", err)
		os.Exit(1)
	}
}

func run() error {
	listener, err := (&net.ListenConfig{}).Listen(context.Background(), "tcp", "127.0.0.1:0")
	if err != nil {
		return fmt.Errorf("listen: %w", err)
	}
	fmt.Printf("ws://%s\n", listener.Addr())
	server := &http.Server{Handler: tunneltest.Handler(context.Background()), ReadHeaderTimeout: 10 * time.Second}
	go func() {
		_, _ = io.Copy(io.Discard, os.Stdin)
		_ = server.Close()
	}()
	if err := server.Serve(listener); !errors.Is(err, http.ErrServerClosed) {
		return fmt.Errorf("serve: %w", err)
	}
	return nil
}
