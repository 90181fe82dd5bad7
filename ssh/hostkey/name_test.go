package hostkey

import (
	"strings"
	"testing"

	"porthole/ssh/wire"
)

func TestNameMakesAllLoopbackOne(t *testing.T) {
	for _, host := range []string{
		"localhost", "LOCALHOST", "localhost.", "127.0.0.1", "127.8.9.10", "::1", "[::1]",
		"0:0:0:0:0:0:0:1", "::ffff:127.0.0.1", "ip6-localhost", "ip6-loopback", "",
	} {
		if got, want := Name("t1", "1234", host, 22), "[localhost.1234.t1]:22"; got != want {
			t.Errorf("Name of host %q: got %q, want %q", host, got, want)
		}
	}
}

func TestNameSpellings(t *testing.T) {
	tests := []struct {
		host string
		port int
		want string
	}{
		{"Router.Example.COM.", 2222, "[router.example.com.1234.t1]:2222"},
		{"192.168.1.7", 22, "[192.168.1.7.1234.t1]:22"},
		{"::ffff:192.168.1.7", 22, "[192.168.1.7.1234.t1]:22"},
		{"FE80:0::0001", 22, "[fe80::1.1234.t1]:22"},
		{"fe80::1%eth0", 22, "[fe80::1=25eth0.1234.t1]:22"},
		{"a b,c", 22, "[a=20b=2cc.1234.t1]:22"},
		{"*", 22, "[=2a.1234.t1]:22"},
		{"!x?|[y]=", 22, "[=21x=3f=7c=5by=5d=3d.1234.t1]:22"},
		{"bücher", 22, "[b=c3=bccher.1234.t1]:22"},
	}
	for _, test := range tests {
		if got := Name("t1", "1234", test.host, test.port); got != test.want {
			t.Errorf("Name of host %q: got %q, want %q", test.host, got, test.want)
		}
	}
}

// TestNameAttackByCraftedHost: whoever may write a remote access configuration must not
// make a host whose name is another device's.
func TestNameAttackByCraftedHost(t *testing.T) {
	victim := Name("t1", "1234", "localhost", 22)
	for _, other := range []string{
		Name("t1", "999", "localhost.1234.t1]:22,[x", 22),
		Name("t1", "999", "localhost.1234", 22),
		Name("1234.t1", "localhost", "", 22),
		Name("t1]:22", "1234", "localhost", 22),
		Name("T1", "1234", "localhost", 22),
		Name("t1", "1234", "localhost", 2222),
		Name("t1", "1234", "localhost\n"+victim, 22),
		Name("t1", "1234", "*", 22),
	} {
		if matches([]string{other}, victim) || matches([]string{victim}, other) {
			t.Errorf("%q passes for %q", other, victim)
		}
		if strings.ContainsAny(other, " ,*?|\n") {
			t.Errorf("%q has bytes that mean something in known_hosts", other)
		}
	}
}

func FuzzNamesDiffer(f *testing.F) {
	f.Add("t1", "1", "a.2", "t1", "2", "a")
	f.Add("t1", "1", "a", "1.t1", "a", "")
	f.Fuzz(func(t *testing.T, tenant1, device1, host1, tenant2, device2, host2 string) {
		name1 := Name(wire.TenantID(tenant1), wire.DeviceID(device1), host1, 22)
		name2 := Name(wire.TenantID(tenant2), wire.DeviceID(device2), host2, 22)
		same := tenant1 == tenant2 && device1 == device2 && canonicalHost(host1) == canonicalHost(host2)
		if (name1 == name2) != same {
			t.Errorf("%q and %q from (%q %q %q) and (%q %q %q)", name1, name2, tenant1, device1, host1, tenant2, device2, host2)
		}
		if !matches([]string{name1}, name1) {
			t.Errorf("%q does not match itself", name1)
		}
	})
}
