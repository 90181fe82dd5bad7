package wire

import "testing"

func TestLoopbackHasOneNameAndAnAddressOneSpelling(t *testing.T) {
	for host, want := range map[string]string{
		"localhost": "localhost", "LOCALHOST.": "localhost", "": "localhost", "127.0.0.1": "localhost", "127.1.2.3": "localhost",
		"::1": "localhost", "[::1]": "localhost", "::ffff:127.0.0.1": "localhost", "ip6-localhost": "localhost",
		"192.168.0.9": "192.168.0.9", "::ffff:192.168.0.9": "192.168.0.9", "FE80:0::1%eth0": "fe80::1%eth0",
		"Router.Example.": "router.example", "x.localhost": "x.localhost",
	} {
		if got := CanonicalHost(host); got != want {
			t.Errorf("%q: got %q, want %q", host, got, want)
		}
	}
}
