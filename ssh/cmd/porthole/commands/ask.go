package commands

import (
	"bufio"
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
	return isTerminal(a.in) && isTerminal(a.err)
}

func isTerminal(stream any) bool {
	file, ok := stream.(*os.File)
	return ok && term.IsTerminal(int(file.Fd()))
}

// ask asks the person; without echo for secrets.
func (a *app) ask(question string, echo bool) (string, error) {
	_, _ = fmt.Fprint(a.err, question) // the answer tells
	if echo {
		return a.firstLine()
	}
	file, ok := a.in.(*os.File)
	if !ok {
		return "", fault.New(fault.Usage, "Standard input is no terminal to ask at.")
	}
	text, err := term.ReadPassword(int(file.Fd()))
	_, _ = fmt.Fprintln(a.err)
	if err != nil {
		return "", fault.Wrap(err, fault.Local, "The answer cannot be read: %v.", err)
	}
	return string(text), nil
}

// maxLine bounds an answer, in bytes.
const maxLine = 4 << 10

// firstLine reads the first line of standard input.
func (a *app) firstLine() (string, error) {
	line, err := bufio.NewReader(io.LimitReader(a.in, maxLine)).ReadString('\n')
	if err != nil && !errors.Is(err, io.EOF) {
		return "", fault.Wrap(err, fault.Local, "Standard input cannot be read: %v.", err)
	}
	return strings.TrimRight(line, "\r\n"), nil
}
