package sftpfs

import (
	"context"
	"encoding/binary"
	"io"
	"sync"
	"time"

	"github.com/pkg/sftp"

	"porthole/ssh/files/fsys"
	"porthole/ssh/wire"
)

const (
	// helloWait is how long a server may take for its first packet: what prints text
	// instead, or nothing, is no SFTP server.
	helloWait = 15 * time.Second
	// closeWait is how long Close waits for a server to close its half.
	closeWait = 5 * time.Second
	// plainChunk is what every server takes in one request, in bytes; largeChunk what
	// OpenSSH's takes (256 KiB with 1 KiB left for the header).
	plainChunk, largeChunk = 32 << 10, 255 << 10
)

// link is one channel with an SFTP server at its end.
type link struct {
	tap    *tap
	client *sftp.Client
	chunk  int           // bytes that one request may carry
	ended  chan struct{} // closed when the channel is over
	close  func()
}

// dial opens a channel and greets the server.
func dial(ctx context.Context, peer fsys.Peer) (*link, error) {
	ch, err := peer.Subsystem(ctx, "sftp")
	if err != nil {
		return nil, explained(ctx, err)
	}
	ctx, cancel := context.WithTimeout(ctx, helloWait)
	defer cancel()
	stop := context.AfterFunc(ctx, func() { _ = ch.Close() })
	l := &link{tap: newTap(ch), chunk: plainChunk, ended: make(chan struct{})}
	// A server that logs there would fill the channel's window and then wait for ever.
	go func() { _, _ = io.Copy(io.Discard, ch.Stderr()) }() // ends with the channel
	l.client, err = sftp.NewClientPipe(l.tap, l.tap, sftp.MaxPacketUnchecked(largeChunk))
	if !stop() || err != nil {
		_ = ch.Close() // nothing of use came; pkg/sftp's goroutine ends with it
		return nil, failure(wire.CodeFilesRefused, err, "What the device answered is no SFTP. Text that its shell prints at every start does that.")
	}
	l.close = sync.OnceFunc(func() { _ = l.tap.Close() })
	go func() {
		_ = l.client.Wait() // why it ended shows at each request
		l.tap.cut()
		l.close()
		close(l.ended)
	}()
	l.learnLimits(ctx)
	return l, nil
}

// learnLimits asks how much a request may carry (OpenSSH 8.5 and later; PROTOCOL §4.8).
func (l *link) learnLimits(ctx context.Context) {
	if version, _ := l.client.HasExtension("limits@openssh.com"); version != "1" {
		return
	}
	answer, err := l.tap.send(typeExtended, encoded("limits@openssh.com"))
	if err != nil {
		return
	}
	select {
	case p := <-answer:
		if p.kind == typeExtendedReply && len(p.payload) >= 24 {
			read, write := binary.BigEndian.Uint64(p.payload[8:]), binary.BigEndian.Uint64(p.payload[16:])
			if limit := min(read, write, largeChunk); limit > plainChunk {
				l.chunk = int(limit)
			}
		}
	case <-ctx.Done():
	}
}

// alive says whether the channel still is.
func (l *link) alive() bool {
	select {
	case <-l.ended:
		return false
	default:
		return true
	}
}
