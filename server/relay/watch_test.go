package relay

import (
	"context"
	"errors"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/coder/websocket"

	"porthole/ssh/wire"
)

// operation is a connect operation to the rig's device, created now.
func operation(id, status, reason string) Operation {
	return Operation{ID: id, Status: status, CreationTime: time.Now(), Host: "127.0.0.1", Port: 22, FailureReason: reason}
}

func TestARefusalOfTheDeviceIsToldWithinTwoSeconds(t *testing.T) {
	for name, delay := range map[string]time.Duration{"at once": 0, "after 700 ms": 700 * time.Millisecond, "after a minute": time.Minute} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				r := newPipeRig(t, Config{})
				r.withOperations()
				client, tenant := r.pair()
				go drain(tenant)
				op := operation("1", "PENDING", "")
				r.operations.set(op)
				var failed time.Time
				time.AfterFunc(delay, func() {
					failed = time.Now()
					op.Status, op.FailureReason = "FAILED", "connection refused"
					r.operations.set(op)
				})
				code, text := closeOf(t, client)
				if code != websocket.StatusCode(wire.CloseDeviceRefused) || text != "connection refused" {
					t.Errorf("closed with %d %q", code, text)
				}
				if got := time.Since(failed); got > 2*time.Second {
					t.Errorf("told after %v", got)
				}
			})
		})
	}
}

func TestAConnectionIsNotEndedBy(t *testing.T) {
	old := func(op Operation, by time.Duration) Operation {
		op.CreationTime = op.CreationTime.Add(-by)
		return op
	}
	with := func(op Operation, edit func(*Operation)) Operation {
		edit(&op)
		return op
	}
	for name, list := range map[string]func() []Operation{
		"an operation of before the dial": func() []Operation { return []Operation{old(operation("1", "FAILED", "x"), time.Minute)} },
		"an operation to another port": func() []Operation {
			return []Operation{with(operation("1", "FAILED", "x"), func(o *Operation) { o.Port = 23 })}
		},
		"an operation to another host": func() []Operation {
			return []Operation{with(operation("1", "FAILED", "x"), func(o *Operation) { o.Host = "10.0.0.1" })}
		},
		"an operation without an id": func() []Operation { return []Operation{operation("", "FAILED", "x")} },
		"two operations that could be its own": func() []Operation {
			return []Operation{operation("1", "FAILED", "x"), operation("2", "FAILED", "y")}
		},
		"its own operation's success": func() []Operation { return []Operation{operation("1", "SUCCESSFUL", "")} },
		"a status nobody knows":       func() []Operation { return []Operation{operation("1", "LOST", "x")} },
		"an empty list":               func() []Operation { return nil },
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				r := newPipeRig(t, Config{})
				r.withOperations()
				r.operations.set(list()...)
				client, tenant := r.pair()
				time.Sleep(time.Minute)
				if got := r.relay.Open(); got != 1 {
					t.Fatalf("the connection ended:\n%s", r.log)
				}
				write(t, tenant, websocket.MessageBinary, []byte("late, but here"))
				readN(t, client, 14)
			})
		})
	}
}

func TestAListThatFailsEndsNothingAndIsLoggedOnceWithoutSecrets(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newPipeRig(t, Config{})
		r.withOperations()
		r.operations.fail(errors.New("GET /devicecontrol/operations?token=query-token-secret: Bearer bearer-secret: 500"))
		client, tenant := r.pair()
		time.Sleep(time.Minute)
		if got := r.log.lines(t, "connect operation cannot be watched"); len(got) != 1 {
			t.Errorf("%d lines, want one", len(got))
		}
		for _, secret := range r.secrets() {
			if strings.Contains(r.log.String(), secret) {
				t.Errorf("the log holds %q", secret)
			}
		}
		r.operations.fail(nil) // the tenant recovers: the watch goes on
		r.operations.set(operation("1", "FAILED", "connection refused"))
		r.operations.mu.Lock()
		r.operations.list[0].CreationTime = time.Now()
		r.operations.mu.Unlock()
		go drain(tenant)
		if code, _ := closeOf(t, client); code != websocket.StatusCode(wire.CloseDeviceRefused) {
			t.Errorf("close code is %d", code)
		}
	})
}

func TestTheFirstByteOfTheDeviceStopsTheWatch(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newPipeRig(t, Config{})
		r.withOperations()
		client, tenant := r.pair()
		write(t, client, websocket.MessageBinary, []byte("SSH-2.0-Go\r\n")) // the client's bytes prove nothing
		readN(t, tenant, 12)
		time.Sleep(3 * time.Second)
		if r.operations.requests() == 0 {
			t.Fatal("the operation was not watched")
		}
		write(t, tenant, websocket.MessageBinary, []byte("S"))
		readN(t, client, 1)
		before := r.operations.requests()
		r.operations.set(operation("1", "FAILED", "too late"))
		time.Sleep(time.Minute)
		if got := r.operations.requests(); got != before {
			t.Errorf("%d more requests after the first byte", got-before)
		}
		if got := r.relay.Open(); got != 1 {
			t.Error("the connection ended")
		}
	})
}

func TestTwoConnectionsAtOnceDoNotTakeEachOthersRefusal(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newPipeRig(t, Config{})
		r.withOperations()
		r.pair()
		r.pair()
		r.operations.set(operation("1", "FAILED", "x")) // whose? only one of the two was refused
		time.Sleep(time.Minute)
		if got := r.relay.Open(); got != 2 {
			t.Errorf("%d connections are open, want both:\n%s", got, r.log)
		}
	})
}

func TestALaterConnectionIsNotEndedByTheRefusalOfAnEarlierOne(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newPipeRig(t, Config{})
		r.withOperations()
		client, tenant := r.pair()
		go drain(tenant)
		r.operations.set(operation("1", "FAILED", "first"))
		if _, text := closeOf(t, client); text != "first" {
			t.Errorf("reason is %q", text)
		}
		r.served()
		client, tenant = r.pair() // within the slack of the clocks
		time.Sleep(time.Second)
		if got := r.relay.Open(); got != 1 {
			t.Fatal("the second connection took the first one's refusal")
		}
		r.operations.set(operation("1", "FAILED", "first"), operation("2", "FAILED", "second"))
		go drain(tenant)
		if _, text := closeOf(t, client); text != "second" {
			t.Errorf("reason is %q, want its own", text)
		}
	})
}

func TestATenantWhoseClockIsWrongByHoursIsUnderstood(t *testing.T) {
	for name, skew := range map[string]time.Duration{"ahead": 5 * time.Hour, "behind": -5 * time.Hour} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				r := newPipeRig(t, Config{})
				r.withOperations()
				r.answerWith(func(w http.ResponseWriter, req *http.Request) {
					w.Header().Set("Date", time.Now().Add(skew).UTC().Format(http.TimeFormat))
					if ws, err := websocket.Accept(w, req, nil); err == nil {
						r.tenants <- ws
					}
				})
				before := operation("1", "FAILED", "of an hour ago")
				before.CreationTime = time.Now().Add(skew - time.Hour)
				own := operation("2", "FAILED", "its own")
				own.CreationTime = time.Now().Add(skew)
				r.operations.set(before, own)
				client, tenant := r.pair()
				go drain(tenant)
				if code, text := closeOf(t, client); text != "its own" {
					t.Errorf("closed with %d %q", code, text)
				}
				if got := time.Now().Add(skew).Sub(r.operations.from); got < 0 || got > 10*time.Second {
					t.Errorf("asked for operations since %v before the tenant's now", got)
				}
			})
		})
	}
}

func TestCreatedSinceReadsTheTenantsClock(t *testing.T) {
	began := time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
	answered := began.Add(3 * time.Second)
	date := time.Date(2026, 3, 1, 17, 30, 5, 0, time.UTC)
	for name, c := range map[string]struct {
		date string
		want time.Time
	}{
		"dated":   {date.Format(http.TimeFormat), date.Add(-3*time.Second - clockSlack)},
		"undated": {"", began.Add(-undatedSlack)},
		"garbage": {"yesterday", began.Add(-undatedSlack)},
	} {
		if got := createdSince(http.Header{"Date": {c.date}}, began, answered); !got.Equal(c.want) {
			t.Errorf("%s: %v, want %v", name, got, c.want)
		}
	}
}

func TestPickIsAmbiguousWhileAnotherDialCouldMeanTheSame(t *testing.T) {
	now := time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
	c := newClaims()
	k := Connection{Device: "42", Host: "localhost", Port: 22}
	list := []Operation{{ID: "1", CreationTime: now, Host: "LocalHost", Port: 22}}
	first, second := c.enter(k), c.enter(k)
	first.dialed(now.Add(-time.Second))
	if _, ok := first.pick(list, now); ok {
		t.Error("claimed while the second still dials")
	}
	second.dialed(now.Add(time.Second)) // its operation cannot be this old
	if op, ok := first.pick(list, now); !ok || op.ID != "1" {
		t.Error("not claimed although only it can be the owner")
	}
	other := c.enter(Connection{Device: "42", Host: "10.0.0.1", Port: 22})
	other.dialed(now.Add(-time.Hour))
	if _, ok := other.pick(list, now); ok {
		t.Error("claimed an operation to another host")
	}
	unknown := c.enter(Connection{Device: "42"})
	unknown.dialed(now.Add(-time.Hour))
	if _, ok := unknown.pick(list, now); ok {
		t.Error("claimed what is taken")
	}
	for _, w := range []*waiter{first, second, other, unknown, first} {
		w.leave()
	}
	if len(c.waiting) != 0 {
		t.Errorf("%d devices still have waiters", len(c.waiting))
	}
	late := c.enter(k)
	late.dialed(now.Add(-time.Second))
	if _, ok := late.pick(list, now); ok {
		t.Error("claimed what the first, now gone, had claimed")
	}
	later := now.Add(claimMemory + time.Minute)
	late.pick([]Operation{{ID: "2", CreationTime: later, Host: "localhost", Port: 22}}, later)
	if len(c.taken) != 1 {
		t.Errorf("%d claims are remembered, want the new one only", len(c.taken))
	}
}

// stubborn is a lister that waits for its context.
type stubborn struct{ ended chan struct{} }

func (s stubborn) ConnectOperations(ctx context.Context, _ wire.DeviceID, _ time.Time) ([]Operation, error) {
	<-ctx.Done()
	s.ended <- struct{}{}
	return nil, ctx.Err()
}

func TestTheEndDoesNotWaitForAHangingList(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newPipeRig(t, Config{})
		hanging := stubborn{ended: make(chan struct{}, 8)}
		r.set(func(c *Connection) { c.Operations = hanging })
		client, tenant := r.pair()
		go drain(tenant)
		time.Sleep(time.Second)
		began := time.Now()
		_ = client.CloseNow()
		r.served()
		if got := time.Since(began); got != 0 {
			t.Errorf("the end took %v", got)
		}
		<-hanging.ended
	})
}
