package relay

import (
	"context"
	"log/slog"
	"time"
)

// The pace of looking at the connect operation: a refusal is to be told within two
// seconds, and a device that refuses does so within a quarter to one second.
const (
	firstLook   = 250 * time.Millisecond
	slowestLook = time.Second
	lookTimeout = 5 * time.Second // of one list request

	// hurriedLook is the pace once the tenant's side has ended without a byte of the
	// device: the reason is then written at this moment, or was.
	hurriedLook = 100 * time.Millisecond
	// reasonTime is how long an end of the tenant's side waits for that reason. An agent
	// reports a closed port and closes its websocket at the same time, in either order.
	reasonTime = 2 * time.Second
)

// Statuses of an operation that are final.
const (
	statusSuccessful = "SUCCESSFUL"
	statusFailed     = "FAILED"
)

// watch looks at the connect operation until ctx is done, which it is with the first
// byte of the device and with the end of the connection. A FAILED operation ends the
// connection with its reason. A list that fails ends nothing: the device may answer
// all the same. Once the tenant's side is gone it looks at once, then fast.
func (k *connection) watch(ctx context.Context, w *waiter, hide []string) {
	defer close(k.watched)
	since := w.earliest()
	complained := false
	wait := time.NewTimer(firstLook)
	defer wait.Stop()
	gone := k.tenantGone
	for pause, slowest := firstLook, slowestLook; ; pause = min(pause*3/2, slowest) {
		select {
		case <-ctx.Done():
			return
		case <-wait.C:
		case <-gone:
			gone, pause, slowest = nil, hurriedLook, hurriedLook
		}
		list, err := k.look(ctx, since)
		switch {
		case ctx.Err() != nil:
			return
		case err != nil:
			if !complained {
				complained = true
				k.relay.cfg.Log.LogAttrs(ctx, slog.LevelWarn, "connect operation cannot be watched",
					slog.String("connection", string(k.ID)),
					slog.String("error", cut(withoutKeys(withoutSecrets(safeCause(err, hide).Error(), hide)), maxTenantMessage)))
			}
		default:
			if op, ok := w.pick(list, k.relay.cfg.Now()); ok && k.settled(op) {
				return
			}
		}
		wait.Reset(pause)
	}
}

// awaitReason lets the watch say why the tenant's side ended before the first byte of
// the device. It returns when the watch has, when the connection has ended for another
// cause, or after reasonTime.
func (k *connection) awaitReason() {
	if k.Operations == nil || k.answered.Load() {
		return
	}
	close(k.tenantGone)
	t := time.NewTimer(reasonTime)
	defer t.Stop()
	select {
	case <-k.watched:
	case <-k.done:
	case <-t.C:
	}
}

// look lists the operations once.
func (k *connection) look(ctx context.Context, since time.Time) ([]Operation, error) {
	ctx, cancel := context.WithTimeout(ctx, lookTimeout)
	defer cancel()
	return k.Operations.ConnectOperations(ctx, k.Device, since)
}

// settled ends the connection when its operation FAILED, and reports whether nothing
// more is to be learnt from the operation.
func (k *connection) settled(op Operation) bool {
	switch op.Status {
	case statusFailed:
		if !k.answered.Load() {
			k.end(deviceRefused(op.FailureReason))
		}
		return true
	case statusSuccessful:
		return true
	}
	return false
}
