package demodevice

import (
	"encoding/json"
	"errors"
	"testing"
)

func TestNoticesOfEveryShapeAreRead(t *testing.T) {
	op := `{"id":"7","deviceId":"1234","status":"PENDING","c8y_RemoteAccessConnect":{"hostname":"h","port":22,"connectionKey":"k"}}`
	for text, want := range map[string]bool{
		op: true,
		`{"realtimeAction":"CREATE","data":` + op + `}`: true,
		`{"realtimeAction":"UPDATE","data":` + op + `}`: true,
		`{"realtimeAction":"DELETE","data":` + op + `}`: false,
		`{"realtimeAction":"CREATE"}`:                   false,
		`{"realtimeAction":"CREATE","data":"7"}`:        false,
		`"7"`:                                           false,
		`null`:                                          false,
		`{`:                                             false,
		`{"id":"7","c8y_RemoteAccessConnect":{"port":"22"}}`: false,
	} {
		got, ok := parseNotice(json.RawMessage(text))
		if ok != want || ok && (got.ID != "7" || got.Connect == nil || got.Connect.Port != 22) {
			t.Errorf("%s: got %+v, %v, want %v", text, got, ok, want)
		}
	}
}

func FuzzNotice(f *testing.F) {
	f.Add([]byte(`{"realtimeAction":"CREATE","data":{"id":"7"}}`))
	f.Fuzz(func(t *testing.T, b []byte) {
		if op, ok := parseNotice(b); ok && op.ID == "" {
			t.Errorf("%q: an operation without id", b)
		}
	})
}

func TestAdviceIsBounded(t *testing.T) {
	got := merge(advice{}, &advice{Reconnect: "retry", Interval: 1 << 40, Timeout: 1 << 60})
	if got.Interval != maxInterval || got.Timeout != maxTimeout {
		t.Errorf("got %+v, want it within bounds", got)
	}
	if got := merge(got, &advice{Interval: -5}); got.Interval != 0 || got.Timeout != maxTimeout {
		t.Errorf("got %+v, want no interval and the timeout kept", got)
	}
}

func TestAForgottenClientIsNoFailure(t *testing.T) {
	var again *rehandshake
	for _, got := range []exchanged{
		{reply: bayeux{Error: "402::Unknown client"}},
		{reply: bayeux{Error: "no", Advice: &advice{Reconnect: "handshake"}}},
	} {
		if err := refusal(got); !errors.As(err, &again) {
			t.Errorf("%+v: got %v, want a new handshake", got.reply, err)
		}
	}
	if err := refusal(exchanged{reply: bayeux{Error: "403::forbidden"}}); errors.As(err, &again) {
		t.Errorf("got %v, want a failure that is waited out", err)
	}
}

func TestOnlyTheLastOperationsAreRemembered(t *testing.T) {
	r := newRecent(2)
	for _, step := range []struct {
		id  string
		new bool
	}{{"a", true}, {"a", false}, {"b", true}, {"c", true}, {"b", false}, {"a", true}} {
		if got := r.add(step.id); got != step.new {
			t.Errorf("%s: got new=%v", step.id, got)
		}
	}
	if r.remove("a"); !r.add("a") || len(r.known) > 3 {
		t.Errorf("got %v after an id was forgotten", r.known)
	}
}
