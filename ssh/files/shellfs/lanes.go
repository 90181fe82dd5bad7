package shellfs

import (
	"context"
	"io"
	"sync"
	"sync/atomic"
	"time"

	"porthole/ssh/files/pace"
	"porthole/ssh/files/posix"
)

const (
	// moreLanes is over how many channels beside its own a file may go, and manyBytes from
	// which size on: of a server's ten sessions, workers and terminals need some.
	moreLanes, manyBytes = 2, 4 << 20
	// farAway is the round trip from which on one channel's window is little.
	farAway = 15 * time.Millisecond
	// refusedFor is for how long the device is asked for no more sessions than it must be,
	// after it refused one.
	refusedFor = time.Minute
	// drainLimit is how long the device may take to send what was asked for, after nobody
	// wants it. It is waited for: on some, a program that nobody reads from never ends.
	drainLimit = 20 * time.Second
)

// lanes are those of one file that is read or written.
type lanes struct {
	// Static after open.
	f     *files
	op    operation
	way   *direction
	begin int64  // where the file stands when a script begins
	id    string // of the file, "" when the device does not tell
	// more is the script of one more lane of the file with id.
	more func(id string) string
	// send sends a piece, receive takes what the script answers.
	send, receive func(*lane, *piece) error
	// broken decides about a piece without an answer by how the script ended.
	broken func(l *lane, p *piece, status int, stderr string, err error)
	// last ends a script that was told of all its pieces.
	last func(*lane)

	forget func() // after the end of the main lane

	stopped atomic.Bool // nobody wants what is on its way
	spreads bool        // of the dispatcher

	mu     sync.Mutex
	all    []*lane // main first; guarded by mu
	closed bool    // guarded by mu
}

// direction is what all files that are read, or all that are written, share.
type direction struct {
	pace *pace.Pace

	mu    sync.Mutex
	lanes int // guarded by mu
}

func (d *direction) count(more int) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.lanes += more
	d.pace.Channels(d.lanes)
}

// inode sets $1 to what tells a file from another that takes its name; to nothing when
// the device does not tell.
func inode(path string) string {
	return "set -f; set -- $(ls -diL " + posix.Arg(path) + " 2>/dev/null); "
}

// identified runs open, which opens path as 5, and sets $i to the inode of what is open;
// to nothing when that is not sure.
func identified(path, open string) string {
	return inode(path) + "i=$1; " + open + " || exit; " + inode(path) + `[ "$i" = "$1" ] || i=; `
}

// sameAs ends a script that opened another file.
func sameAs(id string) string { return `[ "$i" = ` + posix.Quote(id) + " ] || exit; " }

// open starts the main lane: it returns when the file is open.
func (s *lanes) open(ctx context.Context, script string) error {
	p, err := s.f.startLong(ctx, context.WithoutCancel(ctx), script)
	if err != nil {
		return err
	}
	if s.id, err = readLine1(ctx, p); err != nil {
		return s.op.why(ctx, p)
	}
	ended := context.AfterFunc(s.f.life, s.stop)
	given := context.AfterFunc(ctx, s.stop) // whoever reads or writes may not come back
	s.forget = func() {
		ended()
		given()
	}
	s.add(p, true)
	return nil
}

// why tells how a script ended that should go on.
func (o operation) why(ctx context.Context, p *process) error {
	if ctx.Err() != nil {
		p.abandon()
		return cancelError(ctx)
	}
	status, stderr, err := p.finish()
	if err != nil {
		return err
	}
	return o.failure(status, stderr)
}

// readLine1 reads a short line; what comes behind it stays.
func readLine1(ctx context.Context, p *process) (string, error) {
	stop := context.AfterFunc(ctx, p.abandon)
	defer stop()
	var line []byte
	for b := make([]byte, 1); len(line) < 64; line = append(line, b[0]) {
		if _, err := io.ReadFull(p, b); err != nil {
			return "", err
		}
		if b[0] == '\n' {
			break
		}
	}
	return string(line), ctx.Err()
}

// add makes a lane of a script that waits for pieces.
func (s *lanes) add(p *process, main bool) {
	l := newLane(p, main, s.begin)
	s.way.count(1)
	s.f.work.Go(func() { s.tellAll(l) }) // the process has a turn: there is work already
	s.f.work.Go(func() { s.hearAll(l) })
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		l.close()
		return
	}
	s.all = append(s.all, l)
}

// tellAll tells the script of one piece after the other.
func (s *lanes) tellAll(l *lane) {
	for p := range l.out {
		if !l.ended.Load() && !s.stopped.Load() {
			_ = s.send(l, p) // a failure shows as a missing answer
		}
		if p.sent != nil {
			close(p.sent)
		}
	}
	_ = l.p.ch.CloseWrite() // and so does this one
}

// hearAll takes the answers in the order of the pieces.
func (s *lanes) hearAll(l *lane) {
	defer close(l.over)
	defer s.way.count(-1)
	status, stderr, err := 0, "", error(nil)
	for p := range l.in {
		answered := !l.ended.Load() && s.receive(l, p) == nil
		if !answered {
			if !l.ended.Load() {
				status, stderr, err = l.p.finish()
				l.ended.Store(true)
			}
			s.broken(l, p, status, stderr, err)
		}
		p.ticket.Done(answered)
		l.busy.Add(-int64(len(p.buf)))
		p.over(p)
	}
	if !l.ended.Load() {
		s.last(l)
		l.ended.Store(true)
	}
	if l.main {
		s.forget()
	}
}

// dispatch gives a piece to the lane that has least to do. Where the device refused a
// session, the main lane does all: somebody else needs one.
func (s *lanes) dispatch(p *piece) {
	crowded := s.f.crowded()
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		p.err = closedError()
		p.ticket.Done(false)
		p.over(p)
		return
	}
	kept, best := s.all[:1], s.all[0]
	for _, l := range s.all[1:] {
		if crowded || l.ended.Load() {
			l.close() // what is on its way still comes
			continue
		}
		kept = append(kept, l)
		if l.busy.Load() < best.busy.Load() {
			best = l
		}
	}
	s.all = kept
	best.busy.Add(int64(len(p.buf)))
	best.in <- p // tellAll and hearAll take them, whatever happens
	best.out <- p
}

// spread adds lanes, in the background, when the round trip is long.
func (s *lanes) spread(ctx context.Context) {
	if s.spreads || s.id == "" || s.f.roundTrip() < farAway {
		return
	}
	s.spreads = true
	for range moreLanes {
		s.f.background(func() {
			p := s.f.startExtra(ctx, s.more(s.id))
			if p == nil {
				return // fewer will do
			}
			if _, err := readLine1(ctx, p); err != nil {
				p.abandon() // another file has the name now, perhaps
				return
			}
			s.add(p, false)
		})
	}
}

// end says that there are no more pieces, and gives the lanes, main first.
func (s *lanes) end() []*lane {
	s.mu.Lock()
	defer s.mu.Unlock()
	if !s.closed {
		s.closed = true
		for _, l := range s.all {
			l.close()
		}
	}
	return s.all
}

// stop ends lanes that nobody waits for.
func (s *lanes) stop() {
	s.stopped.Store(true)
	for _, l := range s.end() {
		select {
		case <-l.over:
		default:
			time.AfterFunc(drainLimit, l.p.abandon)
		}
	}
}
