package posix

import (
	"bufio"
	"bytes"
	"context"
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"strings"

	"porthole/ssh/files/fsys"
)

// bootstrap is the command of every exec. read takes standard input byte by byte, so what
// follows the script's line is left for the script.
const bootstrap = `exec sh -c 'LC_ALL=C; export LC_ALL; IFS= read -r s; eval "$s"'`

// preamble goes before every script: tools from where they usually are when PATH leads to
// none, times in UTC, names as they are.
const preamble = `command -v cat >/dev/null || PATH=$PATH:/usr/bin:/bin; TZ=UTC0; QUOTING_STYLE=literal; export PATH TZ QUOTING_STYLE; `

const (
	maxNoise = 256 << 10 // what start-up files of a login shell may print, in bytes
	buffer   = 64 << 10  // of standard output, in bytes
)

// ErrNoShell means that the device printed no mark: it runs something else than a shell.
var ErrNoShell = errors.New("the device ran no POSIX shell")

// NewMark makes a word that nothing on the device holds.
func NewMark() (string, error) {
	random := make([]byte, 12)
	if _, err := rand.Read(random); err != nil {
		return "", fmt.Errorf("make a mark: %w", err)
	}
	return "porthole-" + hex.EncodeToString(random), nil
}

// Script is a script that runs: a channel whose standard output begins behind the mark.
type Script struct {
	fsys.Channel
	mark  string
	out   *bufio.Reader
	begun bool // the mark was read
}

// Start runs a script of one line. Standard error begins somewhere before a line with the
// mark: see [AfterMark].
func Start(ctx context.Context, peer fsys.Peer, mark, script string) (*Script, error) {
	ch, err := peer.Exec(ctx, bootstrap)
	if err != nil {
		return nil, err
	}
	line := "echo " + mark + "; echo " + mark + " >&2; " + preamble
	if strings.Contains(script, newline) {
		line += setNewline
	}
	if _, err := ch.Write([]byte(line + script + "\n")); err != nil {
		_ = ch.Close()
		return nil, fmt.Errorf("send script: %w", err)
	}
	return &Script{Channel: ch, mark: mark, out: bufio.NewReaderSize(ch.Stdout(), buffer)}, nil
}

// Stdout gives the script's output.
func (s *Script) Stdout() io.Reader { return s }

// Read is Stdout's.
func (s *Script) Read(b []byte) (int, error) {
	if err := s.skipNoise(); err != nil {
		return 0, err
	}
	return s.out.Read(b)
}

func (s *Script) skipNoise() error {
	end := []byte(s.mark + "\n")
	for seen := 0; !s.begun; {
		line, err := s.out.ReadSlice('\n')
		if bytes.HasSuffix(line, end) { // what was printed last may be no whole line
			s.begun = true
			return nil
		}
		seen += len(line)
		if err != nil && !errors.Is(err, bufio.ErrBufferFull) {
			if errors.Is(err, io.EOF) {
				return ErrNoShell
			}
			return err
		}
		if seen > maxNoise {
			return ErrNoShell
		}
	}
	return nil
}

// AfterMark cuts what start-up files printed from a standard error.
func (s *Script) AfterMark(stderr []byte) string {
	if _, after, found := bytes.Cut(stderr, []byte(s.mark+"\n")); found {
		return string(after)
	}
	return string(stderr)
}
