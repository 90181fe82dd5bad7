//go:build js

package bridge

import (
	"context"
	"errors"
	"testing"
)

func TestQueuesOfOneOwnerHoldNoMoreThanTheirBudgetTogether(t *testing.T) {
	shared := newBudget(100)
	a, b := newQueue(100), newQueue(100)
	a.shared, b.shared = shared, shared
	begun, proceed := make(chan struct{}), make(chan struct{})
	ends := make(chan error, 10)
	put := func(q *queue, size int64) {
		q.put(job{size: size, done: func(err error) { ends <- err }, run: func(context.Context) error {
			begun <- struct{}{}
			<-proceed
			return nil
		}})
	}
	refused := func(when string) {
		t.Helper()
		select {
		case err := <-ends:
			if err == nil || errors.Is(err, errClosed) {
				t.Errorf("%s: got %v, want a refusal", when, err)
			}
		default:
			t.Fatalf("%s: there was room for more", when)
		}
	}
	left := func(want int64) {
		t.Helper()
		if got := shared.left.Load(); got != want {
			t.Errorf("%d are left, want %d", got, want)
		}
	}
	ctx, stop := context.WithCancel(t.Context())
	done := make(chan struct{})
	go func() { defer close(done); a.run(ctx) }()

	put(a, 60)
	put(b, 60)
	refused("while the other waits")
	put(b, 40) // what was refused holds nothing
	<-begun
	put(b, 1)
	refused("while the other is on its way")
	proceed <- struct{}{}
	if err := <-ends; err != nil {
		t.Fatal(err)
	}
	left(60)
	put(b, 60) // b's own limit is just reached
	left(0)
	b.close()
	for range 2 {
		if err := <-ends; !errors.Is(err, errClosed) {
			t.Errorf("got %v, want that the queue ended", err)
		}
	}
	left(100)
	put(a, 100)
	<-begun
	stop()
	proceed <- struct{}{}
	<-done
	left(100)
}
