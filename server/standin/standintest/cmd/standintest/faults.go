//go:build unix

package main

import (
	"net/http"
	"sync"
)

// faults stands before a tenant and spoils its answers. What it does is one of:
//
//	slow    answers nothing at all, until the asker gives up or the fault ends
//	broken  answers 200 with JSON that ends too early
//	""      nothing
type faults struct {
	next http.Handler

	mu    sync.Mutex
	kind  string
	ended chan struct{} // closed when kind changes; nil without a fault
}

func (f *faults) set(kind string) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.ended != nil {
		close(f.ended)
	}
	f.kind, f.ended = kind, nil
	if kind != "" {
		f.ended = make(chan struct{})
	}
}

// ServeHTTP implements http.Handler.
func (f *faults) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	f.mu.Lock()
	kind, ended := f.kind, f.ended
	f.mu.Unlock()
	switch kind {
	case "slow":
		select {
		case <-r.Context().Done():
			return
		case <-ended:
			f.next.ServeHTTP(w, r)
		}
	case "broken":
		w.Header().Set("Content-Type", "application/json")
		_, _ = w.Write([]byte(`{"managedObjects":[{"id":"1","name":`)) // the asker may be gone
	default:
		f.next.ServeHTTP(w, r)
	}
}
