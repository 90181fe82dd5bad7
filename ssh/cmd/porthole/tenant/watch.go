package tenant

import (
	"context"
	"net/http"
	"net/url"
	"time"

	"porthole/ssh/cmd/porthole/fault"
	"porthole/ssh/wire"
)

// The pace of looking at the connect operation, and how far the tenant's clock, which is
// read off answers cut to the second, may differ from the one that dates operations.
const (
	firstLook = 500 * time.Millisecond
	laterLook = 2 * time.Second
	clockSlip = 2 * time.Second
)

// Watch waits for the device of one connection. The platform answers a client before
// the device is there and does not tell it when the device refuses: only the connect
// operation says so.
type Watch struct {
	client        *Client
	device        Device
	configuration Configuration
	limit         time.Duration
	since         time.Time // by the tenant's clock
}

// Watch begins to watch; call it before the connection is dialled. A limit of 0 waits
// for ever.
func (c *Client) Watch(device Device, configuration Configuration, limit time.Duration) *Watch {
	c.mu.Lock()
	defer c.mu.Unlock()
	return &Watch{client: c, device: device, configuration: configuration, limit: limit, since: time.Now().Add(c.skew - clockSlip)}
}

// Await returns the device's reason when it refused, a timeout when the limit has passed
// and the device has not said that it is there, and nil when it has, or when ctx ends.
func (w *Watch) Await(ctx context.Context) error {
	var late <-chan time.Time
	if w.limit > 0 {
		timer := time.NewTimer(w.limit)
		defer timer.Stop()
		late = timer.C
	}
	look := time.NewTimer(firstLook)
	defer look.Stop()
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-late:
			return w.tooLate()
		case <-look.C:
		}
		state, reason := w.look(ctx)
		switch state {
		case refused:
			return fault.New(fault.DeviceRefused, "%s refused the connection to %s: %s", w.device.Name, w.configuration.Address(), reason)
		case there:
			return nil
		case unknown:
			look.Reset(laterLook)
		}
	}
}

func (w *Watch) tooLate() error {
	seen := ""
	if w.device.LastSeen != "" {
		seen = " It was last seen at " + w.device.LastSeen + "."
	}
	return fault.New(fault.Timeout, "%s did not answer within %s.%s Check that it is online and runs an agent with remote access.", w.device.Name, w.limit, seen)
}

// state is what the connect operation tells.
type state int

const (
	unknown state = iota // not yet, or several that differ
	there
	refused
)

// look asks for the operations once. They do not say which connection they are for, so
// only when all that could be this one's agree is anything known.
func (w *Watch) look(ctx context.Context) (state, string) {
	var list struct {
		Operations []operation `json:"operations"`
	}
	err := w.client.read(ctx, "/devicecontrol/operations", url.Values{
		"deviceId": {string(w.device.ID)}, "fragmentType": {wire.FragmentConnect}, "revert": {"true"},
		"pageSize": {"50"}, "dateFrom": {w.since.UTC().Format("2006-01-02T15:04:05.000Z")},
	}, &list)
	if err != nil {
		return unknown, "" // the device may answer all the same
	}
	return w.client.claim(list.Operations, w.configuration)
}

type operation struct {
	ID      string `json:"id"`
	Status  string `json:"status"`
	Reason  string `json:"failureReason"`
	Connect struct {
		Hostname string `json:"hostname"`
		Port     int    `json:"port"`
	} `json:"c8y_RemoteAccessConnect"`
}

// claim decides, and takes a refusal for the one connection that it ends.
func (c *Client) claim(operations []operation, configuration Configuration) (state, string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	var failed *operation
	success, open := false, false
	for i, op := range operations {
		if op.Connect.Hostname != configuration.Hostname || op.Connect.Port != configuration.Port || c.taken[op.ID] {
			continue
		}
		switch op.Status {
		case "FAILED":
			failed = &operations[i]
		case "SUCCESSFUL":
			success = true
		default:
			open = true
		}
	}
	switch {
	case open, success && failed != nil:
		return unknown, ""
	case success:
		return there, ""
	case failed == nil:
		return unknown, ""
	}
	if len(c.taken) == maxTaken {
		clear(c.taken) // those it held are older than any watch looks back
	}
	c.taken[failed.ID] = true
	reason := clean(failed.Reason)
	if reason == "" {
		reason = "it gave no reason."
	}
	return refused, reason
}

// maxTaken bounds what a device that refuses for days costs.
const maxTaken = 10_000

// noteClock learns how far the tenant's clock is from ours.
func (c *Client) noteClock(header http.Header) {
	date, err := http.ParseTime(header.Get("Date"))
	if err != nil {
		return
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.skew = time.Until(date)
}
