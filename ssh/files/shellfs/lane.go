package shellfs

import (
	"fmt"
	"io"
	"strings"
	"sync/atomic"

	"porthole/ssh/files/pace"
)

const (
	// unit is what pieces of a file are a multiple of, maxPiece the largest, maxBlock the
	// largest block of dd, in bytes.
	unit, maxPiece, maxBlock = 16 << 10, 256 << 10, 128 << 10
	// maxPieces bounds those that wait for their turn on one lane.
	maxPieces = 1024
)

// piece is a part of a file on its way.
type piece struct {
	at     int64
	buf    []byte
	n      int // bytes of buf that came
	err    error
	ticket pace.Ticket
	over   func(*piece) // called when n and err are set
	// sent is closed when nobody sends from buf any more; nil where nothing is sent from it.
	sent chan struct{}
}

// lane is a script that moves pieces of an open file, each when it is told to: so no more
// is on its way than a pace allows, which a stream of its own would be. Only whoever
// dispatches puts pieces in.
type lane struct {
	p       *process
	main    bool
	out, in chan *piece  // the same pieces: to be sent, and to be answered
	busy    atomic.Int64 // bytes on their way
	ended   atomic.Bool  // the script is over, or will take no more
	over    chan struct{}

	at int64 // where the script's file stands; of send
}

func newLane(p *process, main bool, at int64) *lane {
	return &lane{
		p: p, main: main, at: at,
		out: make(chan *piece, maxPieces), in: make(chan *piece, maxPieces), over: make(chan struct{}),
	}
}

// close says that there are no more pieces.
func (l *lane) close() {
	close(l.out)
	close(l.in)
}

// tell writes the line of a piece: block size, blocks to skip, blocks. A dd has read it
// when it moves the file that it shares with those after it.
func (l *lane) tell(at, size int64) error {
	skip := at - l.at
	l.at = at + size
	block := int64(maxBlock)
	for block > unit && (skip%block != 0 || size%block != 0) {
		block /= 2
	}
	var b strings.Builder
	if size%block != 0 { // the end of what is written: go there first, it is one block then
		fmt.Fprintf(&b, "%d %d 0\n", unit, skip/unit)
		block, skip = size, 0
	}
	fmt.Fprintf(&b, "%d %d %d\n", block, skip/block, size/block)
	_, err := io.WriteString(l.p.ch, b.String())
	return err
}

// ddLines runs dd for each line that tell writes; dd's options say where it copies. It
// goes on when dd copied all, and then does what comes next.
func ddLines(dd, next string) string {
	return `z=0; while IFS=" " read -r b s c; do e=$( ` + dd + ` ); z=$?; case $z/$e in "0/$c+0 "*) ` + next + `;; *) ` +
		`[ $z = 0 ] || printf "%s\n" "$e" >&2; break;; esac; done; `
}
