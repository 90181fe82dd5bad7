package server_test

import (
	"net/http"
	"net/http/httputil"
	"net/url"
	"strings"
	"sync"
	"testing"

	"porthole/ssh/wire"
)

// tenantRequests notes all that the tenant gets.
func tenantRequests(o *options) (dump func() string) {
	var mu sync.Mutex
	var all strings.Builder
	o.tenant = func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			text, _ := httputil.DumpRequest(r, r.Header.Get("Upgrade") == "")
			mu.Lock()
			all.Write(text)
			mu.Unlock()
			next.ServeHTTP(w, r)
		})
	}
	return func() string {
		mu.Lock()
		defer mu.Unlock()
		return all.String()
	}
}

func TestAttackTokenInAQuery(t *testing.T) {
	o := options{}
	dump := tenantRequests(&o)
	w := newDeviceWorld(t, o)
	token := w.signIn("anna", annaPassword).commandLine()
	for _, query := range []string{"?token=" + token, "?token=Bearer%20" + token, "?token=" + token + "&token=x", "?access_token=" + token, "?a=1&b=" + token} {
		for _, headers := range [][]string{{}, {"Authorization", "Bearer " + token}, {"Authorization", basic("anna", annaPassword)}} {
			a := w.do(http.MethodGet, "/inventory/managedObjects"+query, "", headers...)
			wantProblem(t, a, http.StatusUnauthorized, wire.CodeNotSignedIn)
		}
		if _, response, err := w.dial(t.Context(), "3", query, nil); err == nil || response == nil || response.StatusCode != http.StatusUnauthorized {
			t.Errorf("websocket with %s: got %v %v", query[:8], response, err)
		}
	}
	w.do(http.MethodGet, "/tenant/loginOptions?token="+token+"&x="+token, "")
	if strings.Contains(dump(), "pht_") {
		t.Error("the tenant got the token")
	}
}

// Whichever way a token is sent, no byte of it comes to the tenant.
func TestAttackPhtToTheTenant(t *testing.T) {
	o := options{}
	dump := tenantRequests(&o)
	w := newDeviceWorld(t, o)
	p := w.signIn("anna", annaPassword)
	token := p.commandLine()
	unknown := "pht_" + strings.Repeat("A", 43)
	for _, headers := range [][]string{
		{"Authorization", "Bearer " + token},
		{"Authorization", "bearer  " + token},
		{"Authorization", "Bearer " + unknown},
		{"Authorization", "Bearer pht_short"},
		{"Authorization", "Bearer " + token, "Authorization", "Bearer " + token},
		{"Authorization", "Basic " + token},
		{"Authorization", basic("anna", token)},
		{"Authorization", basic(token, "x")},
		{"Cookie", "authorization=" + token + "; XSRF-TOKEN=x", "X-XSRF-TOKEN", "x"},
		{"Cookie", "__Host-porthole=" + token},
		{"X-Token", token, "TFAToken", token, "X-XSRF-TOKEN", token, "Referer", token, "Authorization", "Bearer " + token},
	} {
		for _, path := range []string{"/user/currentUser", "/service/remoteaccess/devices/1234/configurations", "/devicecontrol/operations"} {
			w.do(http.MethodGet, path, "", headers...)
		}
		header := http.Header{}
		for i := 0; i < len(headers); i += 2 {
			header.Add(headers[i], headers[i+1])
		}
		if conn, _, err := w.dial(t.Context(), "3", "", header); err == nil {
			_ = conn.CloseNow()
		}
	}
	p.do(http.MethodPost, "/api/login", loginBody("anna", token, ""))
	w.do(http.MethodPost, "/tenant/oauth?tenant_id=t12345", url.Values{"grant_type": {"PASSWORD"}, "username": {"anna"}, "password": {token}}.Encode(),
		"Content-Type", "application/x-www-form-urlencoded")
	seen := dump()
	if !strings.Contains(seen, "/user/currentUser") {
		t.Fatal("the tenant got nothing at all")
	}
	if strings.Contains(seen, "pht_") || strings.Contains(seen, token[4:]) || strings.Contains(seen, basic("anna", token)) || strings.Contains(seen, basic(token, "x")) {
		t.Errorf("the tenant got the token:\n%s", seen)
	}
}
