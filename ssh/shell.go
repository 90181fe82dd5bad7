package ssh

import (
	"context"
	"fmt"
	"slices"
	"strings"

	gossh "golang.org/x/crypto/ssh"

	"porthole/ssh/wire"
)

// DefaultTerm is the terminal type when none is given: what xterm.js is.
const DefaultTerm = "xterm-256color"

// ShellOptions describe the terminal of a shell.
type ShellOptions struct {
	Term string            // terminal type; empty means DefaultTerm
	Cols int               // width in characters, at least 1
	Rows int               // height in characters, at least 1
	Env  map[string]string // most servers take LANG and LC_* only
}

// maxSize is the largest terminal a PTY can have in either direction: the kernel's
// winsize holds 16 bits.
const maxSize = 65535

// size is the common part of pty-req and window-change (RFC 4254 §6.2, §6.7); sizes in
// pixels are 0, which means "ignore". The library marshals no struct within a struct.
type size struct {
	Cols, Rows, Width, Height uint32
}

func sizeOf(cols, rows int) size {
	return size{Cols: clampSize(cols), Rows: clampSize(rows)}
}

func clampSize(n int) uint32 {
	return uint32(min(max(n, 1), maxSize))
}

// terminalModes are those of RFC 4254 §8 that matter: the server's defaults are sane
// for the rest. 42 is IUTF8 (RFC 8160): erasing takes away a character, not a byte.
func terminalModes() []byte {
	const iutf8 = 42
	var modes []byte
	for _, m := range []struct {
		Code  byte
		Value uint32
	}{
		{gossh.ECHO, 1},
		{iutf8, 1},
		{gossh.TTY_OP_ISPEED, 38400},
		{gossh.TTY_OP_OSPEED, 38400},
	} {
		modes = append(modes, gossh.Marshal(m)...)
	}
	return append(modes, 0) // TTY_OP_END
}

// Shell opens the login shell with a PTY. The terminal, the environment and the shell
// are asked for in one flight, with an answer wanted only for the shell: two round
// trips less. A server that refuses the PTY gives a shell without one.
func (c *Client) Shell(ctx context.Context, options ShellOptions) (*Session, error) {
	s, err := c.session(ctx, func(ch gossh.Channel) error {
		term := options.Term
		if term == "" {
			term = DefaultTerm
		}
		pty := gossh.Marshal(struct {
			Term                      string
			Cols, Rows, Width, Height uint32 // as in size
			Modes                     string
		}{term, clampSize(options.Cols), clampSize(options.Rows), 0, 0, string(terminalModes())})
		if _, err := ch.SendRequest("pty-req", false, pty); err != nil {
			return fmt.Errorf("send pty-req: %w", err)
		}
		if err := sendEnvironment(ch, options.Env); err != nil {
			return err
		}
		return requestOrRefuse(ch, "shell", nil, "The device refused to start a shell for this SSH user.")
	})
	if err == nil {
		s.terminal = true
	}
	return s, err
}

// Exec runs one command without a PTY.
func (c *Client) Exec(ctx context.Context, command string) (*Session, error) {
	return c.session(ctx, func(ch gossh.Channel) error {
		return requestOrRefuse(ch, "exec", gossh.Marshal(struct{ Command string }{command}),
			"The device refused to run the command.")
	})
}

// Subsystem starts a subsystem such as "sftp" (RFC 4254 §6.5). Code "shell_refused" when
// the server has none of that name.
func (c *Client) Subsystem(ctx context.Context, name string) (*Session, error) {
	return c.session(ctx, func(ch gossh.Channel) error {
		return requestOrRefuse(ch, "subsystem", gossh.Marshal(struct{ Name string }{name}),
			fmt.Sprintf("The device has no %q subsystem.", name))
	})
}

func (c *Client) session(ctx context.Context, setup func(gossh.Channel) error) (*Session, error) {
	o, err := c.open(ctx, "session", nil, setup)
	if err != nil {
		return nil, err
	}
	return newSession(c, o)
}

// sendEnvironment sends variables in the order of their names.
func sendEnvironment(ch gossh.Channel, env map[string]string) error {
	names := make([]string, 0, len(env))
	for name, value := range env {
		if name == "" || strings.ContainsAny(name, "=\x00") || strings.Contains(value, "\x00") {
			return &Error{Code: wire.CodeInvalid, Message: fmt.Sprintf("%q cannot be an environment variable.", name)}
		}
		names = append(names, name)
	}
	slices.Sort(names)
	for _, name := range names {
		payload := gossh.Marshal(struct{ Name, Value string }{name, env[name]})
		if _, err := ch.SendRequest("env", false, payload); err != nil {
			return fmt.Errorf("send env: %w", err)
		}
	}
	return nil
}
