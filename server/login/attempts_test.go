package login

import (
	"encoding/binary"
	"fmt"
	"net/netip"
	"testing"
	"testing/synctest"
	"time"
)

// numbered is the i-th of many addresses, no two in one network.
func numbered(i int) netip.Addr {
	var four [4]byte
	binary.BigEndian.PutUint32(four[:], 10<<24+uint32(i))
	return netip.AddrFrom4(four)
}

// guess is one failed sign-in; it tells how long to wait instead when it is refused.
func guess(tb testing.TB, a *Attempts, user string, address netip.Addr) time.Duration {
	tb.Helper()
	attempt, wait, err := a.Begin(tb.Context(), user, address)
	if err != nil {
		tb.Fatal(err)
	}
	if attempt != nil {
		attempt.Failed()
	}
	return wait
}

func wantRefused(tb testing.TB, a *Attempts, user string, address netip.Addr) {
	tb.Helper()
	if guess(tb, a, user, address) == 0 {
		tb.Errorf("a guess at %q from %s passed", user, address)
	}
}

func TestAnAddressAtItsLimitCannotPushOutAUsersLimit(t *testing.T) {
	a := NewAttempts(nil)
	limited, other := numbered(1), numbered(2)
	for i := range failuresPerAddr {
		guess(t, a, fmt.Sprint("somebody", i), limited)
	}
	for range failuresPerUser {
		guess(t, a, "victim", other)
	}
	users := len(a.users.byKey)
	for i := range maxCounters + 500 {
		wantRefused(t, a, fmt.Sprint("random", i), limited)
	}
	if got := len(a.users.byKey); got != users {
		t.Errorf("refused attempts made %d counters", got-users)
	}
	wantRefused(t, a, "victim", other)
	wantRefused(t, a, "victim", numbered(3))
}

func TestAFloodOfFailuresCannotPushOutALimit(t *testing.T) {
	a := NewAttempts(nil)
	for range failuresPerUser {
		guess(t, a, "victim", numbered(0))
	}
	limited := numbered(1)
	for i := range failuresPerAddr {
		guess(t, a, fmt.Sprint("somebody", i), limited)
	}
	// Each guess is at a new user from a new address; more than there may be counters.
	for i := range 2 * maxCounters {
		if wait := guess(t, a, fmt.Sprint("random", i), numbered(i+2)); wait != 0 {
			t.Fatalf("guess %d: wait %s", i, wait)
		}
		if len(a.users.byKey) > maxCounters || len(a.addresses.byKey) > maxCounters {
			t.Fatalf("%d users and %d addresses are counted", len(a.users.byKey), len(a.addresses.byKey))
		}
	}
	wantRefused(t, a, "victim", numbered(0))
	wantRefused(t, a, "anybody", limited)
	if a.users.look("user random0", time.Now()) != nil {
		t.Error("the user with one failure, at rest for the longest, is still counted")
	}
}

func TestWhatFailedNothingIsNotKept(t *testing.T) {
	a := NewAttempts(nil)
	for i := range 100 {
		for _, end := range []func(*Attempt){(*Attempt).Void, (*Attempt).Succeeded} {
			attempt, _, err := a.Begin(t.Context(), fmt.Sprint(i), numbered(i))
			if err != nil {
				t.Fatal(err)
			}
			end(attempt)
		}
	}
	if len(a.users.byKey)+len(a.addresses.byKey) != 0 {
		t.Errorf("%d users and %d addresses are counted", len(a.users.byKey), len(a.addresses.byKey))
	}
	guess(t, a, "anna", numbered(1))
	attempt, _, err := a.Begin(t.Context(), "anna", numbered(2))
	if err != nil {
		t.Fatal(err)
	}
	attempt.Succeeded()
	if len(a.users.byKey) != 0 || len(a.addresses.byKey) != 1 {
		t.Errorf("%d users and %d addresses are counted, want only the address that failed", len(a.users.byKey), len(a.addresses.byKey))
	}
}

func TestCountersWhoseWindowIsOverMakeRoom(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		a := NewAttempts(nil)
		for i := range 50 {
			for range 1 + i%failuresPerUser {
				guess(t, a, fmt.Sprint(i), numbered(i))
			}
		}
		time.Sleep(failureWindow)
		guess(t, a, "anna", numbered(1000))
		if len(a.users.byKey) != 1 || len(a.addresses.byKey) != 1 {
			t.Errorf("%d users and %d addresses are counted, want one of each", len(a.users.byKey), len(a.addresses.byKey))
		}
	})
}

func TestAttemptsUnderWayAreBoundedAndNeverForgotten(t *testing.T) {
	for _, c := range []struct {
		name             string
		users, addresses int
	}{{"users", 3, 100}, {"addresses", 100, 3}} {
		t.Run(c.name, func(t *testing.T) {
			a := NewAttempts(nil)
			a.users, a.addresses = newCounters(failuresPerUser, c.users), newCounters(failuresPerAddr, c.addresses)
			begin := func(i int) (*Attempt, time.Duration) {
				attempt, wait, err := a.Begin(t.Context(), fmt.Sprint(i), numbered(i))
				if err != nil {
					t.Fatal(err)
				}
				return attempt, wait
			}
			var underWay []*Attempt
			for i := range 3 {
				attempt, _ := begin(i)
				underWay = append(underWay, attempt)
			}
			if attempt, wait := begin(3); attempt != nil || wait != crowdedWait {
				t.Fatalf("got %v, wait %s, want none and %s", attempt, wait, crowdedWait)
			}
			if len(a.users.byKey) != 3 || len(a.addresses.byKey) != 3 {
				t.Errorf("%d users and %d addresses are counted, want three of each", len(a.users.byKey), len(a.addresses.byKey))
			}
			underWay[0].Void()
			if attempt, wait := begin(3); attempt == nil || wait != 0 {
				t.Fatalf("after one ended: wait %s", wait)
			}
			for _, attempt := range underWay[1:] {
				attempt.Failed()
			}
			for _, key := range []string{"user 1", "user 2"} {
				if counted := a.users.look(key, time.Now()); counted == nil || len(counted.failures) != 1 {
					t.Errorf("%s: the failure is not counted", key)
				}
			}
		})
	}
}

// A refusal has to be cheap: it is what a flood costs everybody who signs in meanwhile.
func BenchmarkRefusedAttemptBesideFullCounters(b *testing.B) {
	a := NewAttempts(nil)
	for i := range maxCounters {
		guess(b, a, fmt.Sprint(i), numbered(i))
	}
	for i := range failuresPerAddr {
		guess(b, a, fmt.Sprint("somebody", i), numbered(1))
	}
	for i := 0; b.Loop(); i++ {
		wantRefused(b, a, fmt.Sprint("random", i), numbered(1))
	}
}
