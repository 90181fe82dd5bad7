//go:build !js

package tunneltest

import (
	"context"
	"crypto/sha256"
	"encoding/json"
	"io"
	"net/http"
	"strconv"

	"github.com/coder/websocket"

	"porthole/ssh/wire"
)

// Handler serves the paths of the package comment until ctx ends.
func Handler(ctx context.Context) http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("/refuse", refuse)
	mux.HandleFunc("/hang", func(_ http.ResponseWriter, r *http.Request) {
		select {
		case <-r.Context().Done():
		case <-ctx.Done():
		}
	})
	for path, behave := range map[string]behaviour{
		"/echo": echo, "/flood": flood, "/text": text, "/close": closeWith, "/cut": cut,
		"/silent": silent, "/stuck": stuck, "/sink": sink, "/header": header,
	} {
		mux.HandleFunc(path, accept(ctx, behave))
	}
	return mux
}

// behaviour is what a path does with its websocket; the websocket is cut after it.
type behaviour func(ctx context.Context, ws *websocket.Conn, r *http.Request) error

func accept(life context.Context, behave behaviour) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		ws, err := websocket.Accept(w, r, &websocket.AcceptOptions{
			Subprotocols:       []string{wire.Subprotocol},
			InsecureSkipVerify: true, // a test client has any origin
		})
		if err != nil {
			return // Accept has answered
		}
		ws.SetReadLimit(-1)
		defer func() { _ = ws.CloseNow() }()
		// An error is the client going away; the client's side asserts what matters.
		// r.Context has no meaning after the upgrade, hence life.
		_ = behave(life, ws, r)
	}
}

func number(r *http.Request, name string) int {
	n, _ := strconv.Atoi(r.FormValue(name)) // absent counts as 0
	return n
}

func sendPattern(ctx context.Context, ws *websocket.Conn, total, size int) error {
	all := Pattern(total)
	for sent := 0; sent < total; {
		n := min(size, total-sent)
		if err := ws.Write(ctx, websocket.MessageBinary, all[sent:sent+n]); err != nil {
			return err
		}
		sent += n
	}
	return nil
}

func echo(ctx context.Context, ws *websocket.Conn, _ *http.Request) error {
	for {
		_, p, err := ws.Read(ctx)
		if err != nil {
			return err
		}
		if err := ws.Write(ctx, websocket.MessageBinary, p); err != nil {
			return err
		}
	}
}

func flood(ctx context.Context, ws *websocket.Conn, r *http.Request) error {
	if err := sendPattern(ctx, ws, number(r, "n"), max(1, number(r, "size"))); err != nil {
		return err
	}
	return ws.Close(websocket.StatusNormalClosure, "")
}

func text(ctx context.Context, ws *websocket.Conn, _ *http.Request) error {
	for _, m := range []struct {
		kind websocket.MessageType
		data string
	}{
		{websocket.MessageText, "SSH-"},
		{websocket.MessageBinary, ""},
		{websocket.MessageText, ""},
		{websocket.MessageBinary, "2.0\xff"},
		{websocket.MessageText, "é"},
	} {
		if err := ws.Write(ctx, m.kind, []byte(m.data)); err != nil {
			return err
		}
	}
	return ws.Close(websocket.StatusNormalClosure, "")
}

func closeWith(ctx context.Context, ws *websocket.Conn, r *http.Request) error {
	if err := sendPattern(ctx, ws, number(r, "bytes"), 1000); err != nil {
		return err
	}
	return ws.Close(websocket.StatusCode(number(r, "code")), r.FormValue("reason"))
}

func cut(ctx context.Context, ws *websocket.Conn, r *http.Request) error {
	if err := sendPattern(ctx, ws, number(r, "bytes"), 1000); err != nil {
		return err
	}
	return ws.CloseNow()
}

func silent(ctx context.Context, ws *websocket.Conn, _ *http.Request) error {
	_, _, err := ws.Read(ctx)
	return err
}

func stuck(ctx context.Context, _ *websocket.Conn, _ *http.Request) error {
	<-ctx.Done()
	return ctx.Err()
}

// header tells what the upgrade brought, one line each.
func header(ctx context.Context, ws *websocket.Conn, r *http.Request) error {
	report := r.Header.Get("Sec-WebSocket-Protocol") + "\n" + r.Header.Get("Authorization") + "\n" + r.Host
	if err := ws.Write(ctx, websocket.MessageBinary, []byte(report)); err != nil {
		return err
	}
	return ws.Close(websocket.StatusNormalClosure, "")
}

// sink reads n bytes and answers the largest message's size and the SHA-256 of all.
func sink(ctx context.Context, ws *websocket.Conn, r *http.Request) error {
	sum, got, largest, messages := sha256.New(), 0, 0, 0
	for got < number(r, "n") {
		kind, message, err := ws.Reader(ctx)
		if err != nil {
			return err
		}
		n, err := io.Copy(sum, message)
		if err != nil {
			return err
		}
		if kind != websocket.MessageBinary {
			return ws.Close(websocket.StatusUnsupportedData, "text came")
		}
		got, largest, messages = got+int(n), max(largest, int(n)), messages+1
	}
	answer, err := json.Marshal(SinkReport{Largest: largest, Messages: messages, SHA256: sum.Sum(nil)})
	if err != nil {
		return err
	}
	if err := ws.Write(ctx, websocket.MessageBinary, answer); err != nil {
		return err
	}
	return ws.Close(websocket.StatusNormalClosure, "")
}

func refuse(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(max(400, number(r, "status")))
	body := wire.ErrorBody{Error: wire.ErrorCode(r.FormValue("error")), Message: r.FormValue("message")}
	if body.Message != "" {
		_ = json.NewEncoder(w).Encode(body) // the client's side asserts what came
	}
}
