package relay

import (
	"context"
	"log/slog"
	"math"
	"time"
)

// movedDown notes bytes on their way to the client.
func (k *connection) movedDown(n int) {
	if k.answered.CompareAndSwap(false, true) {
		k.unwatch()
		k.waiter.leave()
	}
	k.active.Store(int64(time.Since(k.began)))
	k.relay.cfg.Metrics.Transferred(ToClient, n)
}

// movedUp notes bytes on their way to the tenant.
func (k *connection) movedUp(n int) {
	k.active.Store(int64(time.Since(k.began)))
	k.relay.cfg.Metrics.Transferred(ToTenant, n)
}

// startLimits arms the timers and returns what disarms them. They cost no goroutine
// while they wait.
func (k *connection) startLimits() (stop func()) {
	cfg := k.relay.cfg
	var timers []*time.Timer
	if cfg.WaitLimit > 0 {
		timers = append(timers, time.AfterFunc(cfg.WaitLimit, func() {
			if !k.answered.Load() {
				k.end(endFor(ReasonDeviceTimeout))
			}
		}))
	}
	if cfg.MaxDuration > 0 {
		timers = append(timers, time.AfterFunc(cfg.MaxDuration, func() { k.end(endFor(ReasonMaxDuration)) }))
	}
	if cfg.IdleLimit > 0 {
		timers = append(timers, k.watchIdle(cfg.IdleLimit))
	}
	return func() {
		for _, t := range timers {
			t.Stop()
		}
	}
}

// watchIdle ends the connection when no byte moved for limit. The timer is set anew
// when it fires, not with each message.
func (k *connection) watchIdle(limit time.Duration) *time.Timer {
	var t *time.Timer
	t = time.AfterFunc(time.Duration(math.MaxInt64), func() {
		if k.ended.Load() {
			return
		}
		idle := time.Since(k.began) - time.Duration(k.active.Load())
		if idle >= limit {
			k.end(endFor(ReasonIdle))
			return
		}
		t.Reset(limit - idle)
	})
	t.Reset(limit)
	return t
}

// logOpened writes the line of the open.
func (k *connection) logOpened() {
	k.relay.cfg.Log.LogAttrs(context.Background(), slog.LevelInfo, "connection opened", k.who()...)
}

// logClosed writes the line of the close.
func (k *connection) logClosed() {
	k.relay.cfg.Log.LogAttrs(context.Background(), slog.LevelInfo, "connection closed", append(k.who(),
		slog.Int64("bytes_to_client", k.down.total.Load()),
		slog.Int64("bytes_to_tenant", k.up.total.Load()),
		slog.Duration("duration", k.relay.cfg.Now().Sub(k.opened)),
		slog.String("reason", string(k.ending.reason)),
		slog.Int("close_code", int(k.ending.client)),
		slog.Int("tenant_close_code", int(k.ending.tenant)),
	)...)
}

// who are the fields that both lines share.
func (k *connection) who() []slog.Attr {
	attrs := []slog.Attr{
		slog.String("connection", string(k.ID)),
		slog.String("principal", k.Principal),
		slog.String("device", string(k.Device)),
		slog.String("configuration", string(k.Configuration)),
		slog.String("address", k.Address),
	}
	if k.Token != "" {
		attrs = append(attrs, slog.String("cli_token", k.Token))
	}
	if k.Plain {
		attrs = append(attrs, slog.Bool("plain", true))
	}
	return attrs
}
