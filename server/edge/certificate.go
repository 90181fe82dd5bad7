package edge

import (
	"crypto/tls"
	"fmt"
	"log/slog"
	"os"
	"sync"
	"time"
)

// checkEvery is how often the files are looked at, at most: a stat on each handshake
// would be cheap too, but a flood of handshakes should not become a flood of stats.
const checkEvery = time.Second

// Certificate serves a certificate from two files and takes a new one when they change.
// A new one that cannot be read is logged, and the old one stays.
type Certificate struct {
	certFile, keyFile string
	log               *slog.Logger
	now               func() time.Time

	mu      sync.Mutex
	current *tls.Certificate
	seen    [2]fileState // of the files when they were last tried
	checked time.Time
}

// fileState tells whether a file changed.
type fileState struct {
	modified time.Time
	size     int64
}

// LoadCertificate reads both files (PEM) once; an unreadable pair is an error.
func LoadCertificate(certFile, keyFile string, log *slog.Logger) (*Certificate, error) {
	c := &Certificate{certFile: certFile, keyFile: keyFile, log: log, now: time.Now}
	c.seen, c.checked = c.states(), c.now()
	pair, err := tls.LoadX509KeyPair(certFile, keyFile)
	if err != nil {
		return nil, fmt.Errorf("load certificate: %w", err)
	}
	c.current = &pair
	return c, nil
}

// GetCertificate has the signature that tls.Config wants.
func (c *Certificate) GetCertificate(*tls.ClientHelloInfo) (*tls.Certificate, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if now := c.now(); now.Sub(c.checked) >= checkEvery {
		c.checked = now
		c.reload()
	}
	return c.current, nil
}

// reload takes a changed pair. The state is noted before the files are read, so a write
// in between is seen as another change.
func (c *Certificate) reload() {
	state := c.states()
	if state == c.seen {
		return
	}
	c.seen = state
	pair, err := tls.LoadX509KeyPair(c.certFile, c.keyFile)
	if err != nil {
		c.log.Error("new certificate cannot be read; the old one stays", slog.String("file", c.certFile), slog.Any("error", err))
		return
	}
	c.current = &pair
	c.log.Info("certificate replaced", slog.String("file", c.certFile))
}

func (c *Certificate) states() [2]fileState {
	var states [2]fileState
	for i, name := range []string{c.certFile, c.keyFile} {
		if info, err := os.Stat(name); err == nil {
			states[i] = fileState{info.ModTime(), info.Size()}
		}
	}
	return states
}

// TLSConfig is the configuration of our listener: TLS 1.2 and up, HTTP/2 and HTTP/1.1
// (websockets need the latter).
func (c *Certificate) TLSConfig() *tls.Config {
	return &tls.Config{
		MinVersion: tls.VersionTLS12, GetCertificate: c.GetCertificate,
		NextProtos: []string{"h2", "http/1.1"},
	}
}
