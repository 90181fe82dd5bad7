package server_test

import (
	"context"
	"encoding/json"
	"io"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"porthole/server"
	"porthole/server/platform"
	"porthole/server/standin"
	"porthole/ssh/wire"
)

func TestADeviceThatRefusesEndsTheConnectionWithItsReason(t *testing.T) {
	w := newWorld(t, options{})
	conn := w.signIn("anna", annaPassword).open("1")
	start := time.Now()
	go refuseAsDevice(t.Context(), w.tenant.URL, "the port is not on this device's list")
	if reason := wantClose(t, conn, wire.CloseDeviceRefused); !strings.Contains(reason, "not on this device's list") {
		t.Errorf("reason: got %q", reason)
	}
	if took := time.Since(start); took > 3*time.Second {
		t.Errorf("the reason took %s, want it within 2 s", took)
	}
}

// The agent reports the closed port and closes its websocket at the same time.
func TestAClosedPortOnTheDeviceEndsTheConnectionWithItsReason(t *testing.T) {
	w := newDeviceWorld(t, options{})
	start := time.Now()
	reason := wantClose(t, w.signIn("anna", annaPassword).open("4"), wire.CloseDeviceRefused)
	if !strings.Contains(reason, "refused") {
		t.Errorf("reason: got %q", reason)
	}
	if took := time.Since(start); took > 5*time.Second {
		t.Errorf("took %s", took)
	}
}

// refuseAsDevice is an agent that refuses the first connect operation it finds, before
// it dials anything.
func refuseAsDevice(ctx context.Context, tenant, reason string) {
	call := func(method, path, body string) (data []byte) {
		request, err := http.NewRequestWithContext(ctx, method, tenant+path, strings.NewReader(body))
		if err != nil {
			return nil
		}
		request.Header.Set("Authorization", basic("device_edge-1", agentPassword))
		request.Header.Set("Content-Type", "application/json")
		response, err := http.DefaultClient.Do(request)
		if err != nil {
			return nil
		}
		defer func() { _ = response.Body.Close() }()
		data, _ = io.ReadAll(response.Body)
		return data
	}
	defer http.DefaultClient.CloseIdleConnections()
	for ctx.Err() == nil {
		var list platform.OperationList
		_ = json.Unmarshal(call(http.MethodGet, "/devicecontrol/operations?agentId=1234&status=PENDING", ""), &list)
		for _, operation := range list.Operations {
			call(http.MethodPut, "/devicecontrol/operations/"+operation.ID, `{"status":"EXECUTING"}`)
			failed, _ := json.Marshal(map[string]string{"status": "FAILED", "failureReason": reason})
			call(http.MethodPut, "/devicecontrol/operations/"+operation.ID, string(failed))
			return
		}
	}
}

func TestConnectionsEndWithTheirLogin(t *testing.T) {
	w := newDeviceWorld(t, options{})
	p := w.signIn("anna", annaPassword)
	conn := p.open("3")
	echo(t, conn, "before")
	if a := p.do(http.MethodDelete, "/api/login", ""); a.StatusCode != http.StatusNoContent {
		t.Fatalf("sign out: got %d", a.StatusCode)
	}
	wantClose(t, conn, wire.CloseLoginEnded)
}

func TestConnectionsEndWhenTheLoginIsTooOld(t *testing.T) {
	w := newDeviceWorld(t, options{config: func(c *server.Config) { c.LoginIdle, c.LoginMax = 2*time.Second, 2*time.Second }})
	conn := w.signIn("anna", annaPassword).open("3")
	echo(t, conn, "before")
	wantClose(t, conn, wire.CloseLoginEnded)
}

func TestTheTenantRefusingTheLoginEndsItsConnections(t *testing.T) {
	var mu sync.Mutex
	offset := time.Duration(0)
	w := newDeviceWorld(t, options{standin: func(o *standin.Options) {
		o.Now = func() time.Time {
			mu.Lock()
			defer mu.Unlock()
			return time.Now().Add(offset)
		}
	}})
	p := w.signIn("anna", annaPassword)
	conn := p.open("3")
	echo(t, conn, "before")
	mu.Lock()
	offset = 15 * 24 * time.Hour
	mu.Unlock()
	wantProblem(t, p.do(http.MethodGet, "/user/currentUser", ""), http.StatusUnauthorized, wire.CodeNotSignedIn)
	wantClose(t, conn, wire.CloseLoginEnded)
}

func TestAStoppingGatewayTellsItsConnections(t *testing.T) {
	w := newDeviceWorld(t, options{})
	conn := w.signIn("anna", annaPassword).open("3")
	echo(t, conn, "before")
	stopped := make(chan struct{})
	go func() {
		defer close(stopped)
		w.stop()
	}()
	wantClose(t, conn, wire.CloseGatewayStopping)
	select {
	case <-stopped:
	case <-time.After(15 * time.Second):
		t.Error("the gateway did not stop")
	}
}
