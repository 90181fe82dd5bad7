package api

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"porthole/ssh/wire"
)

// FuzzWireJSON feeds foreign bodies to the reader of sign-in and demo requests. Whatever
// they are, the answer is a value or a 4xx with a sentence, and a value survives the way
// out and in again.
func FuzzWireJSON(f *testing.F) {
	for _, seed := range []string{
		`{"user":"a","password":"b"}`, `{"user":"a","password":"b","tfaCode":"1"}`, `{"code":"x"}`, `{}`, `[]`, `null`,
		`{"user":1}`, `{"user":"a"}{}`, `{"user":"\ud800"}`, strings.Repeat("[", 9999), "\x00", `{"user":"a","user":"b"}`,
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, body string) {
		var login wire.LoginRequest
		if read(t, body, &login) {
			roundTrip(t, login)
		}
		var demo wire.DemoRequest
		if read(t, body, &demo) {
			roundTrip(t, demo)
		}
		var refusal wire.Refusal
		if read(t, body, &refusal) {
			roundTrip(t, refusal)
		}
	})
}

func read(t *testing.T, body string, into any) bool {
	t.Helper()
	r := httptest.NewRequest(http.MethodPost, "/api/login", strings.NewReader(body))
	r.Header.Set("Content-Type", "application/json")
	p := readJSON(httptest.NewRecorder(), r, into)
	if p == nil {
		return true
	}
	if p.status < 400 || p.status > 499 || p.message == "" || p.code == "" {
		t.Errorf("%q: got status %d, code %q, message %q", body, p.status, p.code, p.message)
	}
	return false
}

func roundTrip[T comparable](t *testing.T, want T) {
	t.Helper()
	data, err := json.Marshal(want)
	if err != nil {
		t.Fatal(err)
	}
	var got T
	if err := json.Unmarshal(data, &got); err != nil || got != want {
		t.Errorf("got %+v, %v, want %+v", got, err, want)
	}
}
