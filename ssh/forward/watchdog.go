package forward

import (
	"sync"
	"time"
)

// watchdog barks when nothing happened for its limit. A nil one does nothing.
type watchdog struct {
	limit time.Duration

	mu     sync.Mutex
	timer  *time.Timer
	asleep bool // stopped for good
}

func newWatchdog(limit time.Duration, bark func()) *watchdog {
	d := &watchdog{limit: limit}
	d.timer = time.AfterFunc(limit, func() {
		d.mu.Lock()
		asleep := d.asleep
		d.mu.Unlock()
		if !asleep {
			bark()
		}
	})
	return d
}

// pet says that something happened.
func (d *watchdog) pet() { d.set(true) }

// pause lets time pass until the next pet: what is awaited is not the device's to give.
func (d *watchdog) pause() { d.set(false) }

func (d *watchdog) set(running bool) {
	if d == nil {
		return
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	switch {
	case d.asleep:
	case running:
		d.timer.Reset(d.limit)
	default:
		d.timer.Stop()
	}
}

func (d *watchdog) stop() {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.asleep = true
	d.timer.Stop()
}

// petting is a connection whose writes are signs of life: a device that takes an upload
// slowly is not silent.
type petting struct {
	*conn
	dog *watchdog
}

func (p petting) Write(b []byte) (int, error) {
	n, err := p.conn.Write(b)
	if err == nil {
		p.dog.pet()
	}
	return n, err
}
