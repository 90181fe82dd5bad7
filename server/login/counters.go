package login

import (
	"container/list"
	"time"
)

// counter is of one user or one address. It exists only while it counts something: an
// attempt under way, or a failure within the window.
type counter struct {
	key      string
	failures []time.Time // within the window when last looked at, oldest first
	underWay int
	changed  chan struct{} // closed and replaced when an attempt ends

	// Of a counter with nothing under way: since when, and where it waits to be forgotten.
	ended time.Time
	order *list.List
	place *list.Element
}

// counters are those of one kind: users, or addresses. They are apart, so that a flood of
// one kind cannot push out the other.
type counters struct {
	limit  int // failures within the window
	most   int // counters at once
	byKey  map[string]*counter
	orders []*list.List // by number of failures, 1 to limit: counters at rest, longest at rest first
}

func newCounters(limit, most int) *counters {
	s := &counters{limit: limit, most: most, byKey: make(map[string]*counter)}
	for range limit + 1 {
		s.orders = append(s.orders, list.New())
	}
	return s
}

// look finds the counter of a key and drops the failures that left the window. It makes
// none: whoever is refused must not cost memory.
func (s *counters) look(key string, now time.Time) *counter {
	c := s.byKey[key]
	if c == nil {
		return nil
	}
	for len(c.failures) > 0 && now.Sub(c.failures[0]) >= failureWindow {
		c.failures = c.failures[1:]
	}
	return c
}

// wait is how long a key is refused; zero when it is not.
func (s *counters) wait(c *counter, now time.Time) time.Duration {
	if c == nil || len(c.failures) < s.limit {
		return 0
	}
	return c.failures[0].Add(failureWindow).Sub(now)
}

// busy tells whether the rest of the limit is under way.
func (s *counters) busy(c *counter) bool {
	return c != nil && len(c.failures)+c.underWay >= s.limit
}

// take counts an attempt under way. It gives nil when there is no room, because as many
// attempts as there may be counters are under way.
func (s *counters) take(key string, now time.Time) *counter {
	c := s.byKey[key]
	if c == nil {
		if !s.makeRoom(now) {
			return nil
		}
		c = &counter{key: key, changed: make(chan struct{})}
		s.byKey[key] = c
	}
	s.wake(c)
	c.underWay++
	return c
}

// end takes an attempt that is over out of the count. A counter that counts nothing goes.
func (s *counters) end(c *counter, now time.Time) {
	c.underWay--
	close(c.changed)
	c.changed = make(chan struct{})
	if c.underWay > 0 {
		return
	}
	if len(c.failures) == 0 {
		delete(s.byKey, c.key)
		return
	}
	c.ended = now
	c.order = s.orders[min(len(c.failures), s.limit)]
	c.place = c.order.PushBack(c)
}

// wake takes a counter out of those that may be forgotten.
func (s *counters) wake(c *counter) {
	if c.order != nil {
		c.order.Remove(c.place)
		c.order, c.place = nil, nil
	}
}

// makeRoom makes sure that one more counter fits. What is over goes first; then what
// has the fewest failures, at rest for the longest. So a limit that is reached goes last:
// pushing it out takes as many failures for each of the other counters. No step looks at
// more than the fronts.
func (s *counters) makeRoom(now time.Time) bool {
	for _, order := range s.orders {
		for front := order.Front(); front != nil; front = order.Front() {
			c, _ := front.Value.(*counter) // nothing else is in it
			if now.Sub(c.ended) < failureWindow {
				break
			}
			s.forget(c)
		}
	}
	if len(s.byKey) < s.most {
		return true
	}
	for _, order := range s.orders {
		if front := order.Front(); front != nil {
			c, _ := front.Value.(*counter) // nothing else is in it
			s.forget(c)
			return true
		}
	}
	return false
}

func (s *counters) forget(c *counter) {
	s.wake(c)
	delete(s.byKey, c.key)
}
