package ssh

import (
	"sync"
	"sync/atomic"
	"time"
)

// watchdog calls bark after a silence of the device, unless a person is being asked.
type watchdog struct {
	silence time.Duration // the limit once the banner was seen
	bark    func()
	greeted atomic.Bool
	over    atomic.Bool // the handshake is over; touch costs nothing from then on

	mu     sync.Mutex
	limit  time.Duration
	timer  *time.Timer // nil while nothing is awaited
	paused int         // questions open
}

// begin awaits a byte within limit from now.
func (w *watchdog) begin(limit time.Duration) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.limit = limit
	w.restart()
}

// touch says that a byte came. Before the banner it changes nothing: a device that
// trickles text must not hold us.
func (w *watchdog) touch() {
	if w.over.Load() || !w.greeted.Load() {
		return
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	w.restart()
}

// pause stops the clock while a person is asked; call resume after.
func (w *watchdog) pause() {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.paused++
	w.restart()
}

func (w *watchdog) resume() {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.paused--
	w.restart()
}

// end stops the watchdog for good.
func (w *watchdog) end() {
	w.over.Store(true)
	w.mu.Lock()
	defer w.mu.Unlock()
	w.restart()
}

// restart sets the timer anew; w.mu is held.
func (w *watchdog) restart() {
	if w.timer != nil {
		w.timer.Stop()
		w.timer = nil
	}
	if w.over.Load() || w.paused > 0 || w.limit <= 0 {
		return
	}
	w.timer = time.AfterFunc(w.limit, w.bark)
}
