package demodevice

import (
	"context"
	"net/http"
	"time"

	"github.com/coder/websocket"
)

// maxSocketMessage bounds what the page's websocket takes, in bytes.
const maxSocketMessage = 64 << 10

// socket is the page's websocket: it tells the time once a second and sends everything
// back that it is sent.
func (p *page) socket(w http.ResponseWriter, r *http.Request) {
	if !p.enter() {
		http.Error(w, "this device is going off", http.StatusServiceUnavailable)
		return
	}
	defer p.sockets.Done()
	conn, err := websocket.Accept(w, r, nil) // which answers by itself, and only to its own pages
	if err != nil {
		return
	}
	conn.SetReadLimit(maxSocketMessage)
	// A socket that was taken over does not end with its request, but with the page.
	ctx, end := context.WithCancel(p.life)
	ticking := make(chan struct{})
	go func() {
		defer close(ticking)
		p.tellTime(ctx, conn)
	}()
	for {
		kind, data, err := conn.Read(ctx)
		if err != nil || conn.Write(ctx, kind, data) != nil {
			break
		}
	}
	end()
	<-ticking
	_ = conn.CloseNow() // there is nobody left to say why
}

// enter counts a websocket in, unless the page is closing.
func (p *page) enter() bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.life.Err() != nil {
		return false
	}
	p.sockets.Add(1)
	return true
}

func (p *page) tellTime(ctx context.Context, conn *websocket.Conn) {
	tick := time.NewTicker(p.every)
	defer tick.Stop()
	for {
		if conn.Write(ctx, websocket.MessageText, []byte("time "+time.Now().Format(time.TimeOnly))) != nil {
			return
		}
		select {
		case <-tick.C:
		case <-ctx.Done():
			return
		}
	}
}
