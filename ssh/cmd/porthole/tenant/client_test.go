package tenant

import (
	"encoding/base64"
	"encoding/json"
	"encoding/pem"
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"porthole/ssh/cmd/porthole/fault"
)

// client makes a client of a server that a test runs.
func client(t *testing.T, address string, change func(*Options)) *Client {
	t.Helper()
	base, err := url.Parse(address)
	if err != nil {
		t.Fatal(err)
	}
	opts := Options{BaseURL: base, User: "me", Password: "pw", Timeout: 10 * time.Second}
	if change != nil {
		change(&opts)
	}
	c := New(opts)
	t.Cleanup(c.Close)
	return c
}

func jwt(expires time.Time) string {
	body, _ := json.Marshal(map[string]any{"sub": "me", "ten": "t1", "exp": expires.Unix()})
	return "e30." + base64.RawURLEncoding.EncodeToString(body) + ".c2ln"
}

func TestAnExpiredTokenIsReplacedWhenThereIsAnotherWay(t *testing.T) {
	old := jwt(time.Now().Add(-time.Hour))
	var seen []string
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		auth := r.Header.Get("Authorization")
		seen = append(seen, auth)
		if auth == "Bearer "+old {
			w.WriteHeader(http.StatusUnauthorized)
			return
		}
		_, _ = fmt.Fprint(w, `{"managedObjects":[]}`)
	}))
	defer server.Close()
	kept := ""
	for name, change := range map[string]func(*Options){
		"a token that a later sign-in kept": func(o *Options) { o.User, o.Password, kept = "", "", "fresh" },
		"user and password":                 func(*Options) { kept = "" },
	} {
		seen = nil
		c := client(t, server.URL, func(o *Options) {
			o.Token, o.Renew = old, func() string { return kept }
			change(o)
		})
		for range 2 {
			if _, err := c.Devices(t.Context(), "", 10); err != nil {
				t.Errorf("%s: %v", name, err)
			}
		}
		if len(seen) != 3 { // refused once, then twice with the other
			t.Errorf("%s: asked %d times, want 3: %q", name, len(seen), seen)
		}
	}
	c := client(t, server.URL, func(o *Options) { o.Token, o.User, o.Password = old, "", "" })
	_, err := c.Devices(t.Context(), "", 10)
	if fault.Of(err) != fault.SignIn || !strings.Contains(err.Error(), "has expired. Run `porthole login`") {
		t.Errorf("got %v", err)
	}
}

func TestCredentialsNeverFollowARedirect(t *testing.T) {
	thief := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		t.Errorf("the other host was asked: %s %q", r.URL, r.Header)
	}))
	defer thief.Close()
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		http.Redirect(w, r, thief.URL+r.URL.Path, http.StatusTemporaryRedirect)
	}))
	defer server.Close()
	c := client(t, server.URL, nil)
	if _, err := c.Devices(t.Context(), "", 1); fault.Of(err) != fault.Network {
		t.Errorf("REST: got %v", err)
	}
	if _, err := c.Dial(t.Context(), "1", "1"); err == nil {
		t.Error("websocket: no error")
	}
	if _, err := c.SignIn(t.Context(), Credentials{User: "me", Password: "pw"}); err == nil {
		t.Error("sign-in: no error")
	}
}

func TestCertificatesAreCheckedForRESTAndWebsocketAlike(t *testing.T) {
	server := httptest.NewTLSServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		_, _ = fmt.Fprint(w, `{"managedObjects":[]}`)
	}))
	defer server.Close()
	pemFile := filepath.Join(t.TempDir(), "ca.pem")
	text := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: server.Certificate().Raw})
	if err := os.WriteFile(pemFile, text, 0o600); err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct {
		name     string
		insecure bool
		file     string
		trusted  bool
	}{
		{"an unknown authority", false, "", false},
		{"SSL_CERT_FILE", false, pemFile, true},
		{"--insecure", true, "", true},
	} {
		config, err := TLSConfig(tt.insecure, tt.file)
		if err != nil {
			t.Fatal(err)
		}
		c := client(t, server.URL, func(o *Options) { o.TLS = config })
		_, err = c.Devices(t.Context(), "", 1)
		if (err == nil) != tt.trusted || err != nil && !strings.Contains(err.Error(), "certificate of 127.0.0.1 is not valid") {
			t.Errorf("%s: REST: %v", tt.name, err)
		}
		_, err = c.Dial(t.Context(), "1", "1") // the server answers 200, which is no websocket
		if bad := err != nil && strings.Contains(err.Error(), "is not valid"); bad == tt.trusted {
			t.Errorf("%s: websocket: %v", tt.name, err)
		}
	}
	for name, text := range map[string]string{"missing": "", "empty": "no certificate"} {
		path := filepath.Join(t.TempDir(), name)
		if text != "" {
			if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
				t.Fatal(err)
			}
		}
		if _, err := TLSConfig(false, path); fault.Of(err) != fault.Local {
			t.Errorf("%s: got %v", name, err)
		}
	}
}

func TestAProxyThatWantsASignInIsSaid(t *testing.T) {
	proxy := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Proxy-Authenticate", "Basic")
		w.WriteHeader(http.StatusProxyAuthRequired)
	}))
	defer proxy.Close()
	through, err := url.Parse(proxy.URL)
	if err != nil {
		t.Fatal(err)
	}
	for _, address := range []string{"http://tenant.example", "https://tenant.example"} {
		c := client(t, address, nil)
		c.http.Transport.(*http.Transport).Proxy = http.ProxyURL(through)
		_, err := c.Devices(t.Context(), "", 1)
		if fault.Of(err) != fault.Network || !strings.Contains(err.Error(), "The HTTP proxy wants a sign-in") {
			t.Errorf("%s: got %v", address, err)
		}
		_, err = c.Dial(t.Context(), "1", "1")
		if fault.Of(err) != fault.Network || !strings.Contains(err.Error(), "The HTTP proxy wants a sign-in") {
			t.Errorf("%s: websocket: got %v", address, err)
		}
	}
}

func TestAClockThatIsWrongFindsTheRightOperation(t *testing.T) {
	tenantNow := time.Now().Add(-3 * time.Hour)
	var asked string
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Date", tenantNow.UTC().Format(http.TimeFormat))
		asked = r.URL.Query().Get("dateFrom")
		_, _ = fmt.Fprint(w, `{"operations":[{"id":"7","status":"FAILED","failureReason":"no route to host",
			"c8y_RemoteAccessConnect":{"hostname":"127.0.0.1","port":22}}]}`)
	}))
	defer server.Close()
	c := client(t, server.URL, nil)
	if _, err := c.Devices(t.Context(), "", 1); err != nil { // learns the clock
		t.Fatal(err)
	}
	watch := c.Watch(Device{ID: "1", Name: "pump"}, Configuration{Hostname: "127.0.0.1", Port: 22}, time.Minute)
	err := watch.Await(t.Context())
	if fault.Of(err) != fault.DeviceRefused || !strings.Contains(err.Error(), "no route to host") {
		t.Errorf("got %v", err)
	}
	from, err := time.Parse(time.RFC3339, asked)
	if off := tenantNow.Sub(from); err != nil || off < 0 || off > time.Minute {
		t.Errorf("asked from %q (%v), the tenant's clock said %s", asked, err, tenantNow)
	}
}

func TestOneRefusalEndsOneConnection(t *testing.T) {
	c := client(t, "http://127.0.0.1:1", nil)
	to := Configuration{Hostname: "h", Port: 1}
	op := func(id, status string) operation {
		var o operation
		o.ID, o.Status, o.Connect.Hostname, o.Connect.Port = id, status, "h", 1
		return o
	}
	failed := []operation{op("2", "FAILED"), op("1", "FAILED")}
	for i := range 3 {
		got, _ := c.claim(failed, to)
		if want := []state{refused, refused, unknown}[i]; got != want {
			t.Errorf("connection %d: got %v, want %v", i, got, want)
		}
	}
	if got, _ := c.claim([]operation{op("3", "FAILED"), op("4", "EXECUTING")}, to); got != unknown {
		t.Errorf("with another under way: got %v, want unknown", got)
	}
	if got, _ := c.claim([]operation{op("5", "SUCCESSFUL")}, to); got != there {
		t.Errorf("got %v, want there", got)
	}
	foreign := op("6", "FAILED")
	foreign.Connect.Port = 2
	if got, _ := c.claim([]operation{foreign}, to); got != unknown {
		t.Errorf("of another port: got %v, want unknown", got)
	}
}

func TestATenantThatSaysNothingIsLeftInTime(t *testing.T) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = listener.Close() }()
	c := client(t, "http://"+listener.Addr().String(), func(o *Options) { o.Timeout = 50 * time.Millisecond })
	if _, err := c.Devices(t.Context(), "", 1); fault.Of(err) != fault.Timeout {
		t.Errorf("REST: got %v", err)
	}
	if _, err := c.Dial(t.Context(), "1", "1"); err == nil {
		t.Error("websocket: no error")
	}
}
