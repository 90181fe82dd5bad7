package commands

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	"golang.org/x/term"

	"porthole/ssh/cmd/porthole/fault"
)

// canAsk tells whether a person sits at a terminal.
func (a *app) canAsk() bool {
	return (a.terminal != nil || isTerminal(a.in)) && isTerminal(a.err)
}

// askBeside lets questions be asked where standard input is a file that is copied: at the
// terminal that the command was typed at, as OpenSSH does. Without one nobody is asked.
func (a *app) askBeside() (end func()) {
	if isTerminal(a.in) || !isTerminal(a.err) {
		return func() {}
	}
	terminal, err := os.OpenFile("/dev/tty", os.O_RDWR, 0)
	if err != nil {
		return func() {}
	}
	a.terminal = terminal
	return func() {
		a.terminal = nil
		_ = terminal.Close() // only asked at
	}
}

func isTerminal(stream any) bool {
	file, ok := stream.(*os.File)
	return ok && term.IsTerminal(int(file.Fd()))
}

// ask asks the person; without echo for secrets. A signal ends it, and leaves the
// terminal as it was.
func (a *app) ask(question string, echo bool) (string, error) {
	file := a.terminal
	if file == nil {
		var ok bool
		if file, ok = a.in.(*os.File); !ok {
			return "", fault.New(fault.Usage, "Standard input is no terminal to ask at.")
		}
	}
	state, err := term.GetState(int(file.Fd()))
	if err != nil {
		return "", fault.Wrap(err, fault.Local, "The terminal cannot be used: %v.", err)
	}
	_, _ = fmt.Fprint(a.err, question) // the answer tells
	type answer struct {
		text string
		err  error
	}
	answered := make(chan answer, 1)
	go func() { // ends with the answer, or with the program
		var got answer
		if echo {
			got.text, got.err = firstLine(file)
		} else {
			var text []byte
			text, got.err = term.ReadPassword(int(file.Fd()))
			got.text = string(text)
		}
		answered <- got
	}()
	select {
	case got := <-answered:
		if !echo {
			_, _ = fmt.Fprintln(a.err)
		}
		if got.err != nil && fault.Of(got.err) != fault.Local {
			got.err = fault.Wrap(got.err, fault.Local, "The answer cannot be read: %v.", got.err)
		}
		return got.text, got.err
	case <-a.interrupted:
		_, _ = fmt.Fprintln(a.err)
		_ = term.Restore(int(file.Fd()), state) // the person's shell mends the rest
		return "", context.Canceled
	}
}

// maxLine bounds an answer, in bytes.
const maxLine = 4 << 10

// firstLine reads the first line of a stream.
func firstLine(in io.Reader) (string, error) {
	line, err := bufio.NewReader(io.LimitReader(in, maxLine)).ReadString('\n')
	if err != nil && !errors.Is(err, io.EOF) {
		return "", fault.Wrap(err, fault.Local, "Standard input cannot be read: %v.", err)
	}
	return strings.TrimRight(line, "\r\n"), nil
}
