package login

import (
	"context"
	"errors"
	"fmt"
	"net/netip"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"porthole/server/platform"
	"porthole/ssh/wire"

	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

var anna = platform.Identity{User: "anna", Tenant: "t1", RemoteAccess: true}

func create(t *testing.T, m *Memory, who platform.Identity, expires time.Time) (string, *Login) {
	t.Helper()
	token, l, err := m.Create(who, platform.Basic(who.User, "x"), expires)
	if err != nil {
		t.Fatal(err)
	}
	return token, l
}

func wantEnd(t *testing.T, l *Login, cause error) {
	t.Helper()
	if got := context.Cause(l.Context()); !errors.Is(got, cause) {
		t.Errorf("login ended by %v, want %v", got, cause)
	}
}

func TestALoginEndsWhenItIsNotUsed(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m := NewMemory(MemoryOptions{Idle: 30 * time.Minute, Max: 12 * time.Hour})
		defer m.Close()
		token, l := create(t, m, anna, time.Time{})
		for range 4 {
			time.Sleep(29 * time.Minute)
			if _, found := m.Find(token); !found {
				t.Fatal("a login in use is gone")
			}
		}
		time.Sleep(31 * time.Minute)
		wantEnd(t, l, ErrIdle)
		if _, found := m.Find(token); found || m.Len() != 0 {
			t.Error("an ended login is still there")
		}
	})
}

func TestAnOpenConnectionIsUse(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m := NewMemory(MemoryOptions{Idle: 30 * time.Minute, Max: 12 * time.Hour})
		defer m.Close()
		token, l := create(t, m, anna, time.Time{})
		release := l.Hold()
		time.Sleep(3 * time.Hour)
		if _, found := m.Find(token); !found {
			t.Fatal("the login ended under an open connection")
		}
		release()
		release()
		time.Sleep(29 * time.Minute)
		if l.Context().Err() != nil {
			t.Fatal("the login ended before its idle time")
		}
		time.Sleep(2 * time.Minute)
		wantEnd(t, l, ErrIdle)
	})
}

func TestALoginEndsAtItsLongestLifetimeEvenInUse(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m := NewMemory(MemoryOptions{Idle: 30 * time.Minute, Max: 12 * time.Hour})
		defer m.Close()
		_, l := create(t, m, anna, time.Time{})
		defer l.Hold()()
		time.Sleep(12*time.Hour + time.Second)
		wantEnd(t, l, ErrTooOld)

		_, short := create(t, m, anna, time.Now().Add(time.Hour)) // the tenant's token
		defer short.Hold()()
		time.Sleep(time.Hour + time.Second)
		wantEnd(t, short, ErrTooOld)
	})
}

func TestTheStoreKeepsOnlyHashesAndIsBounded(t *testing.T) {
	m := NewMemory(MemoryOptions{Idle: time.Hour, Max: time.Hour, MaxLogins: 6, PerPrincipal: 2})
	defer m.Close()
	token, first := create(t, m, anna, time.Time{})
	if len(token) != 43 || strings.Contains(string(first.key[:]), token) {
		t.Errorf("token %q", token)
	}
	second, _ := create(t, m, anna, time.Time{})
	if token == second {
		t.Error("two logins have one token")
	}
	create(t, m, anna, time.Time{})
	wantEnd(t, first, ErrCrowded)
	for i := range 4 {
		create(t, m, platform.Identity{User: fmt.Sprint(i)}, time.Time{})
	}
	if _, _, err := m.Create(platform.Identity{User: "more"}, platform.Authorization{}, time.Time{}); !errors.Is(err, ErrFull) {
		t.Errorf("got %v, want ErrFull", err)
	}
	if _, found := m.Find(""); found {
		t.Error("the empty token is a login")
	}
	m.Close()
	if _, _, err := m.Create(anna, platform.Authorization{}, time.Time{}); !errors.Is(err, ErrStopping) {
		t.Errorf("after Close: got %v", err)
	}
}

func TestRefusalsAreBoundedAndForgotten(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m := NewMemory(MemoryOptions{Idle: time.Hour, Max: time.Hour})
		defer m.Close()
		_, l := create(t, m, anna, time.Time{})
		for i := range 100 {
			l.Refused(wire.DeviceID(fmt.Sprint(i)), "1", wire.Refusal{Status: i})
		}
		if len(l.refusals) != maxRefusals {
			t.Errorf("%d refusals are kept, want %d", len(l.refusals), maxRefusals)
		}
		if _, found := l.Refusal("0", "1"); found {
			t.Error("the oldest refusal is still there")
		}
		if r, found := l.Refusal("99", "1"); !found || r.Status != 99 {
			t.Errorf("got %v %t", r, found)
		}
		time.Sleep(refusalLife + time.Second)
		if _, found := l.Refusal("99", "1"); found {
			t.Error("an old refusal is still told")
		}
	})
}

func TestFailuresLeaveTheWindow(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		a := NewAttempts(nil)
		address := netip.MustParseAddr("192.0.2.1")
		begin := func() (*Attempt, time.Duration) {
			t.Helper()
			attempt, wait, err := a.Begin(t.Context(), "anna", address)
			if err != nil {
				t.Fatal(err)
			}
			return attempt, wait
		}
		for range failuresPerUser {
			attempt, _ := begin()
			attempt.Failed()
			attempt.Failed() // counts once
			time.Sleep(time.Minute)
		}
		attempt, wait := begin() // the first failure is five minutes old
		if attempt == nil || wait != 0 {
			t.Fatalf("got wait %s", wait)
		}
		attempt.Failed()
		if attempt, wait := begin(); attempt != nil || wait != time.Minute {
			t.Errorf("got wait %s, want 1m0s", wait)
		}
	})
}

func TestVoidAttemptsDoNotCount(t *testing.T) {
	a := NewAttempts(nil)
	for range 3 * failuresPerAddr {
		attempt, wait, err := a.Begin(t.Context(), "anna", netip.Addr{})
		if err != nil || wait != 0 {
			t.Fatalf("got %s %v", wait, err)
		}
		attempt.Void()
	}
}

func TestWhoWaitsForOthersMayGiveUp(t *testing.T) {
	a := NewAttempts(nil)
	for range failuresPerUser {
		attempt, _, err := a.Begin(t.Context(), "anna", netip.Addr{})
		if err != nil {
			t.Fatal(err)
		}
		defer attempt.Void()
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, _, err := a.Begin(ctx, "anna", netip.Addr{}); !errors.Is(err, context.Canceled) {
		t.Errorf("got %v", err)
	}
}

func TestSpellingBuysNoGuesses(t *testing.T) {
	for _, user := range []string{"anna", "Anna", " anna ", "t1/anna", "T2/ANNA"} {
		if got := userKey(user); got != "user anna" {
			t.Errorf("%q: got %q", user, got)
		}
	}
	if addressKey(netip.MustParseAddr("2001:db8::1")) != addressKey(netip.MustParseAddr("2001:db8::ffff:1")) {
		t.Error("addresses of one network count apart")
	}
	if addressKey(netip.MustParseAddr("192.0.2.1")) != addressKey(netip.MustParseAddr("::ffff:192.0.2.1")) {
		t.Error("one address counts twice")
	}
	if addressKey(netip.MustParseAddr("192.0.2.1")) == addressKey(netip.MustParseAddr("192.0.2.2")) {
		t.Error("two addresses count as one")
	}
}

func TestCheckedProofsExpire(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := NewChecked(nil)
		auth := platform.Basic("anna", "x")
		if _, found := c.Find(auth); found {
			t.Error("an unknown proof is known")
		}
		c.Add(auth, anna)
		if who, found := c.Find(auth); !found || who != anna {
			t.Errorf("got %v %t", who, found)
		}
		if _, found := c.Find(platform.Basic("anna", "y")); found {
			t.Error("another password is known")
		}
		time.Sleep(checkedLife)
		if _, found := c.Find(auth); found {
			t.Error("an old proof is still believed")
		}
		c.Add(auth, anna)
		c.Drop(auth)
		if _, found := c.Find(auth); found {
			t.Error("a dropped proof is still believed")
		}
	})
}
