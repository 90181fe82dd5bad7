package wire

import "testing"

func TestNamesUnderLocalhostAreLoopback(t *testing.T) {
	for address, want := range map[string]string{
		"porthole.localhost:8440":   "127.0.0.1:8440",
		"A.B.LocalHost.:1":          "127.0.0.1:1",
		"localhost:80":              "127.0.0.1:80",
		"notlocalhost:80":           "notlocalhost:80",
		"localhost.example.com:443": "localhost.example.com:443",
		"[::1]:80":                  "[::1]:80",
		"porthole.localhost":        "porthole.localhost",
		"":                          "",
	} {
		if got := LoopbackAddress(address); got != want {
			t.Errorf("%q: got %q, want %q", address, got, want)
		}
	}
}
