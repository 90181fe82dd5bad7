package pace

import (
	"context"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"
)

// line is one whose bytes queue: rate bytes a second behind a round trip of rtt.
type line struct {
	rtt   time.Duration
	rate  int
	until time.Time // when its queue is empty
}

// send gives how long n bytes take, what queues before them included.
func (l *line) send(n int) time.Duration {
	now := time.Now()
	if l.until.Before(now) {
		l.until = now
	}
	l.until = l.until.Add(time.Duration(float64(n) / float64(l.rate) * float64(time.Second)))
	return l.until.Sub(now) + l.rtt
}

// carry moves bytes over the line for a while, and gives how many, and how long the queue
// was at its longest in the second half of it.
func carry(t *testing.T, p *Pace, l *line, limit int, during time.Duration) (moved int, queue time.Duration) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), during)
	defer cancel()
	began := time.Now()
	for {
		n := p.Chunk(limit)
		ticket, err := p.Acquire(ctx, n)
		if err != nil {
			break
		}
		took := l.send(n)
		moved += n
		if time.Since(began) > during/2 {
			queue = max(queue, took-l.rtt)
		}
		time.AfterFunc(took, func() { ticket.Done(true) })
	}
	time.Sleep(10 * time.Second) // until all has arrived
	return moved, queue
}

func TestTransferFillsTheLineAndItsQueueStaysWithinTheBudget(t *testing.T) {
	for name, c := range map[string]struct {
		line     line
		channels int
	}{
		"LTE":               {line{rtt: 60 * time.Millisecond, rate: 3 << 20}, 5},
		"slow":              {line{rtt: 100 * time.Millisecond, rate: 1 << 20}, 5},
		"fast and far":      {line{rtt: 100 * time.Millisecond, rate: 60 << 20}, 5},
		"fast and near":     {line{rtt: time.Millisecond, rate: 60 << 20}, 1},
		"two channels only": {line{rtt: 30 * time.Millisecond, rate: 60 << 20}, 2},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				p := New(nil)
				p.Channels(c.channels)
				const during = 30 * time.Second
				moved, queue := carry(t, p, &c.line, 255<<10, during)
				able := float64(c.line.rate)
				if windows := float64(c.channels*Channel) / c.line.rtt.Seconds(); windows < able {
					able = windows
				}
				if got := float64(moved) / during.Seconds(); got < 0.8*able {
					t.Errorf("%.1f MB/s of %.1f", got/1e6, able/1e6)
				}
				if queue > 2*idleBudget {
					t.Errorf("the queue was %v long", queue)
				}
			})
		})
	}
}

func TestWhileSomebodyTypesTheQueueIsShort(t *testing.T) {
	for name, l := range map[string]line{
		"LTE":  {rtt: 60 * time.Millisecond, rate: 8 << 20},
		"near": {rtt: 2 * time.Millisecond, rate: 60 << 20},
		"far":  {rtt: 100 * time.Millisecond, rate: 30 << 20},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				var typed atomic.Int64
				p := New(func() time.Time { return time.Unix(0, typed.Load()) })
				p.Channels(5)
				carry(t, p, &l, 255<<10, 5*time.Second)
				keys := time.NewTicker(100 * time.Millisecond)
				defer keys.Stop()
				ctx, cancel := context.WithCancel(t.Context())
				defer cancel()
				go func() {
					for ctx.Err() == nil {
						typed.Store(time.Now().UnixNano())
						select {
						case <-keys.C:
						case <-ctx.Done():
						}
					}
				}()
				moved, queue := carry(t, p, &l, 255<<10, 6*time.Second)
				if queue > 40*time.Millisecond {
					t.Errorf("a key waits for %v", queue)
				}
				if moved < l.rate {
					t.Errorf("only %d bytes in 6 s at %d a second", moved, l.rate)
				}
			})
		})
	}
}

func TestAfterAKeyNothingBeginsUntilItsEchoIsBack(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var typed time.Time
		p := New(func() time.Time { return typed })
		acquire := func() time.Duration {
			asked := time.Now()
			ticket, err := p.Acquire(t.Context(), 1)
			if err != nil {
				t.Fatal(err)
			}
			ticket.Done(false)
			return time.Since(asked)
		}
		if took := acquire(); took != 0 {
			t.Errorf("it waited for %v before any key", took)
		}
		for range 3 {
			typed = time.Now()
			time.Sleep(halt / 5)
			if took := acquire(); took != halt*4/5 {
				t.Errorf("it went on after %v", took)
			}
			if took := acquire(); took != 0 {
				t.Errorf("the next one waited for %v", took)
			}
		}
		typed = time.Now()
		ctx, cancel := context.WithTimeout(t.Context(), halt/2)
		defer cancel()
		if _, err := p.Acquire(ctx, 1); err == nil {
			t.Error("a key did not halt it")
		}
		time.Sleep(halt) // until it looked again
	})
}

func TestKeysWithoutAPauseDoNotStopATransfer(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := New(time.Now) // there is always one just now
		l := line{rtt: time.Millisecond, rate: 60 << 20}
		const during = 10 * time.Second
		moved, _ := carry(t, p, &l, 255<<10, during)
		if least := int(during / mostHalt / 2 * least); moved < least {
			t.Errorf("%d bytes in %v, want %d", moved, during, least)
		}
	})
}

func TestWhoWaitsIsServedInOrderAndMayGiveUp(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := New(nil)
		whole, err := p.Acquire(t.Context(), 10*Channel) // more than the window, alone
		if err != nil {
			t.Fatal(err)
		}
		ctx, cancel := context.WithCancel(t.Context())
		served := make(chan int, 3)
		gaveUp := make(chan error, 1)
		go func() {
			_, err := p.Acquire(ctx, 1)
			gaveUp <- err
		}()
		synctest.Wait()
		for i := range 3 {
			go func() {
				ticket, err := p.Acquire(t.Context(), Channel) // one at a time
				if err == nil {
					served <- i
					time.Sleep(time.Second)
					ticket.Done(true)
				}
			}()
			synctest.Wait()
		}
		cancel()
		if err := <-gaveUp; err == nil || len(served) > 0 {
			t.Errorf("gave up with %v, %d served", err, len(served))
		}
		whole.Done(false)
		for want := range 3 {
			if got := <-served; got != want {
				t.Errorf("served %d, want %d", got, want)
			}
		}
		time.Sleep(time.Minute) // until the last is done
	})
}
