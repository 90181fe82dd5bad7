package forward

import (
	"bufio"
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"errors"
	"io"
	"math/big"
	"net"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"porthole/ssh/wire"
)

// certificate makes one that signs itself, as devices do, and has expired.
func certificate(t *testing.T, key *ecdsa.PrivateKey) tls.Certificate {
	t.Helper()
	template := &x509.Certificate{
		SerialNumber: big.NewInt(time.Now().UnixNano()), Subject: pkix.Name{CommonName: "Router\x1b[2J"},
		NotBefore: time.Unix(0, 0), NotAfter: time.Unix(1<<30, 0),
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	if err != nil {
		t.Fatal(err)
	}
	return tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key}
}

func newKey(t *testing.T) *ecdsa.PrivateKey {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	return key
}

// serveTLS answers "secure" on every connection.
func (d *device) serveTLS(t *testing.T, config *tls.Config) *device {
	t.Helper()
	server := &http.Server{ReadHeaderTimeout: patience, Handler: http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		_, _ = io.WriteString(w, "secure")
	})}
	done := make(chan struct{})
	go func() { defer close(done); _ = server.Serve(tls.NewListener(d, config)) }()
	t.Cleanup(func() { _ = server.Close(); <-done })
	return d
}

// memoryStore is a CertificateStore.
type memoryStore struct {
	mu   sync.Mutex
	kept map[string][]string
	fail error
}

func (s *memoryStore) Certificates(_ context.Context, name string) ([]string, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.kept[name]), s.fail
}

func (s *memoryStore) AddCertificate(_ context.Context, name, fingerprint string) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.kept == nil {
		s.kept = map[string][]string{}
	}
	s.kept[name] = append(s.kept[name], fingerprint)
	return s.fail
}

func https(decide func(context.Context, []*x509.Certificate) error) func(*Config) {
	return func(c *Config) {
		c.Target = Target{"https", "localhost", 8443}
		c.Certificate = decide
	}
}

const pinName = "[localhost.1.t1]:8443"

// person answers certificate questions and counts them.
type person struct {
	mu    sync.Mutex
	asked []CertificateQuestion
	yes   bool
	wait  chan struct{} // when set, answers come after it
}

func (p *person) ask(ctx context.Context, q CertificateQuestion) (bool, error) {
	p.mu.Lock()
	p.asked = append(p.asked, q)
	p.mu.Unlock()
	if p.wait != nil {
		select {
		case <-p.wait:
		case <-ctx.Done():
			return false, ctx.Err()
		}
	}
	return p.yes, nil
}

func (p *person) times() int {
	p.mu.Lock()
	defer p.mu.Unlock()
	return len(p.asked)
}

func TestACertificateIsAskedAboutOnceAndPinned(t *testing.T) {
	key := newKey(t)
	store, who := &memoryStore{}, &person{yes: true, wait: make(chan struct{})}
	d := newDevice(t).serveTLS(t, &tls.Config{Certificates: []tls.Certificate{certificate(t, key)}})
	f := d.forward(t, https(Pin(store, pinName, who.ask)))
	var all sync.WaitGroup
	for range 6 {
		all.Go(func() {
			if _, body := fetch(t, f, get("/")); body != "secure" {
				t.Errorf("got %q", body)
			}
		})
	}
	eventually(t, "all six shook hands", func() bool { return d.dials.Load() == 6 })
	close(who.wait)
	all.Wait()
	if who.times() != 1 {
		t.Fatalf("asked %d times, want once", who.times())
	}
	q := who.asked[0]
	if q.Name != pinName || !strings.HasPrefix(q.Fingerprint, "SHA256:") || strings.ContainsRune(q.Subject, '\x1b') ||
		!strings.Contains(q.Subject, "Router") || q.NotAfter != time.Unix(1<<30, 0).UTC() {
		t.Errorf("got question %+v", q)
	}
	// A new certificate of the same key is the same page.
	again := newDevice(t).serveTLS(t, &tls.Config{Certificates: []tls.Certificate{certificate(t, key)}})
	fetch(t, again.forward(t, https(Pin(store, pinName, who.ask))), get("/"))
	if who.times() != 1 || !slices.Equal(store.kept[pinName], []string{q.Fingerprint}) {
		t.Errorf("asked %d times, kept %v", who.times(), store.kept)
	}
}

func TestAChangedCertificateIsRefusedWithoutAsking(t *testing.T) {
	store, who := &memoryStore{kept: map[string][]string{pinName: {"SHA256:other"}}}, &person{yes: true}
	d := newDevice(t).serveTLS(t, &tls.Config{Certificates: []tls.Certificate{certificate(t, newKey(t))}})
	f := d.forward(t, https(Pin(store, pinName, who.ask)))
	_, err := f.Do(testContext(t), get("/"))
	wantCode(t, err, wire.CodeCertificateChange)
	var e *Error
	if errors.As(err, &e) && (e.Detail["name"] != pinName || !slices.Equal(e.Detail["known"].([]string), []string{"SHA256:other"})) {
		t.Errorf("got detail %v", e.Detail)
	}
	_, err = f.Socket(testContext(t), "/", nil, nil)
	wantCode(t, err, wire.CodeCertificateChange)
	if who.times() != 0 {
		t.Error("somebody was asked")
	}
	eventually(t, "the connections are closed", func() bool { return f.Stats().Connections == 0 })
}

func TestCertificatesThatNobodyAcceptsAreRefused(t *testing.T) {
	no := &person{}
	for name, decide := range map[string]func(context.Context, []*x509.Certificate) error{
		"nobody decides":     nil,
		"the person says no": Pin(&memoryStore{}, pinName, no.ask),
		"the store fails":    Pin(&memoryStore{fail: errors.New("broken")}, pinName, (&person{yes: true}).ask),
		"asking fails":       Pin(&memoryStore{}, pinName, func(context.Context, CertificateQuestion) (bool, error) { return true, errors.New("no page") }),
		"any other error":    func(context.Context, []*x509.Certificate) error { return errors.New("no") },
	} {
		t.Run(name, func(t *testing.T) {
			d := newDevice(t).serveTLS(t, &tls.Config{Certificates: []tls.Certificate{certificate(t, newKey(t))}})
			f := d.forward(t, https(decide))
			_, err := f.Do(testContext(t), get("/"))
			wantCode(t, err, wire.CodeCertificateDenied)
			if s := f.Stats(); s.BytesOut != 0 {
				t.Errorf("%d bytes of the request were sent", s.BytesOut)
			}
		})
	}
	if no.times() != 1 {
		t.Errorf("asked %d times", no.times())
	}
}

// TestTheQuestionAboutACertificateHasNoLimit: a person may take longer than a device.
func TestTheQuestionAboutACertificateHasNoLimit(t *testing.T) {
	who := &person{yes: true, wait: make(chan struct{})}
	d := newDevice(t).serveTLS(t, &tls.Config{Certificates: []tls.Certificate{certificate(t, newKey(t))}})
	now := time.Now()
	f := d.forward(t, https(Pin(&memoryStore{}, pinName, who.ask)), func(c *Config) {
		c.HeadLimit = 300 * time.Millisecond
		c.Now = func() time.Time { return now }
	})
	time.AfterFunc(600*time.Millisecond, func() { close(who.wait) })
	if _, body := fetch(t, f, get("/")); body != "secure" {
		t.Errorf("got %q", body)
	}
	ctx, cancel := context.WithCancel(testContext(t))
	gone := &person{yes: true, wait: make(chan struct{})}
	g := d.forward(t, https(Pin(&memoryStore{}, pinName, gone.ask)))
	time.AfterFunc(10*time.Millisecond, cancel)
	_, err := g.Do(ctx, get("/"))
	wantCode(t, err, wire.CodeCancelled)
}

// TestADeviceThatGivesUpDuringTheQuestionIsAskedAgain: its connection counts as used.
func TestADeviceThatGivesUpDuringTheQuestionIsAskedAgain(t *testing.T) {
	config := &tls.Config{Certificates: []tls.Certificate{certificate(t, newKey(t))}}
	gaveUp := make(chan struct{})
	var once sync.Once
	d := newDevice(t).script(t, func(c net.Conn, _ *bufio.Reader) {
		secure := tls.Server(c, config)
		if secure.Handshake() != nil {
			return
		}
		first := false
		once.Do(func() { first = true })
		if first {
			_ = c.Close()
			close(gaveUp)
			return
		}
		if readRequest(bufio.NewReader(secure)) != "" {
			_, _ = io.WriteString(secure, "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok")
		}
	})
	f := d.forward(t, https(Pin(&memoryStore{}, pinName, (&person{yes: true, wait: gaveUp}).ask)))
	if _, body := fetch(t, f, get("/")); body != "ok" || d.dials.Load() != 2 {
		t.Errorf("got %q after %d dials, want ok after 2", body, d.dials.Load())
	}
}

// TestAPostAfterALongQuestionTakesANewConnection: the device may have given up the first.
func TestAPostAfterALongQuestionTakesANewConnection(t *testing.T) {
	var mu sync.Mutex
	now := time.Now()
	later := func(context.Context, CertificateQuestion) (bool, error) {
		mu.Lock()
		defer mu.Unlock()
		now = now.Add(time.Minute)
		return true, nil
	}
	d := newDevice(t).serveTLS(t, &tls.Config{Certificates: []tls.Certificate{certificate(t, newKey(t))}})
	f := d.forward(t, https(Pin(&memoryStore{}, pinName, later)), func(c *Config) {
		c.Now = func() time.Time {
			mu.Lock()
			defer mu.Unlock()
			return now
		}
	})
	if _, body := fetch(t, f, post("/", "order one")); body != "secure" || d.dials.Load() != 2 {
		t.Errorf("got %q after %d dials, want 2", body, d.dials.Load())
	}
}

func TestTLSOfOldDevices(t *testing.T) {
	accept := func(context.Context, []*x509.Certificate) error { return nil }
	own := certificate(t, newKey(t))
	for name, tt := range map[string]struct {
		server *tls.Config
		code   wire.ErrorCode
	}{
		"TLS 1.2":            {&tls.Config{MaxVersion: tls.VersionTLS12}, ""},
		"TLS 1.3":            {&tls.Config{MinVersion: tls.VersionTLS13}, ""},
		"TLS 1.1 is refused": {&tls.Config{MinVersion: tls.VersionTLS11, MaxVersion: tls.VersionTLS11}, wire.CodeForwardGarbage},
	} {
		t.Run(name, func(t *testing.T) {
			tt.server.Certificates = []tls.Certificate{own}
			f := newDevice(t).serveTLS(t, tt.server).forward(t, https(accept))
			_, err := f.Do(testContext(t), get("/"))
			if tt.code == "" && err != nil {
				t.Error(err)
			}
			if tt.code != "" {
				wantCode(t, err, tt.code)
			}
		})
	}
}

func TestHTTPSToWhatSpeaksNone(t *testing.T) {
	accept := func(context.Context, []*x509.Certificate) error { return nil }
	f := newDevice(t).serve(t, http.NotFoundHandler()).forward(t, https(accept))
	_, err := f.Do(testContext(t), get("/"))
	wantCode(t, err, wire.CodeForwardGarbage)
	if err == nil || !strings.Contains(err.Error(), "open it as http") {
		t.Errorf("got %v", err)
	}
	silent := newDevice(t).forward(t, https(accept), func(c *Config) { c.HeadLimit = 30 * time.Millisecond })
	_, err = silent.Do(testContext(t), get("/"))
	wantCode(t, err, wire.CodeForwardSilent)
}
