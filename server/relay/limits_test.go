package relay

import (
	"context"
	"net/http"
	"testing"
	"testing/synctest"
	"time"

	"github.com/coder/websocket"

	"porthole/ssh/wire"
)

// refusal dials, expects an HTTP error and returns what Serve said.
func refusal(tb testing.TB, r *rig) *Refused {
	tb.Helper()
	ws, resp, err := r.dial(nil)
	if err == nil {
		_ = ws.CloseNow()
		tb.Fatal("the websocket was accepted")
	}
	f := r.served()
	if f == nil {
		tb.Fatal("Serve returned nil")
	}
	if resp == nil || resp.StatusCode != f.Status {
		tb.Errorf("the client saw %v, want status %d", resp, f.Status)
	}
	return f
}

func TestEachLimitOfConnectionsRefusesAndFreesAgain(t *testing.T) {
	for name, c := range map[string]struct {
		cfg    Config
		status int
	}{
		"per principal": {Config{MaxPerPrincipal: 2, MaxTotal: 3}, http.StatusTooManyRequests},
		"in all":        {Config{MaxPerPrincipal: 3, MaxTotal: 2}, http.StatusServiceUnavailable},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				r := newPipeRig(t, c.cfg)
				first, _ := r.pair()
				r.pair()
				f := refusal(t, r)
				if f.Status != c.status || f.Error != wire.CodeTooManyConnections || f.RetryAfter <= 0 {
					t.Errorf("refused with %+v, want status %d", f, c.status)
				}
				_ = first.CloseNow()
				r.served()
				r.pair()
				synctest.Wait()
				if got := r.relay.Open(); got != 2 {
					t.Errorf("Open is %d, want 2", got)
				}
			})
		})
	}
}

func TestAnotherPrincipalIsNotCountedIn(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newPipeRig(t, Config{MaxPerPrincipal: 1})
		r.pair()
		r.set(func(c *Connection) { c.Principal = "t1/bob" })
		r.pair()
		if f := refusal(t, r); f.Status != http.StatusTooManyRequests {
			t.Errorf("status is %d, want 429", f.Status)
		}
	})
}

func TestARefusedDialFreesItsPlace(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newPipeRig(t, Config{MaxPerPrincipal: 1})
		r.answerWith(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusNotFound) })
		for range 3 {
			if f := refusal(t, r); f.Status != http.StatusNotFound {
				t.Fatalf("status is %d, want 404", f.Status)
			}
		}
	})
}

func TestWithoutPrincipalOrWithAnEndedLoginNothingIsDialled(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newPipeRig(t, Config{})
		r.set(func(c *Connection) { c.Principal = "" })
		if f := refusal(t, r); f.Status != http.StatusUnauthorized || f.Error != wire.CodeNotSignedIn {
			t.Errorf("no principal: refused with %+v", f)
		}
		ended, end := context.WithCancel(context.Background())
		end()
		r.set(func(c *Connection) { c.Principal, c.Login = "t1/alice", ended })
		if f := refusal(t, r); f.Status != http.StatusUnauthorized || f.Error != wire.CodeNotSignedIn {
			t.Errorf("ended login: refused with %+v", f)
		}
		if len(r.headers) != 0 {
			t.Error("the tenant was asked")
		}
	})
}

func TestTrafficInEitherDirectionKeepsAConnectionFromIdling(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newPipeRig(t, Config{IdleLimit: 10 * time.Second, WaitLimit: 9 * time.Second})
		client, tenant := r.pair()
		write(t, tenant, websocket.MessageBinary, []byte("x"))
		readN(t, client, 1)
		for range 20 {
			time.Sleep(9 * time.Second)
			write(t, client, websocket.MessageBinary, []byte("x"))
			readN(t, tenant, 1)
		}
		began := time.Now()
		go drain(tenant)
		if code, _ := closeOf(t, client); code != websocket.StatusCode(wire.CloseIdle) {
			t.Errorf("close code is %d, want %d", code, wire.CloseIdle)
		}
		if got := time.Since(began); got != 10*time.Second {
			t.Errorf("idle for %v before the end, want 10s", got)
		}
	})
}

func TestAPeerThatNeverAnswersACloseIsCutOff(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newPipeRig(t, Config{MaxDuration: time.Minute})
		r.pair() // nobody reads: neither side will answer the close frame
		began := time.Now()
		r.served()
		if got := time.Since(began); got > time.Minute+closeTime {
			t.Errorf("Serve returned after %v, want at most %v after the end", got, closeTime)
		}
	})
}

func TestShutdownDrainsThenClosesAndRefusesMeanwhile(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newPipeRig(t, Config{DrainTime: 30 * time.Second})
		quick, quickTenant := r.pair()
		slow, slowTenant := r.pair()
		go drain(quickTenant)
		go drain(slowTenant)
		began := time.Now()
		done := make(chan struct{})
		go func() { defer close(done); r.relay.Shutdown(context.Background()) }()
		synctest.Wait()
		if f := refusal(t, r); f.Status != http.StatusServiceUnavailable || f.Error != wire.CodeStopping {
			t.Errorf("while stopping: refused with %+v", f)
		}
		write(t, quick, websocket.MessageBinary, []byte("still works")) // draining leaves it open
		_ = quick.CloseNow()
		if code, _ := closeOf(t, slow); code != websocket.StatusCode(wire.CloseGatewayStopping) {
			t.Errorf("close code is %d, want %d", code, wire.CloseGatewayStopping)
		}
		<-done
		if got := time.Since(began); got != 30*time.Second {
			t.Errorf("Shutdown took %v, want the drain time", got)
		}
		if got := r.relay.Open(); got != 0 {
			t.Errorf("%d connections are open after Shutdown", got)
		}
	})
}

func TestShutdownReturnsAtOnceWhenNothingIsOpen(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newPipeRig(t, Config{DrainTime: time.Hour})
		began := time.Now()
		r.relay.Shutdown(t.Context())
		r.relay.Shutdown(t.Context()) // a second call changes nothing
		if got := time.Since(began); got != 0 {
			t.Errorf("Shutdown took %v", got)
		}
	})
}

func TestShutdownEndsADialThatHangs(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newPipeRig(t, Config{DialTimeout: time.Hour})
		hang := make(chan struct{})
		defer close(hang)
		r.answerWith(func(http.ResponseWriter, *http.Request) {
			go r.relay.Shutdown(context.Background())
			<-hang
		})
		if f := refusal(t, r); f.Status != http.StatusServiceUnavailable || f.Error != wire.CodeStopping {
			t.Errorf("refused with %+v", f)
		}
	})
}
