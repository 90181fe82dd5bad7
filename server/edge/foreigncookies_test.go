package edge

import (
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
)

func TestScopesCoverWhereASisterCanSetACookie(t *testing.T) {
	got := scopesOf("porthole.corp.example.co.uk:8443", "/")
	want := []string{
		"; Path=/; Max-Age=0; Secure",
		"; Path=/; Domain=porthole.corp.example.co.uk; Max-Age=0; Secure",
		"; Path=/; Domain=corp.example.co.uk; Max-Age=0; Secure",
		"; Path=/; Domain=example.co.uk; Max-Age=0; Secure",
	}
	if !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
	for _, host := range []string{"192.0.2.7:8440", "[2001:db8::1]", "localhost:8440"} {
		if got := scopesOf(host, "/"); !slices.Equal(got, want[:1]) {
			t.Errorf("%s: got %q, want no domain", host, got)
		}
	}
}

// FuzzExpireForeignCookies: whatever is in the jar, the answer stays small, deletes only,
// and never the login.
func FuzzExpireForeignCookies(f *testing.F) {
	f.Add("a=1; b=2; __Host-porthole=x", "/", 60)
	f.Add("a=1;=;;b;\"=x", "/devices/1/ports/localhost:1880/a;b", 100)
	f.Add("__host-porthole=x; Path=/", "/\x01", 4000)
	f.Fuzz(func(t *testing.T, line, path string, times int) {
		r := httptest.NewRequest(http.MethodGet, "/", nil)
		r.URL.Path = path
		for range min(max(times, 0), 1000) {
			r.Header.Add("Cookie", line)
		}
		w := httptest.NewRecorder()
		ExpireForeignCookies(w, r, "porthole.example", "__Host-porthole")
		sum := 0
		for _, set := range w.Header().Values("Set-Cookie") {
			sum += len(set)
			if strings.ContainsAny(set, "\r\n\x00") || !strings.HasSuffix(set, "; Max-Age=0; Secure") {
				t.Fatalf("got %q", set)
			}
			if name, _, _ := strings.Cut(set, "="); strings.EqualFold(name, "__Host-porthole") || strings.ContainsAny(name, "; \t") {
				t.Fatalf("got %q", set)
			}
		}
		if sum > maxExpiriesBytes || len(w.Header().Values("Set-Cookie")) > maxExpiries {
			t.Fatalf("%d bytes in %d cookies", sum, len(w.Header().Values("Set-Cookie")))
		}
	})
}
