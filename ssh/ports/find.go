package ports

import (
	"context"
	"errors"
	"fmt"
	"time"
)

// Run runs a command on the device, without a terminal, and returns its standard output.
// It need not read more than [MaxOutput]; what it returns next to an error counts too.
type Run func(ctx context.Context, command string) ([]byte, error)

const (
	// MaxOutput is how much of what the device prints is looked at, in bytes.
	MaxOutput = 1 << 20

	findLimit    = 15 * time.Second // netstat of a small device with many processes takes seconds
	maxListening = 1000             // what a person can look through; the lowest ports stay
)

// ErrNoList means that the device ran the command and listed nothing: it has no POSIX
// shell, or neither ss, netstat nor /proc/net/tcp.
var ErrNoList = errors.New("the device does not tell which ports it listens on")

// Sections of the command's output begin with one of these lines, so that what a login
// shell's start-up files print is told apart.
const (
	sectionSS      = "porthole-ports:ss"
	sectionNetstat = "porthole-ports:netstat"
	sectionProc    = "porthole-ports:proc"
)

// command is one line for any login shell: sh runs it, and nothing in it means anything
// to a csh or a fish between single quotes. It is for BusyBox's sh too, and for a PATH
// without the sbin folders, which a command without a login has on many devices.
//
// Old ss have no -H and a netstat may lack -W (wide, or long addresses are cut) or -p: a
// tool counts when it printed a listening port. The kernel's tables have numbers in the
// machine's byte order; the first bytes of a program on it say which that is.
const command = `sh -c '` +
	`PATH=$PATH:/usr/local/sbin:/usr/sbin:/sbin:/usr/bin:/bin; LC_ALL=C; export PATH LC_ALL; ` +
	`for c in "ss -ltnp" "netstat -ltnpW" "netstat -ltnp" "netstat -ltn"; do ` +
	`o=$($c 2>/dev/null); ` +
	`case $o in *LISTEN*) echo "porthole-ports:${c%% *}"; printf "%s\n" "$o"; exit 0;; esac; ` +
	`done; ` +
	`echo ` + sectionProc + `; ` +
	`dd if=/proc/self/exe bs=6 count=1 2>/dev/null; echo; ` +
	`cat /proc/net/tcp /proc/net/tcp6 2>/dev/null; ` +
	`exit 0'`

// Find lists the TCP ports that the device listens on, by port and host, without
// connecting to any. It takes 15 s at most and returns at most 1000 of them. The error is
// what run returned, or [ErrNoList].
func Find(ctx context.Context, run Run) ([]Listening, error) {
	ctx, cancel := context.WithTimeout(ctx, findLimit)
	defer cancel()
	output, err := run(ctx, command)
	list, ok := parse(output)
	switch {
	case ok: // an exit status behind a list does not matter
		return list, nil
	case err != nil:
		return nil, fmt.Errorf("list the device's ports: %w", err)
	default:
		return nil, ErrNoList
	}
}
