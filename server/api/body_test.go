package api

import (
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"porthole/ssh/wire"
)

// TestABodyThatNeverArrivesIsGivenUp: anyone may open a socket to the sign-in, so nobody
// may keep one for ever by promising a byte more.
func TestABodyThatNeverArrivesIsGivenUp(t *testing.T) {
	before := bodyTime
	bodyTime = 50 * time.Millisecond
	t.Cleanup(func() { bodyTime = before })
	for name, read := range map[string]http.HandlerFunc{
		"JSON": func(w http.ResponseWriter, r *http.Request) {
			var login wire.LoginRequest
			if p := readJSON(w, r, &login); p != nil {
				writeProblem(w, p)
			}
		},
		"form": func(w http.ResponseWriter, r *http.Request) {
			if _, p := readForm(w, r); p != nil {
				writeProblem(w, p)
			}
		},
	} {
		t.Run(name, func(t *testing.T) {
			server := httptest.NewServer(read)
			defer server.Close()
			kind := "application/json"
			if name == "form" {
				kind = "application/x-www-form-urlencoded"
			}
			conn, err := net.Dial("tcp", server.Listener.Addr().String())
			if err != nil {
				t.Fatal(err)
			}
			defer func() { _ = conn.Close() }()
			request := "POST / HTTP/1.1\r\nHost: a\r\nContent-Type: " + kind + "\r\nContent-Length: 100\r\n\r\n{"
			if _, err := io.WriteString(conn, request); err != nil {
				t.Fatal(err)
			}
			_ = conn.SetReadDeadline(time.Now().Add(5 * time.Second))
			answer, err := io.ReadAll(conn) // until the server closes
			if err != nil || !strings.HasPrefix(string(answer), "HTTP/1.1 400") {
				t.Errorf("got %q, %v, want 400 and an end", answer, err)
			}
		})
	}
}

// TestOnlyTheTenantIDOfASignInsQueryPasses: a tenant may read a second user name from the
// query, which nobody counted.
func TestOnlyTheTenantIDOfASignInsQueryPasses(t *testing.T) {
	for raw, want := range map[string]string{
		"tenant_id=t1": "tenant_id=t1",
		"tenant_id=t1&username=victim&password=guess&tfa_code=1": "tenant_id=t1",
		"tenant_id=t1&tenant_id=t2":                              "tenant_id=t1",
		"username=victim":                                        "",
		"":                                                       "",
		"%zz":                                                    "",
		"tenant_id=a%26username%3Dvictim":                        "tenant_id=a%26username%3Dvictim",
	} {
		if got := tenantQuery(raw); got != want {
			t.Errorf("%q: got %q, want %q", raw, got, want)
		}
	}
}
