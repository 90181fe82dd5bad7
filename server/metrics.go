package server

import (
	"bufio"
	"log/slog"
	"net"
	"net/http"
	"runtime/debug"
	"strconv"
	"time"

	"porthole/server/relay"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
)

// metrics are the figures of /metrics. No label holds a name from outside, so their
// number is bounded.
type metrics struct {
	registry *prometheus.Registry
	opened   prometheus.Counter
	closed   *prometheus.CounterVec
	lasted   prometheus.Histogram
	bytes    *prometheus.CounterVec
	signIns  *prometheus.CounterVec
	requests *prometheus.CounterVec
	events   *prometheus.CounterVec
}

func newMetrics() *metrics {
	counter := func(name, help string, labels ...string) *prometheus.CounterVec {
		return prometheus.NewCounterVec(prometheus.CounterOpts{Namespace: "porthole", Name: name, Help: help}, labels)
	}
	m := &metrics{
		registry: prometheus.NewRegistry(),
		opened: prometheus.NewCounter(prometheus.CounterOpts{
			Namespace: "porthole", Name: "connections_opened_total",
			Help: "Connections that were accepted.",
		}),
		closed: counter("connections_closed_total", "Connections that ended, by reason.", "reason"),
		lasted: prometheus.NewHistogram(prometheus.HistogramOpts{
			Namespace: "porthole", Name: "connection_duration_seconds",
			Help: "How long connections lasted.", Buckets: []float64{1, 10, 60, 600, 3600, 6 * 3600, 12 * 3600},
		}),
		bytes:    counter("relayed_bytes_total", "Payload bytes relayed, by direction.", "direction"),
		signIns:  counter("sign_ins_total", "Sign-ins, by result.", "result"),
		requests: counter("http_requests_total", "HTTP requests answered, by status code.", "code"),
		events:   counter("client_events_total", "What clients reported of their connections, by type.", "type"),
	}
	m.registry.MustRegister(m.opened, m.closed, m.lasted, m.bytes, m.signIns, m.requests, m.events,
		collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))
	return m
}

// watch adds the figures that are read when asked for.
func (m *metrics) watch(connections, logins, tokens func() int) {
	gauge := func(name, help string, read func() int) {
		m.registry.MustRegister(prometheus.NewGaugeFunc(prometheus.GaugeOpts{Namespace: "porthole", Name: name, Help: help},
			func() float64 { return float64(read()) }))
	}
	gauge("connections_open", "Connections that are open.", connections)
	gauge("logins", "People who are signed in.", logins)
	gauge("cli_tokens", "Command lines that are signed in.", tokens)
}

// Opened implements relay.Metrics.
func (m *metrics) Opened() { m.opened.Inc() }

// Closed implements relay.Metrics.
func (m *metrics) Closed(reason relay.Reason, duration time.Duration) {
	m.closed.WithLabelValues(string(reason)).Inc()
	m.lasted.Observe(duration.Seconds())
}

// Transferred implements relay.Metrics.
func (m *metrics) Transferred(direction relay.Direction, bytes int) {
	m.bytes.WithLabelValues(string(direction)).Add(float64(bytes))
}

func (m *metrics) signIn(result string) { m.signIns.WithLabelValues(result).Inc() }

func (m *metrics) event(kind string) { m.events.WithLabelValues(kind).Inc() }

// count counts answers by their status.
func (m *metrics) count(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		noted := &statusWriter{ResponseWriter: w, status: http.StatusOK}
		defer func() { m.requests.WithLabelValues(strconv.Itoa(noted.status)).Inc() }()
		next.ServeHTTP(noted, r)
	})
}

// statusWriter remembers the status. Unwrap and Hijack keep websockets and flushing
// working behind it.
type statusWriter struct {
	http.ResponseWriter
	status int
	wrote  bool
}

// WriteHeader notes the first final status.
func (w *statusWriter) WriteHeader(status int) {
	if !w.wrote && status >= http.StatusOK || status == http.StatusSwitchingProtocols {
		w.status, w.wrote = status, true
	}
	w.ResponseWriter.WriteHeader(status)
}

// Write notes that an answer began.
func (w *statusWriter) Write(data []byte) (int, error) {
	w.wrote = true
	return w.ResponseWriter.Write(data)
}

// Hijack hands the connection to a websocket.
func (w *statusWriter) Hijack() (net.Conn, *bufio.ReadWriter, error) {
	w.status, w.wrote = http.StatusSwitchingProtocols, true
	return http.NewResponseController(w.ResponseWriter).Hijack()
}

// Unwrap gives http.ResponseController the rest.
func (w *statusWriter) Unwrap() http.ResponseWriter { return w.ResponseWriter }

// recovered keeps one request's bug from being anyone else's. The stack goes to the log,
// without the request: it may hold secrets.
func (s *Server) recovered(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		defer func() {
			fault := recover()
			if fault == nil {
				return
			}
			if fault == http.ErrAbortHandler { //nolint:errorlint // it is the value that net/http compares with
				panic(fault)
			}
			s.log.Error("request failed by our fault", slog.String("path", r.URL.Path), slog.Any("fault", fault), slog.String("stack", string(debug.Stack())))
			http.Error(w, "The gateway failed. Try again; its log has the cause.", http.StatusInternalServerError)
		}()
		next.ServeHTTP(w, r)
	})
}
