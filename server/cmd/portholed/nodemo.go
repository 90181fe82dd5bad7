//go:build !demo

package main

import (
	"context"
	"errors"
	"log/slog"
)

// errDemo is reported for --demo.
var errDemo = errors.New("this program was built without the demo; build it with -tags demo, or run make run")

func prepareDemo(context.Context, *options, *slog.Logger) (*demoParts, error) {
	return nil, errDemo
}
