package standin

import (
	"context"
	"errors"
	"io"
	"sync"
	"time"

	"github.com/coder/websocket"
)

// sink takes bytes and gives the chunk to go on with, and false when it wants no more.
type sink func(*chunk) (*chunk, bool)

// nobody is a sink for what is of no use any more.
func nobody(c *chunk) (*chunk, bool) { return c, false }

// to sends a chunk as one message.
func to(conn *socket) sink {
	return func(c *chunk) (*chunk, bool) { return c, conn.out.Send(c.room()) == nil }
}

// receive reads messages of any type and size and hands their bytes on as they come,
// until the websocket ends. When sink wants no more it reads on and drops, so that the
// closing handshake is answered. While it waits for a message it holds no buffer.
func receive(ctx context.Context, conn *socket, sink sink) {
	for wanted := true; ; {
		_, r, err := conn.Reader(ctx)
		if err != nil {
			return
		}
		if wanted, err = copyMessage(r, sink, wanted); err != nil {
			return
		}
	}
}

// copyMessage hands on the bytes of one message; an empty one hands on nothing.
func copyMessage(r io.Reader, sink sink, wanted bool) (bool, error) {
	c := newChunk()
	defer func() { chunks.Put(c) }()
	for {
		c.n = 0
		n, err := r.Read(c.free())
		if c.n = n; n > 0 && wanted {
			c, wanted = sink(c)
		}
		if errors.Is(err, io.EOF) {
			return wanted, nil
		}
		if err != nil {
			return wanted, err
		}
	}
}

// receiveDevice is receive for the device, whose first message may say that there is
// nothing to come.
func receiveDevice(ctx context.Context, conn *socket, sink sink) {
	kind, r, err := conn.Reader(ctx)
	if err != nil {
		return
	}
	if kind == websocket.MessageText {
		head := newChunk()
		defer func() { chunks.Put(head) }()
		head.n, err = io.ReadFull(r, head.free()[:len(shutdownText)+1])
		if string(head.payload()) == shutdownText {
			return
		}
		wanted := true
		if head.n > 0 {
			head, wanted = sink(head)
		}
		if err == nil {
			_, err = copyMessage(r, sink, wanted)
		}
		if err != nil && !errors.Is(err, io.EOF) && !errors.Is(err, io.ErrUnexpectedEOF) {
			return
		}
	} else if _, err := copyMessage(r, sink, true); err != nil {
		return
	}
	receive(ctx, conn, sink)
}

// send writes the backlog to the device, as binary messages.
func send(dev *socket, up *backlog) {
	for {
		c, ok := up.next()
		if !ok {
			return
		}
		err := dev.out.Send(c.room())
		chunks.Put(c)
		if err != nil {
			return
		}
	}
}

// closeAll closes the websockets side by side and cuts what hangs.
func closeAll(conns []*socket, code websocket.StatusCode, reason string) {
	var wg sync.WaitGroup
	for _, c := range conns {
		wg.Go(func() { c.close(code, reason) })
	}
	all := make(chan struct{})
	go func() { wg.Wait(); close(all) }()
	t := time.NewTimer(closeTime)
	defer t.Stop()
	select {
	case <-all:
	case <-t.C:
	}
	for _, c := range conns {
		c.cut()
	}
	<-all
}
