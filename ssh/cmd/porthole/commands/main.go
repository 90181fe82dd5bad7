// Package commands is the command line: one file per command, each a few lines over the
// packages beside this one.
//
// What goes where: results to standard output, everything else to standard error. An
// error is one sentence after "porthole: "; --verbose adds its causes. Secrets are
// neither flags nor arguments, because every user of a machine can read those.
package commands

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"strings"
	"syscall"
	"unicode"

	"github.com/spf13/cobra"

	"porthole/ssh/cmd/porthole/fault"
)

// Main runs the command line and returns the exit code.
func Main(version string, args []string) int {
	ctx, stop := withSignals(context.Background())
	defer stop()
	app := &app{
		version: version, in: os.Stdin, out: os.Stdout, err: os.Stderr,
		getenv: os.Getenv, environ: os.Environ,
	}
	return app.run(ctx, args)
}

// app is one run of the program.
type app struct {
	version  string
	in       io.Reader
	out, err io.Writer
	getenv   func(string) string
	environ  func() []string
	global   globals

	interrupted <-chan struct{} // closed by the first signal
	terminal    *os.File        // to ask at; nil: standard input
}

func (a *app) run(ctx context.Context, args []string) int {
	a.interrupted = ctx.Done()
	root := a.root()
	root.SetArgs(asC8Y(args))
	root.SetIn(a.in)
	root.SetOut(a.out)
	root.SetErr(a.err)
	err := root.ExecuteContext(ctx)
	if err == nil {
		return int(fault.OK)
	}
	return int(a.explain(err))
}

// explain writes the sentence of an error and gives its exit code.
func (a *app) explain(err error) fault.Exit {
	if signal, ok := errors.AsType[*signalError](err); ok {
		return fault.Exit(128 + int(signal.number))
	}
	failure, ok := errors.AsType[*fault.Error](err)
	if ok && failure.Silent {
		return failure.Exit
	}
	exit := fault.Of(err)
	a.say("%s", fault.Text(err))
	if a.global.verbose {
		for cause := errors.Unwrap(err); cause != nil; cause = errors.Unwrap(cause) {
			a.say("  because: %s", cause)
		}
	}
	return exit
}

// say writes a line for the person. Much of it is told by tenants and devices.
func (a *app) say(format string, args ...any) {
	_, _ = fmt.Fprintln(a.err, "porthole: "+harmless(fmt.Sprintf(format, args...))) // nobody is left to tell
}

// harmless takes out what moves the cursor or turns the direction of writing.
func harmless(text string) string {
	return strings.Map(func(r rune) rune {
		if r == '\n' || r == '\t' || unicode.IsPrint(r) {
			return r
		}
		return ' '
	}, text)
}

// usage marks what cobra complains about.
func usage(_ *cobra.Command, err error) error {
	return fault.Wrap(err, fault.Usage, "%s. Run it with --help to see how.", sentence(err.Error()))
}

// signalError is the cause of a context that a signal ended.
type signalError struct{ number syscall.Signal }

func (e *signalError) Error() string { return "interrupted: " + e.number.String() }

// withSignals ends the context with the first signal; the second one ends the program.
func withSignals(parent context.Context) (context.Context, func()) {
	ctx, cancel := context.WithCancelCause(parent)
	signals := make(chan os.Signal, 1)
	signal.Notify(signals, os.Interrupt, syscall.SIGTERM, syscall.SIGHUP)
	done := make(chan struct{})
	go func() {
		select {
		case received := <-signals:
			signal.Stop(signals)
			number, _ := received.(syscall.Signal) // all three are
			cancel(&signalError{number})
		case <-done:
		}
	}()
	return ctx, func() {
		close(done)
		signal.Stop(signals)
		cancel(nil)
	}
}
