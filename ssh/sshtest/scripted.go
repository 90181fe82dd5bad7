package sshtest

import (
	"bufio"
	"fmt"
	"io"
	"strconv"
	"strings"

	gossh "golang.org/x/crypto/ssh"
)

// Prompt of the [Scripted] shell.
const scriptedPrompt = "$ "

// Scripted is a shell without a program behind it, for tests over [Pipe]; it serves
// exec requests as well. With a PTY it echoes what is typed and prompts with "$ ".
// It knows these commands:
//
//	echo TEXT     prints TEXT
//	error TEXT    prints TEXT on standard error
//	env           prints the variables the client set
//	size          prints the terminal's size as COLSxROWS
//	cat           prints input until its end (Ctrl-D with a PTY)
//	bytes N       prints N bytes, the letters a to z and a line feed over and over
//	flood         prints without end, until Ctrl-C, a signal, or the client goes away
//	resized       waits for a change of size and prints it
//	signalled     waits for a signal and prints its name
//	exit N        ends with exit status N
//	kill SIGNAL   ends as by that signal, such as TERM
//
// Anything else prints "NAME: not found" on standard error; as a command it ends with 127.
func Scripted(s *Session) {
	sh := &script{session: s, in: bufio.NewReader(s), out: s}
	if s.pty != nil {
		sh.size = s.pty.Size
		sh.out = crlf{s}
	}
	if s.command != "" {
		status := sh.run(s.command)
		s.Exit(status)
		return
	}
	status := 0
	for !sh.done {
		if s.pty != nil {
			_, _ = io.WriteString(s, scriptedPrompt)
		}
		line, err := sh.readLine()
		if err != nil {
			break
		}
		status = sh.run(line)
	}
	s.Exit(status)
}

// script is the state of one Scripted shell; only its goroutine touches it.
type script struct {
	session *Session
	in      *bufio.Reader
	out     io.Writer
	size    Size
	done    bool
}

// Control characters a terminal sends.
const (
	ctrlC     = 0x03
	ctrlD     = 0x04
	backspace = 0x08
	del       = 0x7f
)

// readLine reads a line, with the editing and echo of a terminal when there is one.
func (sh *script) readLine() (string, error) {
	if sh.session.pty == nil {
		line, err := sh.in.ReadString('\n')
		if err != nil && line == "" {
			return "", fmt.Errorf("read command: %w", err)
		}
		return strings.TrimRight(line, "\r\n"), nil
	}
	var line []byte
	for {
		b, err := sh.in.ReadByte()
		if err != nil {
			return "", fmt.Errorf("read command: %w", err)
		}
		switch {
		case b == '\r' || b == '\n':
			_, _ = io.WriteString(sh.session, "\r\n")
			return string(line), nil
		case b == ctrlC:
			_, _ = io.WriteString(sh.session, "^C\r\n"+scriptedPrompt)
			line = line[:0]
		case b == ctrlD && len(line) == 0:
			return "", io.EOF
		case b == backspace || b == del:
			if len(line) > 0 {
				line = line[:len(line)-1]
				_, _ = io.WriteString(sh.session, "\b \b")
			}
		default:
			line = append(line, b)
			_, _ = sh.session.Write([]byte{b})
		}
	}
}

func (sh *script) run(line string) (status int) {
	name, rest, _ := strings.Cut(strings.TrimSpace(line), " ")
	switch name {
	case "":
	case "echo":
		_, _ = fmt.Fprintln(sh.out, rest)
	case "error":
		_, _ = fmt.Fprintln(sh.session.Stderr(), rest)
	case "env":
		for _, e := range sh.session.environ {
			_, _ = fmt.Fprintln(sh.out, e)
		}
	case "size":
		sh.printSize()
	case "cat":
		sh.cat()
	case "bytes":
		n, _ := strconv.ParseInt(rest, 10, 64)
		_, _ = io.CopyN(sh.session, alphabet(), n)
	case "flood":
		return sh.flood()
	case "resized", "signalled":
		return sh.wait(name)
	case "exit":
		sh.done = true
		status, _ = strconv.Atoi(rest)
	case "kill":
		sh.done = true
		sh.session.ExitSignal(gossh.Signal(rest), false, "")
	default:
		_, _ = fmt.Fprintf(sh.session.Stderr(), "%s: not found\n", name)
		status = 127
	}
	return status
}

func (sh *script) printSize() {
	select {
	case sh.size = <-sh.session.resizes:
	default:
	}
	_, _ = fmt.Fprintf(sh.out, "%dx%d\n", sh.size.Cols, sh.size.Rows)
}

func (sh *script) cat() {
	if sh.session.pty == nil {
		_, _ = io.Copy(sh.out, sh.in)
		return
	}
	for {
		line, err := sh.readLine()
		if err != nil {
			return
		}
		_, _ = fmt.Fprintln(sh.out, line)
	}
}

// wait waits for a resize or a signal.
func (sh *script) wait(what string) int {
	resizes, signals := sh.session.resizes, sh.session.signals
	if what == "resized" {
		signals = nil
	} else {
		resizes = nil
	}
	select {
	case sh.size = <-resizes:
		sh.printSize()
	case sig := <-signals:
		_, _ = fmt.Fprintln(sh.out, sig)
	case <-sh.session.Context().Done():
		return 1
	}
	return 0
}

// flood writes until Ctrl-C, a signal or the end of the session. Only Ctrl-C leaves the
// shell running: after a signal the reader still holds the input.
func (sh *script) flood() int {
	const interrupted = 130 // 128 + SIGINT, as shells report it
	stopped := make(chan struct{})
	sh.session.work.Go(func() {
		for {
			b, err := sh.in.ReadByte()
			if err != nil {
				return // no more input; the output goes on
			}
			if b == ctrlC {
				close(stopped)
				return
			}
		}
	})
	line := []byte(strings.Repeat("y\r\n", 1024))
	for {
		select {
		case <-stopped:
			_, _ = io.WriteString(sh.out, "^C\n")
			return interrupted
		case <-sh.session.signals:
			sh.done = true
			return interrupted
		default:
		}
		if _, err := sh.session.Write(line); err != nil {
			sh.done = true
			return interrupted
		}
	}
}

// alphabet is an endless reader of lines of the letters a to z.
func alphabet() io.Reader { return &cycle{text: "abcdefghijklmnopqrstuvwxyz\n"} }

type cycle struct {
	text string
	at   int
}

func (c *cycle) Read(b []byte) (int, error) {
	for i := range b {
		b[i] = c.text[c.at]
		c.at = (c.at + 1) % len(c.text)
	}
	return len(b), nil
}

// crlf does what a terminal's ONLCR does to output.
type crlf struct{ w io.Writer }

func (c crlf) Write(b []byte) (int, error) {
	if _, err := io.WriteString(c.w, strings.ReplaceAll(string(b), "\n", "\r\n")); err != nil {
		return 0, fmt.Errorf("write: %w", err)
	}
	return len(b), nil
}
