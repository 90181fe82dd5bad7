package commands

import (
	"fmt"
	"io"
	"sync"
	"time"

	"porthole/ssh/cmd/porthole/copying"
)

// quiet is a meter without a display.
type quiet struct{}

func (quiet) Begin(string, int64) {}
func (quiet) Had(int64)           {}
func (quiet) Add(int64)           {}

// progress shows one line on a terminal: files, bytes, rate, time left.
type progress struct {
	out io.Writer

	mu    sync.Mutex
	name  string
	files int
	total int64 // of the files so far; -1: not known
	had   int64 // was there already
	done  int64
	begun time.Time
	shown time.Time
	width int
}

// newProgress is quiet where standard error is no terminal.
func (a *app) newProgress() (meter copying.Meter, end func()) {
	if !isTerminal(a.err) {
		return quiet{}, func() {}
	}
	p := &progress{out: a.err, begun: time.Now()}
	return p, p.end
}

// Begin implements copying.Meter.
func (p *progress) Begin(name string, size int64) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.name = name
	p.files++
	if size < 0 || p.total < 0 {
		p.total = -1
	} else {
		p.total += size
	}
}

// Had implements copying.Meter.
func (p *progress) Had(n int64) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.had += n
}

// Add implements copying.Meter.
func (p *progress) Add(n int64) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.done += n
	if time.Since(p.shown) > 200*time.Millisecond {
		p.show()
	}
}

func (p *progress) show() {
	p.shown = time.Now()
	rate := float64(p.done) / max(time.Since(p.begun).Seconds(), 0.001)
	there := p.had + p.done
	text := fmt.Sprintf("%.40q  %s  %s/s", p.name, bytesText(there), bytesText(int64(rate)))
	if p.files == 1 && p.total > 0 { // how much of a folder is left nobody knows
		text += fmt.Sprintf("  %d %%", min(100, there*100/p.total))
		if rate > 0 {
			text += "  " + (time.Duration(float64(max(p.total-there, 0))/rate) * time.Second).Round(time.Second).String()
		}
	}
	if p.files > 1 {
		text += fmt.Sprintf("  file %d", p.files)
	}
	_, _ = fmt.Fprintf(p.out, "\r%-*s", p.width, text) // nobody is left to tell
	p.width = len(text)
}

func (p *progress) end() {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.width > 0 {
		p.show()
		_, _ = fmt.Fprintln(p.out)
	}
}

// bytesText writes a size for people.
func bytesText(n int64) string {
	const step = 1024
	if n < step {
		return fmt.Sprintf("%d B", n)
	}
	value, unit := float64(n), ""
	for _, unit = range []string{"KiB", "MiB", "GiB", "TiB"} {
		value /= step
		if value < step {
			break
		}
	}
	return fmt.Sprintf("%.1f %s", value, unit)
}
