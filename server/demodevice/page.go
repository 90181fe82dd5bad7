package demodevice

import (
	"context"
	"errors"
	"fmt"
	"html/template"
	"math"
	"net"
	"net/http"
	"net/netip"
	"os"
	"runtime"
	"strconv"
	"strings"
	"sync"
	"time"
	"unicode/utf8"
)

// maxLabel bounds the label that the page's form sets, in bytes.
const maxLabel = 200

// page is the device's own web page: what a port forward is for.
type page struct {
	server  *http.Server
	started time.Time
	every   time.Duration   // between two events
	life    context.Context //nolint:containedctx // the page's documented lifetime: done when it closes
	end     context.CancelFunc
	work    sync.WaitGroup
	sockets sync.WaitGroup // entered under mu while life lasts

	mu    sync.Mutex
	label string // guarded by mu
}

// startPage serves the page on a free port of loopback.
func startPage(ctx context.Context) (*page, *net.TCPAddr, error) {
	l, err := (&net.ListenConfig{}).Listen(ctx, "tcp", "127.0.0.1:0")
	if err != nil {
		return nil, nil, fmt.Errorf("demodevice: start web page: %w", err)
	}
	// Streams of events end with this, which is cancelled by close.
	life, end := context.WithCancel(context.WithoutCancel(ctx))
	p := &page{started: time.Now(), every: time.Second, label: "Demo device", life: life, end: end}
	p.server = &http.Server{
		Handler: p.handler(), ReadHeaderTimeout: 10 * time.Second,
		BaseContext: func(net.Listener) context.Context { return life },
	}
	p.server.RegisterOnShutdown(p.stop)
	p.work.Go(func() {
		defer p.stop()
		_ = p.server.Serve(l) // ends by close
	})
	addr, _ := l.Addr().(*net.TCPAddr)
	return p, addr, nil
}

// close ends every request and waits for the server.
func (p *page) close() {
	ctx, cancel := context.WithTimeout(context.Background(), time.Second)
	defer cancel()
	if p.server.Shutdown(ctx) != nil {
		_ = p.server.Close() // what did not end by itself is cut
	}
	p.work.Wait()
	p.sockets.Wait()
}

// stop ends streams and websockets; after it no websocket enters.
func (p *page) stop() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.end()
}

func (p *page) handler() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /{$}", p.show)
	mux.HandleFunc("GET /events", p.events)
	mux.HandleFunc("GET /ws", p.socket)
	mux.HandleFunc("POST /label", p.setLabel)
	return onlyLocalHost(http.NewCrossOriginProtection().Handler(mux))
}

// onlyLocalHost answers to loopback names only, against pages of the internet whose name
// is made to resolve to this machine (DNS rebinding).
func onlyLocalHost(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		host := r.Host
		if h, _, err := net.SplitHostPort(host); err == nil {
			host = h
		}
		ip, err := netip.ParseAddr(strings.Trim(host, "[]"))
		if host != "localhost" && (err != nil || !ip.Unmap().IsLoopback()) {
			http.Error(w, "this device answers to its own name only", http.StatusMisdirectedRequest)
			return
		}
		next.ServeHTTP(w, r)
	})
}

// view is what the template shows.
type view struct {
	Label, Host, System, Uptime, Load string
	Visits, MaxLabel                  int
}

var pageTemplate = template.Must(template.New("page").Parse(`<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<title>{{.Label}}</title>
<style>:root{color-scheme:light dark}body{font:16px/1.5 system-ui,sans-serif;max-width:40rem;margin:2rem auto;padding:0 1rem}
dl{display:grid;grid-template-columns:max-content 1fr;gap:.25rem 1rem}dt{font-weight:600}dd{margin:0}</style></head>
<body><h1>{{.Label}}</h1>
<dl><dt>Host</dt><dd>{{.Host}}</dd><dt>System</dt><dd>{{.System}}</dd>
<dt>Uptime</dt><dd id="uptime">{{.Uptime}}</dd><dt>Load</dt><dd id="load">{{.Load}}</dd>
<dt>Your visits</dt><dd id="visits">{{.Visits}}</dd><dt>Clock</dt><dd id="clock">not connected</dd></dl>
<form method="post" action="label"><label>Label <input name="label" maxlength="{{.MaxLabel}}" value="{{.Label}}" required></label>
<button>Save</button></form>
<form id="echo"><label>Say <input name="text" autocomplete="off" required></label> <button>Send</button> <output id="said"></output></form>
<script>
const events = new EventSource("events");
events.onmessage = (e) => {
  const status = JSON.parse(e.data);
  document.getElementById("uptime").textContent = status.uptime;
  document.getElementById("load").textContent = status.load;
};
const socket = new WebSocket(new URL("ws", location.href.replace(/^http/, "ws")));
socket.onmessage = (e) => {
  const [, what, text] = /^(time|said) ([^]*)$/.exec(e.data);
  document.getElementById(what === "time" ? "clock" : "said").textContent = text;
};
socket.onclose = () => { document.getElementById("clock").textContent = "not connected"; };
document.getElementById("echo").onsubmit = (e) => {
  e.preventDefault();
  socket.send("said " + new FormData(e.target).get("text"));
  e.target.reset();
};
</script></body></html>
`))

// visitsCookie counts how often a browser saw the page; scripts cannot read it.
const visitsCookie = "visits"

func (p *page) show(w http.ResponseWriter, r *http.Request) {
	visits := 1
	if cookie, err := r.Cookie(visitsCookie); err == nil {
		if before, err := strconv.Atoi(cookie.Value); err == nil && before > 0 && before < math.MaxInt32 {
			visits = before + 1
		}
	}
	http.SetCookie(w, &http.Cookie{ //nolint:gosec // the page is plain http on loopback: a Secure cookie would not come back
		Name: visitsCookie, Value: strconv.Itoa(visits), Path: "/", HttpOnly: true, SameSite: http.SameSiteLaxMode,
	})
	host, err := os.Hostname()
	if err != nil {
		host = "unknown"
	}
	p.mu.Lock()
	label := p.label
	p.mu.Unlock()
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.Header().Set("Cache-Control", "no-store")
	// Fails only when the reader is gone.
	_ = pageTemplate.Execute(w, view{
		Label: label, Host: host, System: runtime.GOOS + " " + runtime.GOARCH,
		Uptime: p.uptime(), Load: load(), Visits: visits, MaxLabel: maxLabel,
	})
}

// events streams uptime and load until the reader goes.
func (p *page) events(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Content-Type", "text/event-stream")
	w.Header().Set("Cache-Control", "no-store")
	control := http.NewResponseController(w)
	tick := time.NewTicker(p.every)
	defer tick.Stop()
	for {
		if _, err := fmt.Fprintf(w, "data: {\"uptime\":%q,\"load\":%q}\n\n", p.uptime(), load()); err != nil {
			return
		}
		if control.Flush() != nil {
			return
		}
		select {
		case <-tick.C:
		case <-r.Context().Done():
			return
		}
	}
}

func (p *page) setLabel(w http.ResponseWriter, r *http.Request) {
	r.Body = http.MaxBytesReader(w, r.Body, 4096)
	if err := r.ParseForm(); err != nil {
		status := http.StatusBadRequest
		if _, ok := errors.AsType[*http.MaxBytesError](err); ok {
			status = http.StatusRequestEntityTooLarge
		}
		http.Error(w, "the form could not be read", status)
		return
	}
	label := strings.TrimSpace(r.PostForm.Get("label"))
	if label == "" || len(label) > maxLabel || !utf8.ValidString(label) {
		http.Error(w, fmt.Sprintf("the label must have 1 to %d bytes of text", maxLabel), http.StatusBadRequest)
		return
	}
	p.mu.Lock()
	p.label = label
	p.mu.Unlock()
	// Relative, so that it stays right behind a forward.
	w.Header().Set("Location", "./")
	w.WriteHeader(http.StatusSeeOther)
}

func (p *page) uptime() string { return time.Since(p.started).Round(time.Second).String() }

// load is the machine's load average over one minute, where it can be read (proc(5)).
func load() string {
	text, err := os.ReadFile("/proc/loadavg")
	if err != nil {
		return "unknown"
	}
	first, _, _ := strings.Cut(string(text), " ")
	return first
}
