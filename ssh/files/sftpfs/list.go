package sftpfs

import (
	"context"
	"encoding/binary"
	"io"
	"path"
	"slices"
	"sync"
	"time"

	"porthole/ssh/files/fsys"
	"porthole/ssh/wire"
)

const (
	// farAway is the round trip from which on requests for a directory's entries, and
	// channels for bulk, are several at once.
	farAway = 15 * time.Millisecond
	// nearAhead and farAhead are how many requests for entries are under way: near, so many
	// that neither side waits for the other.
	nearAhead, farAhead = 8, 16
	// maxLinks is how many links of a listing are followed, at followers at a time.
	maxLinks, followers = 2000, 32
	// emptyAnswer is how many entries an answer without any counts for.
	emptyAnswer = 100
)

// List implements fsys.FS. The server gives about a hundred entries an answer, so the
// next ones are asked for before the first came: that is why pkg/sftp's ReadDir, which
// also keeps all of them, is not used.
func (f *files) List(ctx context.Context, dir string, each func([]fsys.Entry) error) error {
	if err := valid(dir); err != nil {
		return err
	}
	l, err := f.link(ctx)
	if err != nil {
		return err
	}
	handle, err := l.openDir(ctx, dir)
	if err != nil {
		return f.explain(ctx, "list", dir, err)
	}
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	ahead := nearAhead
	if f.roundTrip() > farAway {
		ahead = farAhead
	}
	names := &listing{files: f, link: l, dir: dir, handle: handle, each: each, seen: map[string]struct{}{}}
	err = names.readAll(ctx, ahead)
	if _, cerr := l.tap.send(typeClose, encoded(handle)); cerr != nil && err == nil {
		err = cerr // its answer says nothing of use
	}
	if names.stopped != nil {
		return names.stopped
	}
	return f.explain(ctx, "list", dir, err)
}

// listing is one directory being read.
type listing struct {
	files  *files
	link   *link
	dir    string
	handle string
	each   func([]fsys.Entry) error
	count  int // entries, and answers without any
	links  int // links followed

	// seen are the names so far: a directory that changes while it is read may show some
	// of them again, and Linux's ext4 shows all of them again now and then.
	seen    map[string]struct{}
	stopped error // each's
}

func (g *listing) readAll(ctx context.Context, ahead int) error {
	request := encoded(g.handle)
	var asked []<-chan packet
	for {
		for len(asked) < ahead {
			answer, err := g.link.tap.send(typeReadDir, request)
			if err != nil {
				return err
			}
			asked = append(asked, answer)
		}
		p, err := receive(ctx, asked[0])
		if err != nil {
			return err
		}
		asked = asked[1:]
		entries, err := g.take(p)
		if err == io.EOF { //nolint:errorlint // ours, from take
			return nil
		}
		if err != nil {
			return err
		}
		if len(entries) == 0 {
			continue
		}
		if err := g.follow(ctx, entries); err != nil {
			return err
		}
		if err := g.each(entries); err != nil {
			g.stopped = err
			return err
		}
	}
}

// take reads one answer; io.EOF when it says that there are no more.
func (g *listing) take(p packet) ([]fsys.Entry, error) {
	if p.kind == typeStatus {
		if err := statusError(p.payload); err != nil {
			return nil, err
		}
		return nil, errGarbled // "all is well" is no answer
	}
	if p.kind != typeName {
		return nil, errGarbled
	}
	entries, count, err := parseNames(p.payload, &g.files.names)
	if err != nil {
		return nil, err
	}
	if count == 0 {
		count = emptyAnswer
	}
	if g.count += count; g.count > fsys.MaxEntries {
		return nil, failure(wire.CodeTooMany, nil, "%s has more than %d entries; what is beyond is not shown.", quoted(g.dir), fsys.MaxEntries)
	}
	return slices.DeleteFunc(entries, func(e fsys.Entry) bool {
		if _, again := g.seen[e.Name]; again {
			return true
		}
		g.seen[e.Name] = struct{}{}
		return false
	}), nil
}

// follow finds out what links of a batch name, and lead to, several at a time.
func (g *listing) follow(ctx context.Context, entries []fsys.Entry) error {
	var work sync.WaitGroup
	slots := make(chan struct{}, followers)
	for i := range entries {
		e := &entries[i]
		if e.Type != fsys.Link || g.links >= maxLinks {
			continue
		}
		g.links++
		select {
		case slots <- struct{}{}:
		case <-ctx.Done():
			work.Wait()
			return ctx.Err()
		}
		work.Go(func() {
			defer func() { <-slots }()
			g.files.fillLink(ctx, path.Join(g.dir, e.Name), e)
		})
	}
	work.Wait()
	return ctx.Err()
}

// fillLink adds a link's target and type; what cannot be found out stays unknown.
func (f *files) fillLink(ctx context.Context, p string, e *fsys.Entry) {
	if target, err := call(ctx, f, func(l *link) (string, error) { return l.client.ReadLink(p) }); err == nil && len(target) <= pathMax {
		e.Target = target
	}
	if to, err := f.stat(ctx, p, true); err == nil {
		e.TargetType = to.Type
	}
}

// openDir opens a directory for reading.
func (l *link) openDir(ctx context.Context, dir string) (string, error) {
	answer, err := l.tap.send(typeOpenDir, encoded(dir))
	if err != nil {
		return "", err
	}
	return handleOf(receive(ctx, answer))
}

func receive(ctx context.Context, answer <-chan packet) (packet, error) {
	select {
	case p, ok := <-answer:
		if !ok {
			return packet{}, errCut
		}
		return p, nil
	case <-ctx.Done():
		return packet{}, ctx.Err()
	}
}

// statusError makes an error of a STATUS packet.
func statusError(payload []byte) error {
	if len(payload) < 4 {
		return errGarbled
	}
	switch code := binary.BigEndian.Uint32(payload); code {
	case statusOK:
		return nil
	case statusEOF:
		return io.EOF
	default:
		r := reader{b: payload[4:]}
		return &refusal{status: code, text: r.string()}
	}
}

// roundTrip is the best guess there is, 0 at worst.
func (f *files) roundTrip() time.Duration {
	return f.latency.RoundTrip(f.peer.RoundTrip)
}
