package standin_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"porthole/server/platform"
	"porthole/server/standin"
)

// message is a Bayeux message as a client reads it.
type message struct {
	ID                       any
	Channel                  string
	ClientID                 string
	Successful               bool
	Error                    string
	Subscription             any
	SupportedConnectionTypes []string
	Advice                   struct {
		Reconnect string
		Interval  *int
		Timeout   int
	}
	Data struct {
		RealtimeAction string
		Data           operation
	}
}

// bayeux posts messages and returns the replies.
func (w *world) bayeux(auth, body string, header ...string) []message {
	w.t.Helper()
	var out []message
	w.want(200, "POST", "/notification/realtime", auth, body, append(header, "Content-Type", "application/json")...).json(w.t, &out)
	return out
}

// shake makes a client that has subscribed to a channel.
func (w *world) shake(auth, channel string) string {
	w.t.Helper()
	m := w.bayeux(auth, `[{"id":"1","channel":"/meta/handshake","version":"1.0","minimumVersion":"0.9","supportedConnectionTypes":["long-polling"],"advice":{"timeout":120000,"interval":30000}}]`)
	if len(m) != 1 || !m[0].Successful || m[0].ClientID == "" || m[0].ID != "1" || m[0].Channel != "/meta/handshake" || m[0].SupportedConnectionTypes[0] != "long-polling" {
		w.t.Fatalf("handshake: %+v", m)
	}
	if channel != "" {
		s := w.bayeux(auth, fmt.Sprintf(`[{"id":"2","channel":"/meta/subscribe","clientId":%q,"subscription":%q}]`, m[0].ClientID, channel))
		if len(s) != 1 || !s[0].Successful || s[0].Subscription != channel || s[0].ClientID != m[0].ClientID {
			w.t.Fatalf("subscribe: %+v", s)
		}
	}
	return m[0].ClientID
}

func connect(client string) string {
	return fmt.Sprintf(`[{"id":"3","channel":"/meta/connect","clientId":%q,"connectionType":"long-polling"}]`, client)
}

// The whole life of an agent's long poll.
func TestLongPollBringsOperations(t *testing.T) {
	w := newWorld(t, nil)
	client := w.shake(asDev1, "/operations/1234")
	polled := make(chan []message, 1)
	go func() { polled <- w.bayeux(asDev1, connect(client)) }()
	w.eventually("the held poll counts as a connection", func() bool { return w.object("1234").Connection.Status == "CONNECTED" })
	if av := w.object("1234").Availability; av.Status != "AVAILABLE" {
		t.Errorf("availability %+v", av)
	}
	w.dial(clientPath, asAdmin)
	got := <-polled
	if len(got) != 2 || got[1].Channel != "/meta/connect" || !got[1].Successful || got[1].ID != "3" || got[1].Advice.Reconnect != "retry" {
		t.Fatalf("got %+v", got)
	}
	event := got[0]
	if event.Channel != "/operations/1234" || event.Data.RealtimeAction != "CREATE" || event.Data.Data.Status != "PENDING" || event.Data.Data.Connect.ConnectionKey == "" {
		t.Fatalf("event %+v", event)
	}
	w.want(200, "PUT", "/devicecontrol/operations/"+event.Data.Data.ID, asDev1, `{"status":"EXECUTING"}`)
	// What happened between two polls waits for the next.
	got = w.bayeux(asDev1, connect(client))
	if len(got) != 2 || got[0].Data.RealtimeAction != "UPDATE" || got[0].Data.Data.Status != "EXECUTING" {
		t.Fatalf("got %+v", got)
	}
	w.eventually("the poll has ended", func() bool { return w.object("1234").Connection.Status == "DISCONNECTED" })
	if m := w.bayeux(asDev1, fmt.Sprintf(`[{"channel":"/meta/disconnect","clientId":%q}]`, client)); !m[0].Successful {
		t.Errorf("disconnect: %+v", m)
	}
	w.wantRehandshake(asDev1, connect(client))
}

func (w *world) object(id string) platform.ManagedObject {
	w.t.Helper()
	var mo platform.ManagedObject
	w.want(200, "GET", "/inventory/managedObjects/"+id, asAdmin, "").json(w.t, &mo)
	return mo
}

func (w *world) wantRehandshake(auth, body string) {
	w.t.Helper()
	m := w.bayeux(auth, body)
	if len(m) != 1 || m[0].Successful || m[0].Error != "402::Unknown client" || m[0].Advice.Reconnect != "handshake" || m[0].Advice.Interval == nil {
		w.t.Errorf("got %+v, want 402 and the advice to shake hands", m)
	}
}

func TestUnknownClientsAreToldToShakeHands(t *testing.T) {
	w := newWorld(t, nil)
	for _, m := range []string{
		connect("nobody"), connect(""), `[{"channel":"/meta/disconnect","clientId":"x"}]`,
		`[{"channel":"/meta/subscribe","clientId":"x","subscription":"/operations/1234"}]`,
		`{"channel":"/meta/unsubscribe","clientId":"x","subscription":"/operations/1234"}`,
	} {
		w.wantRehandshake(asDev1, m)
	}
	// Attack: somebody else's client.
	client := w.shake(asDev1, "/operations/1234")
	w.wantRehandshake(asDev2, connect(client))
	w.wantRehandshake(asDev2, fmt.Sprintf(`[{"channel":"/meta/disconnect","clientId":%q}]`, client))
	w.createOperation("1234", "")
	if got := w.bayeux(asDev1, connect(client)); len(got) != 2 {
		t.Errorf("its owner got %+v", got)
	}
}

func TestPollEndsWithoutEventsAsAsked(t *testing.T) {
	w := newWorld(t, nil)
	client := w.shake(asDev1, "/operations/1234")
	for _, timeout := range []string{"0", "20"} {
		got := w.bayeux(asDev1, fmt.Sprintf(`[{"channel":"/meta/connect","clientId":%q,"advice":{"timeout":%s}}]`, client, timeout))
		if len(got) != 1 || !got[0].Successful || got[0].ID != nil {
			t.Errorf("got %+v", got)
		}
	}
}

func TestSecondPollEndsTheFirst(t *testing.T) {
	w := newWorld(t, nil)
	client := w.shake(asDev1, "/operations/1234")
	first, second := make(chan []message, 1), make(chan []message, 1)
	go func() { first <- w.bayeux(asDev1, connect(client)) }()
	w.eventually("the first poll is held", func() bool { return w.object("1234").Connection.Status == "CONNECTED" })
	go func() { second <- w.bayeux(asDev1, connect(client)) }()
	if got := <-first; len(got) != 1 || !got[0].Successful {
		t.Errorf("first: %+v", got)
	}
	w.createOperation("1234", "")
	if got := <-second; len(got) != 2 {
		t.Errorf("second: %+v", got)
	}
}

func TestUnsubscribedClientGetsNothing(t *testing.T) {
	w := newWorld(t, nil)
	client := w.shake(asDev1, "/operations/1234")
	m := w.bayeux(asDev1, fmt.Sprintf(`[{"id":9,"channel":"/meta/unsubscribe","clientId":%q,"subscription":["/operations/1234"]}]`, client))
	if !m[0].Successful || m[0].ID != 9.0 {
		t.Fatalf("got %+v", m)
	}
	w.createOperation("1234", "")
	if got := w.bayeux(asDev1, fmt.Sprintf(`[{"channel":"/meta/connect","clientId":%q,"advice":{"timeout":0}}]`, client)); len(got) != 1 {
		t.Errorf("got %+v", got)
	}
}

// Attack: listening to another device's orders, which hold connection keys.
func TestSubscriptionsAreRefused(t *testing.T) {
	w := newWorld(t, nil)
	for _, tc := range []struct{ auth, channel, want string }{
		{asDev1, `"/operations/1235"`, "403"},
		{asDev1, `"/operations/*"`, "403"},
		{asDev1, `["/operations/1234","/operations/1235"]`, "403"},
		{asNobody, `"/operations/1234"`, "403"},
		{asAdmin, `"/alarms/1234"`, "403"},
		{asAdmin, `"/operations/"`, "403"},
		{asAdmin, `""`, "400"},
		{asAdmin, `7`, "400"},
		{asAdmin, `[]`, "400"},
		{asAdmin, `[7]`, "400"},
		{asAdmin, `null`, "400"},
		{asAdmin, `"/operations/*"`, ""},
		{asReader, `["/operations/1234"]`, ""},
	} {
		client := w.shake(tc.auth, "")
		m := w.bayeux(tc.auth, fmt.Sprintf(`[{"channel":"/meta/subscribe","clientId":%q,"subscription":%s}]`, client, tc.channel))
		if m[0].Successful != (tc.want == "") || !strings.HasPrefix(m[0].Error, tc.want) {
			t.Errorf("%s: got %+v, want %q", tc.channel, m, tc.want)
		}
		w.createOperation("1235", "")
		got := w.bayeux(tc.auth, fmt.Sprintf(`[{"channel":"/meta/connect","clientId":%q,"advice":{"timeout":0}}]`, client))
		if wantEvents := tc.channel == `"/operations/*"` && tc.want == ""; (len(got) > 1) != wantEvents {
			t.Errorf("%s: %d messages came", tc.channel, len(got))
		}
	}
}

func TestMalformedBayeux(t *testing.T) {
	w := newWorld(t, nil)
	for body, want := range map[string]int{
		"": 400, "{": 400, `"x"`: 400, `[1]`: 400, `[{"channel":1}]`: 400, "[" + strings.Repeat("{},", 200) + "{}]": 400,
		"[]": 200, `[{}]`: 200, `[{"channel":"/meta/dance"}]`: 200, `{"channel":"/service/x"}`: 200,
		`[{"channel":"/meta/handshake","id":"` + strings.Repeat("x", 100<<10) + `"}]`: 413,
	} {
		a := w.want(want, "POST", "/notification/realtime", asDev1, body)
		var m []message
		if want != 200 {
			continue
		}
		a.json(t, &m)
		if m == nil || (len(m) == 1 && (m[0].Successful || !strings.HasPrefix(m[0].Error, "404"))) {
			t.Errorf("%s: got %s", body, a.body)
		}
	}
	w.want(401, "POST", "/notification/realtime", "", "[]")
}

func TestSilentClientsAreForgotten(t *testing.T) {
	var shift atomic.Int64
	w := newWorld(t, func(o *standin.Options) {
		o.Now = func() time.Time { return time.Now().Add(time.Duration(shift.Load())) }
	})
	client := w.shake(asDev1, "/operations/1234")
	shift.Store(int64(3 * time.Minute))
	w.createOperation("1234", "") // an event sweeps
	w.wantRehandshake(asDev1, connect(client))
}

func TestClientsAndEventsAreBounded(t *testing.T) {
	w := newWorld(t, nil)
	first := w.shake(asDev1, "/operations/1234")
	for range 32 {
		w.shake(asDev1, "")
	}
	w.wantRehandshake(asDev1, connect(first))
	client := w.shake(asDev1, "/operations/1234")
	op := w.createOperation("1234", "")
	for range 1000 {
		w.want(200, "PUT", "/devicecontrol/operations/"+op.ID, asDev1, `{"status":"EXECUTING"}`)
	}
	w.wantRehandshake(asDev1, connect(client)) // it would have missed some
}

func TestCloseEndsHeldPolls(t *testing.T) {
	w := newWorld(t, nil)
	client := w.shake(asDev1, "/operations/1234")
	polled := make(chan int, 1)
	go func() { polled <- w.do("POST", "/notification/realtime", asDev1, connect(client)).StatusCode }()
	w.eventually("the poll is held", func() bool { return w.object("1234").Connection.Status == "CONNECTED" })
	if err := w.p.Close(); err != nil {
		t.Fatal(err)
	}
	if got := <-polled; got != http.StatusOK {
		t.Errorf("got %d", got)
	}
}

// A poll that its client has dropped takes no event with it.
func TestDroppedPollLosesNoEvent(t *testing.T) {
	w := newWorld(t, nil)
	client := w.shake(asDev1, "/operations/1234")
	body := connect(client)
	conn, _ := w.sendRaw(fmt.Sprintf("POST /notification/realtime HTTP/1.1\nHost: h\nAuthorization: %s\nContent-Type: application/json\nContent-Length: %d\n\n%s", asDev1, len(body), body))
	w.eventually("the poll is held", func() bool { return w.object("1234").Connection.Status == "CONNECTED" })
	_ = conn.Close()
	w.eventually("the poll has ended", func() bool { return w.object("1234").Connection.Status == "DISCONNECTED" })
	op := w.createOperation("1234", "")
	if got := w.bayeux(asDev1, connect(client)); len(got) != 2 || got[0].Data.Data.ID != op.ID {
		b, _ := json.Marshal(got)
		t.Errorf("got %s", b)
	}
}
