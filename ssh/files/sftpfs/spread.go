package sftpfs

import (
	"context"
	"os"
	"sync"
	"time"

	"github.com/pkg/sftp"

	"porthole/ssh/files/fsys"
)

const (
	// moreLinks is over how many channels beside the main one bulk may go, and manyBytes
	// from which size on: ten sessions are OpenSSH's default, and terminals need some.
	moreLinks, manyBytes = 4, 4 << 20
	// refusedFor is for how long no more channels are asked for after a server refused one.
	refusedFor = time.Minute
	// keepLinks is how long additional channels stay open for the next transfer.
	keepLinks = 10 * time.Second
)

// links are the channels for bulk beside the main one. A channel's window of 2 MiB is
// what can be on its way: where the round trip is long, that is little.
type links struct {
	mu      sync.Mutex
	all     [moreLinks]*link
	dialing [moreLinks]chan struct{} // closed when the dialling is over
	refused time.Time
	users   int // stripes
	idle    *time.Timer
	closed  bool
}

// extraLink gives one of the additional channels; nil when the server has no more.
func (f *files) extraLink(ctx context.Context, i int) *link {
	m := &f.more
	for {
		m.mu.Lock()
		switch {
		case m.closed || time.Since(m.refused) < refusedFor:
			m.mu.Unlock()
			return nil
		case m.all[i] != nil && m.all[i].alive():
			defer m.mu.Unlock()
			return m.all[i]
		}
		wait := m.dialing[i]
		if wait == nil {
			break // with the lock
		}
		m.mu.Unlock()
		select {
		case <-wait:
		case <-ctx.Done():
			return nil
		}
	}
	done := make(chan struct{})
	m.dialing[i] = done
	m.mu.Unlock()
	l, err := dial(ctx, f.peer)
	m.mu.Lock()
	defer m.mu.Unlock()
	m.dialing[i] = nil
	close(done)
	switch {
	case err != nil && ctx.Err() == nil:
		m.refused = time.Now()
		return nil
	case err != nil:
		return nil
	case m.closed:
		go l.close()
		return nil
	}
	m.all[i] = l
	f.setChannels()
	return l
}

// setChannels tells both directions how many channels there are. With the lock.
func (f *files) setChannels() {
	n := 1
	for _, l := range f.more.all {
		if l != nil {
			n++
		}
	}
	f.down.Channels(n)
	f.up.Channels(n)
}

// useLinks and leaveLinks count who uses them; when nobody does for a while they end.
func (f *files) useLinks() {
	m := &f.more
	m.mu.Lock()
	defer m.mu.Unlock()
	m.users++
	if m.idle != nil {
		m.idle.Stop()
	}
}

func (f *files) leaveLinks() {
	m := &f.more
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.users--; m.users == 0 && !m.closed {
		m.idle = time.AfterFunc(keepLinks, func() { f.endLinks(false) })
	}
}

// endLinks closes them, when they are idle or for good, and gives what was closed.
func (f *files) endLinks(forGood bool) []*link {
	m := &f.more
	m.mu.Lock()
	defer m.mu.Unlock()
	if !forGood && (m.users > 0 || m.closed) {
		return nil
	}
	m.closed = m.closed || forGood
	if m.idle != nil {
		m.idle.Stop()
	}
	var ended []*link
	for i, l := range m.all {
		if l != nil {
			ended = append(ended, l)
			go l.close() // may wait for the server
		}
		m.all[i] = nil
	}
	if !m.closed {
		f.setChannels()
	}
	return ended
}

// spread opens the file on more channels, in the background, when the round trip is long.
func (s *stripe) spread(ctx context.Context, flags int) {
	f := s.files
	if s.spreads || f.roundTrip() < farAway {
		return
	}
	s.spreads = true
	f.useLinks()
	s.pending.Add(1)
	started := f.work(func() {
		defer s.pending.Done()
		var work sync.WaitGroup
		for i := range moreLinks {
			work.Go(func() { s.join(ctx, i, flags) })
		}
		work.Wait()
	})
	if !started {
		s.pending.Done()
	}
}

// join adds the file as it is on one more channel.
func (s *stripe) join(ctx context.Context, i, flags int) {
	l := s.files.extraLink(ctx, i)
	if l == nil || ctx.Err() != nil {
		return
	}
	file, err := l.client.OpenFile(s.path, flags)
	if err != nil {
		return // fewer will do
	}
	if flags == os.O_RDONLY && !sameFile(s.main.file, file) || ctx.Err() != nil {
		_ = file.Close() // another file has the name now
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.handles = append(s.handles, &handle{link: l, file: file})
}

// sameFile compares what SFTP tells of open files.
func sameFile(a, b *sftp.File) bool {
	x, xerr := a.Stat()
	y, yerr := b.Stat()
	return xerr == nil && yerr == nil && x.Size() == y.Size() && x.Mode() == y.Mode() && x.ModTime().Equal(y.ModTime())
}

var _ fsys.FS = (*files)(nil)
