package forwards

import (
	"testing"

	"porthole/server/edge"
	"porthole/ssh/wire"
)

// FuzzNewTarget: whatever a page asks for, a target has one spelling, nothing that a log
// or a header could trip over, and an id that is a label of a host name.
func FuzzNewTarget(f *testing.F) {
	f.Add("1001", "http", "127.0.0.1", 1880)
	f.Add("1001", "https", "[fe80::1%eth0]", 443)
	f.Add("1", "http", "ROUTER.example.", 80)
	f.Add("", "tcp", "a\r\nb", -1)
	f.Add("1", "http", "[::1].", 80)
	f.Fuzz(func(t *testing.T, device, scheme, host string, port int) {
		got, err := NewTarget("t12345", "anna", wire.ForwardRequest{Device: wire.DeviceID(device), Scheme: scheme, Host: host, Port: port})
		if err != nil {
			if got != (Target{}) {
				t.Errorf("a target beside an error: %+v", got)
			}
			return
		}
		again, err := NewTarget("t12345", "anna", wire.ForwardRequest{Device: got.Device, Scheme: got.Scheme, Host: got.Host, Port: got.Port})
		if err != nil || again != got {
			t.Errorf("%q: got %+v, then %+v, %v", host, got, again, err)
		}
		for _, b := range []byte(got.String()) {
			if b <= ' ' || b >= 0x7f || b >= 'A' && b <= 'Z' {
				t.Errorf("%q: got %q", host, got.String())
			}
		}
		if id := (Secret{}).ID(got); !isID(id) {
			t.Errorf("id: got %q", id)
		}
	})
}

// FuzzFind: no Host header leads to an origin but a whole id below the base.
func FuzzFind(f *testing.F) {
	app := edge.Site{Scheme: "http", Host: "porthole.localhost:8440"}
	second := edge.Site{Scheme: "https", Host: "usercontent.example"}
	places := []Place{
		Subdomains(app),
		{Kind: wire.ForwardsSecondSite, Base: second, Apps: []edge.Site{app}},
		{Kind: wire.ForwardsPorts, Base: edge.Site{Scheme: "http", Host: "[::1]"}, Apps: []edge.Site{app}, Ports: []int{8441}},
	}
	id := Secret{}.ID(Target{})
	for _, host := range []string{id + ".fwd.porthole.localhost:8440", "view.usercontent.example:443", "[::1]:8441", "fwd.porthole.localhost:8440", ".", ":", ""} {
		f.Add(host)
	}
	f.Fuzz(func(t *testing.T, host string) {
		for i := range places {
			found, ok := places[i].find(host)
			if !ok {
				continue
			}
			again, ok := places[i].find(found.site.Host)
			if !ok || again != found {
				t.Errorf("%q is %+v, which is %+v, %t", host, found, again, ok)
			}
			if found.label != "" && found.label != viewerLabel && !isID(found.label) {
				t.Errorf("%q has the label %q", host, found.label)
			}
		}
	})
}
