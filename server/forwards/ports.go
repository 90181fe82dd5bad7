package forwards

import (
	"context"
	"hash/fnv"
	"sync"
)

// Owner is who has the origins on spare ports: a login. Owners are compared with ==.
type Owner interface {
	// Context is done when the owner has ended.
	Context() context.Context
}

// ports remembers which target each owner has on which spare port. A browser keeps what
// pages stored by origin, so a port that gets another target must be emptied first.
type ports struct {
	mu     sync.Mutex
	owners map[Owner]*leases
}

// leases are the ports of one owner.
type leases struct {
	byPort map[int]*lease
	clock  int // grows with each use
}

type lease struct {
	id    string
	used  int
	stale bool // the browser may still have data of another target
}

func newPorts() *ports { return &ports{owners: make(map[Owner]*leases)} }

// assign gives the port of an id: the one it has, or a free one, or the one that was
// asked for the longest time ago.
func (p *ports) assign(owner Owner, list []int, id string) int {
	p.mu.Lock()
	defer p.mu.Unlock()
	mine := p.owners[owner]
	if mine == nil {
		mine = &leases{byPort: make(map[int]*lease)}
		p.owners[owner] = mine
		context.AfterFunc(owner.Context(), func() { p.forget(owner) })
	}
	mine.clock++
	chosen := mine.choose(list, id)
	if have := mine.byPort[chosen]; have == nil || have.id != id {
		mine.byPort[chosen] = &lease{id: id, stale: true}
	}
	mine.byPort[chosen].used = mine.clock
	return chosen
}

// choose starts at a place that the id names, so that a target tends to get the same
// port at each login.
func (l *leases) choose(list []int, id string) int {
	hash := fnv.New32a()
	_, _ = hash.Write([]byte(id)) // never fails
	start := int(hash.Sum32()>>1) % len(list)
	for port, have := range l.byPort {
		if have.id == id {
			return port
		}
	}
	oldest := list[start]
	for i := range list {
		port := list[(start+i)%len(list)]
		have := l.byPort[port]
		if have == nil {
			return port
		}
		if have.used < l.byPort[oldest].used {
			oldest = port
		}
	}
	return oldest
}

// toEmpty tells whether the browser of an owner must forget what it has of a port, and
// that it is told so now.
func (p *ports) toEmpty(owner Owner, port int) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	mine := p.owners[owner]
	if mine == nil || mine.byPort[port] == nil || !mine.byPort[port].stale {
		return false
	}
	mine.byPort[port].stale = false
	return true
}

func (p *ports) forget(owner Owner) {
	p.mu.Lock()
	defer p.mu.Unlock()
	delete(p.owners, owner)
}
