package standin

import (
	"context"
	"errors"
	"io"
	"sync"
	"time"

	"github.com/coder/websocket"
)

// receive reads messages of any type and size and hands their bytes on as they come,
// until the websocket ends. When sink wants no more it reads on and drops, so that the
// closing handshake is answered. While it waits for a message it holds no buffer.
func receive(ctx context.Context, conn *socket, sink func([]byte) bool) {
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
func copyMessage(r io.Reader, sink func([]byte) bool, wanted bool) (bool, error) {
	c := newChunk()
	defer chunks.Put(c)
	for {
		n, err := r.Read(c.buf[:])
		if n > 0 && wanted {
			wanted = sink(c.buf[:n])
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
func receiveDevice(ctx context.Context, conn *socket, sink func([]byte) bool) {
	kind, r, err := conn.Reader(ctx)
	if err != nil {
		return
	}
	if kind == websocket.MessageText {
		head := make([]byte, len(shutdownText)+1)
		n, err := io.ReadFull(r, head)
		if string(head[:n]) == shutdownText {
			return
		}
		wanted := n == 0 || sink(head[:n])
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
		err := dev.send(c.buf[:c.n])
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
