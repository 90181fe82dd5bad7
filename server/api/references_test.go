package api

import (
	"testing"
	"time"

	"porthole/server/login"
	"porthole/server/platform"

	"github.com/google/uuid"
)

func TestReferencesEndAMinuteAfterTheirConnection(t *testing.T) {
	logins := login.NewMemory(login.MemoryOptions{Idle: time.Hour, Max: time.Hour})
	defer logins.Close()
	_, l, err := logins.Create(platform.Identity{User: "anna"}, platform.Authorization{}, time.Time{})
	if err != nil {
		t.Fatal(err)
	}
	now := time.Now()
	x := newReferences(func() time.Time { return now })
	name, at := uuid.New(), target{device: "1", configuration: "2"}
	first, p := x.open(l, name, "c1", at)
	if p != nil {
		t.Fatal(p)
	}
	second, p := x.open(l, name, "c2", at)
	if p != nil {
		t.Fatal(p)
	}
	for _, other := range []target{{device: "9", configuration: "2"}, {device: "1", configuration: "9"}} {
		if _, p := x.open(l, name, "c3", other); p == nil || p.status != 400 {
			t.Errorf("the name in use for %+v: got %v, want 400", other, p)
		}
	}
	first()
	first()
	now = now.Add(time.Hour)
	if of, p := x.event(l, name); p != nil || of.connection != "c2" {
		t.Errorf("while one connection is open: got %+v, %v", of, p)
	}
	second()
	now = now.Add(referenceLife)
	if _, p := x.event(l, name); p != nil {
		t.Errorf("a minute after the end: %v", p)
	}
	now = now.Add(time.Second)
	if _, p := x.event(l, name); p == nil || p.status != 404 {
		t.Errorf("later: got %v, want 404", p)
	}
	if _, p := x.open(l, name, "c3", target{device: "9", configuration: "2"}); p != nil {
		t.Errorf("the name is free again: %v", p)
	}
}

func TestReferencesAndTheirEventsAreBounded(t *testing.T) {
	logins := login.NewMemory(login.MemoryOptions{Idle: time.Hour, Max: time.Hour})
	defer logins.Close()
	_, l, err := logins.Create(platform.Identity{User: "anna"}, platform.Authorization{}, time.Time{})
	if err != nil {
		t.Fatal(err)
	}
	now := time.Now()
	x := newReferences(func() time.Time { return now })
	name, at := uuid.New(), target{device: "1", configuration: "2"}
	for i := range maxReferences {
		if _, p := x.open(l, name, "c", at); p != nil {
			t.Fatalf("reference %d: %v", i, p)
		}
		name = uuid.New()
	}
	if _, p := x.open(l, name, "c", at); p == nil || p.status != 429 {
		t.Errorf("one more: got %v, want 429", p)
	}
	for name = range x.byLogin[l] {
		break
	}
	taken := 0
	for range 2 * maxEvents {
		if _, p := x.event(l, name); p == nil {
			taken++
		}
		now = now.Add(time.Second / eventRate)
	}
	if taken != maxEvents {
		t.Errorf("%d events were taken, want %d", taken, maxEvents)
	}
	logins.End(l, login.ErrSignedOut)
	for deadline := time.Now().Add(5 * time.Second); ; {
		x.mu.Lock()
		left := len(x.byLogin)
		x.mu.Unlock()
		if left == 0 {
			break
		}
		if time.Now().After(deadline) {
			t.Fatal("a login that ended is still remembered")
		}
	}
}
