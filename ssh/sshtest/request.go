package sshtest

import (
	"encoding/binary"
	"slices"

	gossh "golang.org/x/crypto/ssh"
)

// Limits on what one client may make the server remember before its handler starts.
const (
	maxEnviron  = 64
	maxEnvBytes = 32 << 10 // names and values of one session together
	// maxCells bounds a terminal's columns and rows; kernels hold them in 16 bits.
	maxCells = 65535
)

// sessionSetup turns a session channel's requests into its Session. Only the goroutine
// that reads the requests touches it.
type sessionSetup struct {
	session  *Session
	opts     *Options
	started  bool
	envBytes int
}

// request handles one request; start is the handler to run, when this request asked
// for one and may have it.
func (u *sessionSetup) request(r *gossh.Request) (start func(*Session), ok bool) {
	switch r.Type {
	case "pty-req":
		return nil, u.wantPTY(r.Payload)
	case "env":
		return nil, u.wantEnv(r.Payload)
	case "window-change":
		return nil, u.changeWindow(r.Payload)
	case "signal":
		return nil, u.signal(r.Payload)
	case "shell":
		return u.start(u.opts.Shell)
	case "exec":
		var p struct{ Command string }
		if gossh.Unmarshal(r.Payload, &p) != nil || u.started {
			return nil, false
		}
		u.session.command = p.Command
		return u.start(u.opts.Exec)
	case "subsystem":
		var p struct{ Name string }
		if gossh.Unmarshal(r.Payload, &p) != nil || u.started {
			return nil, false
		}
		u.session.subsystem = p.Name
		return u.start(u.opts.Subsystems[p.Name])
	}
	return nil, false
}

// start allows one program per session channel (RFC 4254 §6.5).
func (u *sessionSetup) start(handler func(*Session)) (func(*Session), bool) {
	if handler == nil || u.started {
		return nil, false
	}
	u.started = true
	return handler, true
}

func (u *sessionSetup) wantPTY(payload []byte) bool {
	var p struct {
		Term             string
		Cols, Rows       uint32
		PixelsX, PixelsY uint32
		Modes            string
	}
	if gossh.Unmarshal(payload, &p) != nil || u.started || u.session.pty != nil {
		return false
	}
	u.session.pty = &PTY{Term: p.Term, Size: cells(p.Cols, p.Rows), Modes: parseModes([]byte(p.Modes))}
	return true
}

func (u *sessionSetup) wantEnv(payload []byte) bool {
	var p struct{ Name, Value string }
	if gossh.Unmarshal(payload, &p) != nil || u.started || p.Name == "" {
		return false
	}
	size := len(p.Name) + len(p.Value)
	if len(u.session.environ) >= maxEnviron || u.envBytes+size > maxEnvBytes {
		return false
	}
	// A "=" in the name or a NUL anywhere would smuggle in another variable.
	if slices.Contains([]byte(p.Name), '=') || slices.Contains([]byte(p.Name+p.Value), 0) {
		return false
	}
	if u.opts.AcceptEnv == nil || !u.opts.AcceptEnv(p.Name, p.Value) {
		return false
	}
	u.envBytes += size
	u.session.environ = append(u.session.environ, p.Name+"="+p.Value)
	return true
}

func (u *sessionSetup) changeWindow(payload []byte) bool {
	var p struct{ Cols, Rows, PixelsX, PixelsY uint32 }
	if gossh.Unmarshal(payload, &p) != nil || u.session.pty == nil {
		return false
	}
	if size := cells(p.Cols, p.Rows); u.started {
		u.session.resize(size)
	} else {
		u.session.pty.Size = size
	}
	return true
}

func (u *sessionSetup) signal(payload []byte) bool {
	var p struct{ Name string }
	if gossh.Unmarshal(payload, &p) != nil || !u.started {
		return false
	}
	select {
	case u.session.signals <- gossh.Signal(p.Name):
		return true
	default:
		return false // a program that takes no signals must not hold up the channel
	}
}

func cells(cols, rows uint32) Size {
	return Size{Cols: int(min(cols, maxCells)), Rows: int(min(rows, maxCells))}
}

// parseModes reads encoded terminal modes (RFC 4254 §8): an opcode byte and a uint32
// each, ended by opcode 0; opcodes from 160 on have no agreed argument and end it too.
func parseModes(b []byte) map[uint8]uint32 {
	modes := map[uint8]uint32{}
	for len(b) >= 5 && b[0] > 0 && b[0] < 160 {
		modes[b[0]] = binary.BigEndian.Uint32(b[1:5])
		b = b[5:]
	}
	return modes
}
