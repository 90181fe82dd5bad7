//go:build !js

package tunnel_test

import (
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"go.uber.org/goleak"

	"porthole/ssh/tunnel"
	"porthole/ssh/tunnel/tunneltest"
	"porthole/ssh/wire"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func serve(t *testing.T) (base string) {
	t.Helper()
	server := httptest.NewServer(tunneltest.Handler(t.Context()))
	t.Cleanup(func() {
		server.CloseClientConnections()
		server.Close()
	})
	return "ws" + strings.TrimPrefix(server.URL, "http")
}

func TestNativeTunnel(t *testing.T) { tunneltest.Run(t, serve(t), nil) }

func TestUpgradeAsksForSubprotocolAndSendsHeader(t *testing.T) {
	base := serve(t)
	conn, err := tunnel.Dial(t.Context(), tunnel.Options{
		URL:    base + "/header",
		Native: tunnel.Native{Header: http.Header{"Authorization": {"Bearer abc"}}},
	})
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = conn.Close() }()
	got, err := io.ReadAll(conn)
	if want := "binary\nBearer abc\n" + strings.TrimPrefix(base, "ws://"); err != nil || string(got) != want {
		t.Errorf("got %q, %v; want %q", got, err, want)
	}
}

func TestNamesUnderLocalhostAreLoopback(t *testing.T) {
	base := strings.Replace(serve(t), "127.0.0.1", "porthole.localhost", 1)
	conn, err := tunnel.Dial(t.Context(), tunnel.Options{URL: base + "/header"})
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = conn.Close() }()
	if got, err := io.ReadAll(conn); err != nil || !strings.Contains(string(got), "porthole.localhost:") {
		t.Errorf("got %q, %v; want the name kept in Host", got, err)
	}
}

func TestRefusedUpgradeTellsStatusCodeAndSentence(t *testing.T) {
	base := serve(t)
	for _, c := range []struct {
		query string
		code  wire.ErrorCode
		text  string
	}{
		{"status=404&error=not_subscribed&message=No+remote+access.", wire.CodeNotSubscribed, "No remote access."},
		{"status=403&error=remoteaccess/Forbidden&message=Access+denied", wire.CodeForbidden, "Access denied"},
		{"status=401", wire.CodeNotSignedIn, "The connection was refused with HTTP status 401 (Unauthorized)."},
		{"status=502", wire.CodeTenantUnreachable, "The connection was refused with HTTP status 502 (Bad Gateway)."},
		{"status=418", wire.CodeRefused, "The connection was refused with HTTP status 418 (I'm a teapot)."},
		{"status=403&message=a%1b%5b31mb", wire.CodeForbidden, "a?[31mb"},
	} {
		_, err := tunnel.Dial(t.Context(), tunnel.Options{URL: base + "/refuse?" + c.query})
		var dial *tunnel.DialError
		if !errors.As(err, &dial) {
			t.Errorf("%s: %v, want a DialError", c.query, err)
			continue
		}
		if dial.Code != c.code || dial.Text != c.text || !strings.HasPrefix(c.query, "status="+itoa(dial.Status)) {
			t.Errorf("%s: got %d %s %q; want %s %q", c.query, dial.Status, dial.Code, dial.Text, c.code, c.text)
		}
	}
}

func TestARefusalTellsWhatItsBodySays(t *testing.T) {
	for body, want := range map[string]string{
		"":                                "",
		"text/plain\n no\tsuch\r\nthing ": "no such thing",
		"text/plain; charset=utf-8\n" + strings.Repeat("ü", 150):                strings.Repeat("ü", 100),
		"text/html\n<p>a page</p>":                                              "",
		"application/json\n{\"message\":\"No.\",\"info\":\"see\\u001b there\"}": "No. (see? there)",
		"application/json\n{\"info\":\"why\"}":                                  "(why)",
		"text/plain\na\x1b[31mb":                                                "a?[31mb",
	} {
		kind, text, _ := strings.Cut(body, "\n")
		server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", kind)
			w.WriteHeader(http.StatusForbidden)
			_, _ = io.WriteString(w, text)
		}))
		_, err := tunnel.Dial(t.Context(), tunnel.Options{URL: "ws" + strings.TrimPrefix(server.URL, "http")})
		server.Close()
		var refused *tunnel.DialError
		if !errors.As(err, &refused) || refused.Status != http.StatusForbidden || refused.Said() != want {
			t.Errorf("%q: got %v, said %q, want %q", body, err, refused.Said(), want)
		}
	}
}

func itoa(n int) string {
	return string(rune('0'+n/100)) + string(rune('0'+n/10%10)) + string(rune('0'+n%10))
}

func TestRedirectIsNotFollowedWithCredentials(t *testing.T) {
	asked := make(chan string, 1)
	thief := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		asked <- r.Header.Get("Authorization")
	}))
	defer thief.Close()
	redirect := httptest.NewServer(http.RedirectHandler(thief.URL, http.StatusTemporaryRedirect))
	defer redirect.Close()
	_, err := tunnel.Dial(t.Context(), tunnel.Options{
		URL:    "ws" + strings.TrimPrefix(redirect.URL, "http"),
		Native: tunnel.Native{Header: http.Header{"Authorization": {"Bearer abc"}}},
	})
	var dial *tunnel.DialError
	if !errors.As(err, &dial) || dial.Status != http.StatusTemporaryRedirect {
		t.Errorf("dial: %v, want a refusal with status 307", err)
	}
	select {
	case got := <-asked:
		t.Errorf("the redirect was followed with Authorization %q", got)
	default:
	}
}

func TestInvalidCertificateIsRefused(t *testing.T) {
	server := httptest.NewTLSServer(tunneltest.Handler(t.Context()))
	defer server.Close()
	_, err := tunnel.Dial(t.Context(), tunnel.Options{URL: "wss" + strings.TrimPrefix(server.URL, "https") + "/echo"})
	if err == nil || !strings.Contains(err.Error(), "certificate") {
		t.Errorf("dial: %v, want a sentence about the certificate", err)
	}
	client := server.Client()
	conn, err := tunnel.Dial(t.Context(), tunnel.Options{
		URL:    "wss" + strings.TrimPrefix(server.URL, "https") + "/echo",
		Native: tunnel.Native{TLS: client.Transport.(*http.Transport).TLSClientConfig},
	})
	if err != nil {
		t.Fatalf("dial with the right roots: %v", err)
	}
	_ = conn.Close()
}
