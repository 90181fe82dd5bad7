package relay

import (
	"context"
	"encoding/binary"
	"errors"
	"strings"
	"testing"
	"testing/synctest"
	"time"
	"unicode/utf8"

	"github.com/coder/websocket"

	"porthole/ssh/wire"
)

// cutOff stands for a websocket that ended without a close frame.
const cutOff websocket.StatusCode = -1

// badFrame has an opcode that RFC 6455 §5.2 reserves; as a client's it is masked.
var (
	badFrame       = []byte{0x83, 0x00}
	badClientFrame = []byte{0x83, 0x80, 1, 2, 3, 4}
	unmaskedFrame  = []byte{0x82, 0x01, 'x'}
)

func TestEveryEndClosesBothSidesWithTheCodeOfTheTable(t *testing.T) {
	errSignedOut := errors.New("You signed out elsewhere. Sign in again.") //nolint:revive // a sentence for a person, as server/login has
	for _, c := range []struct {
		name           string
		cfg            Config
		do             func(t *testing.T, r *rig, client, tenant *websocket.Conn)
		reason         Reason
		client, tenant websocket.StatusCode
		text           string // in the client's close frame; "" is not checked
	}{
		{name: "client closes", do: closeClient(1000), reason: ReasonClientClosed, client: 1000, tenant: 1000},
		{name: "client goes away", do: closeClient(1001), reason: ReasonClientClosed, client: 1001, tenant: 1001},
		{name: "client closes without a code", do: closeClient(1005), reason: ReasonClientClosed, client: 1005, tenant: 1000},
		{name: "client fails", do: closeClient(1011), reason: ReasonClientClosed, client: 1011, tenant: 1011},
		{name: "client closes with its own code", do: closeClient(4005), reason: ReasonClientClosed, client: 4005, tenant: 1011},
		{
			name: "client is cut off", reason: ReasonClientLost, client: cutOff, tenant: 1000,
			do: func(_ *testing.T, _ *rig, client, _ *websocket.Conn) { _ = client.CloseNow() },
		},
		{name: "client sends a foreign frame", do: rawFromClient(badClientFrame), reason: ReasonClientProtocol, client: 1002, tenant: 1000},
		{name: "client does not mask", do: rawFromClient(unmaskedFrame), reason: ReasonClientProtocol, client: 1002, tenant: 1000},

		{name: "tenant closes", do: closeTenant(1000, ""), reason: ReasonTenantClosed, client: 1000, tenant: 1000},
		{name: "tenant closes with a reason", do: closeTenant(1000, "end of\nfile"), reason: ReasonTenantClosed, client: 1000, tenant: 1000, text: "end of file"},
		{name: "tenant goes away", do: closeTenant(1001, ""), reason: ReasonTenantClosed, client: 1001, tenant: 1001},
		{name: "tenant closes without a code", do: closeTenant(1005, ""), reason: ReasonTenantClosed, client: 1000, tenant: 1005},
		{name: "tenant fails", do: closeTenant(1011, "service broke"), reason: ReasonTenantClosed, client: 1011, tenant: 1011, text: "service broke"},
		{name: "tenant restarts", do: closeTenant(1012, ""), reason: ReasonTenantClosed, client: 4006, tenant: 1012},
		{name: "tenant refuses by policy", do: closeTenant(1008, ""), reason: ReasonTenantClosed, client: 1011, tenant: 1008, text: "The tenant closed the connection with code 1008."},
		{name: "tenant imitates a code of ours", do: closeTenant(4005, ""), reason: ReasonTenantClosed, client: 1011, tenant: 4005},
		{
			name: "tenant is cut off", reason: ReasonTenantLost, client: 4006, tenant: cutOff,
			do: func(_ *testing.T, _ *rig, _, tenant *websocket.Conn) { _ = tenant.CloseNow() },
		},
		{
			name: "tenant sends a foreign frame", reason: ReasonTenantProtocol, client: 4006, tenant: 1002,
			do: func(t *testing.T, r *rig, _, _ *websocket.Conn) { rawWrite(t, r.tenantNet, badFrame) },
		},

		{name: "no byte of the device", cfg: Config{WaitLimit: 5 * time.Second}, reason: ReasonDeviceTimeout, client: 4002, tenant: 1000},
		{name: "idle", cfg: Config{IdleLimit: 5 * time.Second}, reason: ReasonIdle, client: 4003, tenant: 1000},
		{name: "longest duration", cfg: Config{MaxDuration: 5 * time.Second}, reason: ReasonMaxDuration, client: 4004, tenant: 1000},
		{
			name: "login ends", reason: ReasonLoginEnded, client: 4005, tenant: 1000,
			text: "You signed out elsewhere. Sign in again.",
			do: func(_ *testing.T, r *rig, _, _ *websocket.Conn) {
				r.endLogin(errSignedOut)
			},
		},
		{
			name: "gateway stops", reason: ReasonGatewayStopping, client: 4007, tenant: 1001,
			do: func(_ *testing.T, r *rig, _, _ *websocket.Conn) { go r.relay.Shutdown(context.Background()) },
		},
		{
			name: "device refuses", reason: ReasonDeviceRefused, client: 4001, tenant: 1000, text: "port 22 is closed",
			do: func(_ *testing.T, r *rig, _, _ *websocket.Conn) {
				r.operations.set(Operation{
					ID: "1", Status: "FAILED", CreationTime: time.Now(), Host: "127.0.0.1", Port: 22, FailureReason: "port 22 is closed",
				})
			},
		},
	} {
		t.Run(c.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				r := newPipeRig(t, c.cfg)
				r.withLogin()
				r.withOperations()
				client, tenant := r.pair()
				ends := make(chan struct{})
				var clientCode, tenantCode websocket.StatusCode
				var text string
				go func() { defer close(ends); clientCode, text = closeOf(t, client) }()
				if c.do != nil {
					go c.do(t, r, client, tenant)
				}
				tenantCode, _ = closeOf(t, tenant)
				<-ends
				r.served()
				if clientCode != c.client || tenantCode != c.tenant {
					t.Errorf("close codes: client %d, tenant %d; want %d, %d", clientCode, tenantCode, c.client, c.tenant)
				}
				if c.text != "" && text != c.text {
					t.Errorf("reason is %q, want %q", text, c.text)
				}
				if got := r.metrics.reasons(); len(got) != 1 || got[0] != c.reason {
					t.Errorf("counted ends are %v, want %s", got, c.reason)
				}
				if got := r.log.lines(t, "connection closed"); len(got) != 1 || got[0]["reason"] != string(c.reason) {
					t.Errorf("close lines are %v, want reason %s", got, c.reason)
				}
			})
		})
	}
}

// closeFrame is the payload of a close frame; 1005 stands for none.
func closeFrame(code websocket.StatusCode, reason string) []byte {
	if code == websocket.StatusNoStatusRcvd {
		return nil
	}
	return append(binary.BigEndian.AppendUint16(nil, uint16(code)), reason...)
}

// closeClient sends a close frame past the library, so that the reader gets the echo.
func closeClient(code websocket.StatusCode) func(*testing.T, *rig, *websocket.Conn, *websocket.Conn) {
	return rawFromClient(frame(true, opClose, closeFrame(code, ""), true))
}

func closeTenant(code websocket.StatusCode, reason string) func(*testing.T, *rig, *websocket.Conn, *websocket.Conn) {
	return func(t *testing.T, r *rig, _, _ *websocket.Conn) {
		t.Helper()
		rawWrite(t, r.tenantNet, frame(true, opClose, closeFrame(code, reason), false))
	}
}

func rawFromClient(frame []byte) func(*testing.T, *rig, *websocket.Conn, *websocket.Conn) {
	return func(t *testing.T, r *rig, _, _ *websocket.Conn) {
		t.Helper()
		rawWrite(t, r.clientNet, frame)
	}
}

func rawWrite(tb testing.TB, side *wireTap, b []byte) {
	tb.Helper()
	if _, err := side.last().Write(b); err != nil {
		tb.Errorf("raw write: %v", err)
	}
}

func TestEveryReasonHasItsRowAndItsTextFitsACloseFrame(t *testing.T) {
	for reason, e := range endings {
		if e.client < 1000 || e.tenant < 1000 {
			t.Errorf("%s: codes are %d and %d", reason, e.client, e.tenant)
		}
		if e.tenant >= 4000 {
			t.Errorf("%s: the tenant would get our own code %d", reason, e.tenant)
		}
		if got := closeReason(e.text); got != e.text {
			t.Errorf("%s: the text is cut to %q", reason, got)
		}
	}
	if e := endFor("never heard of"); e.client != wire.CloseInternal || e.tenant != wire.CloseInternal {
		t.Errorf("an unknown reason ends with %d and %d, want 1011", e.client, e.tenant)
	}
}

func TestCloseReasonsAreCutAtACharacter(t *testing.T) {
	for _, s := range []string{
		strings.Repeat("ä", 200), strings.Repeat("x", 124), "x" + strings.Repeat("€", 60), strings.Repeat("🚢", 31),
		strings.Repeat("x", 123), "\xff\xfe" + strings.Repeat("ü", 100), "",
	} {
		got := closeReason(s)
		if len(got) > wire.MaxCloseReason || !utf8.ValidString(got) {
			t.Errorf("closeReason(%q) is %q: %d bytes, valid UTF-8 %v", s, got, len(got), utf8.ValidString(got))
		}
		if len(s) <= wire.MaxCloseReason && utf8.ValidString(s) && got != s {
			t.Errorf("closeReason(%q) is %q although it fits", s, got)
		}
	}
}

func TestAForeignTextCannotForgeALineOrHideItsOrder(t *testing.T) {
	for in, want := range map[string]string{
		"a\r\nb\tc":               "a b c",
		"  padded \x00 ":          "padded",
		"\x1b[31mred":             "[31mred",
		"gpj\u202Etxt":            "gpjtxt",
		"bad \xff byte":           "bad \uFFFD byte",
		"zero\u200Bwidth":         "zerowidth",
		strings.Repeat("\n", 500): "",
	} {
		if got := sentence(in); got != want {
			t.Errorf("sentence(%q) is %q, want %q", in, got, want)
		}
	}
}

func TestAConnectionKeyInAFailureReasonIsHidden(t *testing.T) {
	const key = "eb5e9d13-1caa-486b-bdda-130ca0d87df8"
	for _, in := range []string{
		"cannot connect to wss://tenant.test/service/remoteaccess/device/" + key,
		"cannot connect to /service/remoteaccess/device/short-key?x: 401",
		"key " + strings.ToUpper(key) + " refused",
	} {
		got := deviceRefused(in).text
		if strings.Contains(strings.ToLower(got), key) || strings.Contains(got, "short-key") {
			t.Errorf("the reason shows the key: %q", got)
		}
		if !strings.Contains(got, "(hidden)") {
			t.Errorf("the reason lost its mark: %q", got)
		}
	}
}
