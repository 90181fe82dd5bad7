package forwards

import (
	"context"
	"fmt"
	"testing"
	"time"
)

type owner struct{ ctx context.Context } //nolint:containedctx // a login's lifetime, as the tests need it

func (o *owner) Context() context.Context { return o.ctx }

func TestSparePortsKeepTheirTargetUntilTheyAreNeeded(t *testing.T) {
	p := newPorts()
	ctx, end := context.WithCancel(t.Context())
	anna, bert := &owner{ctx}, &owner{t.Context()}
	list := []int{8441, 8442, 8443}
	taken := make(map[int]string)
	for i := range list {
		id := fmt.Sprint("id-", i)
		port := p.assign(anna, list, id)
		if had, found := taken[port]; found {
			t.Fatalf("%s and %s share port %d", had, id, port)
		}
		taken[port] = id
		if again := p.assign(anna, list, id); again != port {
			t.Errorf("%s moved from port %d to %d", id, port, again)
		}
		if !p.toEmpty(anna, port) || p.toEmpty(anna, port) {
			t.Errorf("port %d must be emptied exactly once", port)
		}
	}
	p.assign(anna, list, "id-0") // used last now
	if port := p.assign(anna, list, "id-3"); taken[port] != "id-1" {
		t.Errorf("the port of %s was given away, want that of id-1, asked for the longest time ago", taken[port])
	} else if !p.toEmpty(anna, port) {
		t.Error("the port keeps what another target left there")
	}
	first := p.assign(bert, list, "id-0")
	if first != p.assign(anna, list, "id-0") {
		t.Error("a target does not tend to the same port")
	}
	end()
	for deadline := time.Now().Add(5 * time.Second); ; {
		p.mu.Lock()
		left := len(p.owners)
		p.mu.Unlock()
		if left == 1 {
			break
		}
		if time.Now().After(deadline) {
			t.Fatal("a login that ended is still remembered")
		}
	}
}
