package login

import (
	"errors"
	"net/netip"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"porthole/server/platform"
)

var loopback = netip.MustParseAddr("127.0.0.1")

func createToken(t *testing.T, tokens *Tokens, from *Login) (string, *Login) {
	t.Helper()
	text, l, err := tokens.Create(from, "workbench", loopback)
	if err != nil {
		t.Fatal(err)
	}
	return text, l
}

func TestATokenLivesForItsTimeWhateverTheLoginDoes(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m, tokens := NewMemory(MemoryOptions{Idle: time.Hour, Max: 12 * time.Hour}), NewTokens(8*time.Hour, nil)
		defer m.Close()
		defer tokens.Close()
		_, from := create(t, m, anna, time.Time{})
		text, l := createToken(t, tokens, from)
		m.End(from, ErrSignedOut)
		time.Sleep(8*time.Hour - time.Second)
		if _, why, found := tokens.Find(text); !found {
			t.Fatalf("the token ended early: %v", why)
		}
		time.Sleep(time.Second)
		synctest.Wait()
		wantEnd(t, l, ErrTooOld)
		if _, why, found := tokens.Find(text); found || !errors.Is(why, ErrTooOld) {
			t.Errorf("got %v, %t", why, found)
		}
	})
}

func TestATokenEndsWithTheProofThatItRestsOn(t *testing.T) {
	m, tokens := NewMemory(MemoryOptions{Idle: time.Hour, Max: time.Hour}), NewTokens(8*time.Hour, nil)
	defer m.Close()
	defer tokens.Close()
	_, from := create(t, m, anna, time.Time{})
	_, other := create(t, m, platform.Identity{User: "bert", Tenant: "t1"}, time.Time{})
	text, l := createToken(t, tokens, from)
	_, kept := createToken(t, tokens, other)
	tokens.EndProof(from.Authorization, ErrTenant)
	wantEnd(t, l, ErrTenant)
	if kept.Context().Err() != nil {
		t.Error("another person's token ended too")
	}
	if _, why, _ := tokens.Find(text); !errors.Is(why, ErrTenant) {
		t.Errorf("got %v", why)
	}
}

func TestTokensAreListedByPersonAndRevoked(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m, tokens := NewMemory(MemoryOptions{Idle: time.Hour, Max: time.Hour}), NewTokens(8*time.Hour, nil)
		defer m.Close()
		defer tokens.Close()
		_, from := create(t, m, anna, time.Time{})
		old, oldest := createToken(t, tokens, from)
		time.Sleep(time.Minute)
		_, newest := createToken(t, tokens, from)
		if list := tokens.Of(anna); len(list) != 2 || list[0] != newest || list[1] != oldest {
			t.Errorf("got %v", list)
		}
		if used, _ := oldest.Use(); !used.IsZero() {
			t.Errorf("a token that was never used was used at %s", used)
		}
		tokens.Find(old)
		if used, _ := oldest.Use(); !used.Equal(time.Now()) {
			t.Errorf("used at %s", used)
		}
		if list := tokens.Of(platform.Identity{User: "anna", Tenant: "t2"}); len(list) != 0 {
			t.Errorf("a namesake of another tenant sees %v", list)
		}
		if ended := tokens.Revoke(anna, oldest.Token.ID); ended != 1 || newest.Context().Err() != nil {
			t.Errorf("%d ended", ended)
		}
		wantEnd(t, oldest, ErrRevoked)
		if ended := tokens.Revoke(anna, ""); ended != 1 || tokens.Len() != 0 {
			t.Errorf("%d ended, %d left", ended, tokens.Len())
		}
	})
}

func TestTokensAreBoundedAndKeptAsHashes(t *testing.T) {
	m, tokens := NewMemory(MemoryOptions{Idle: time.Hour, Max: time.Hour}), NewTokens(8*time.Hour, nil)
	defer m.Close()
	defer tokens.Close()
	_, from := create(t, m, anna, time.Time{})
	text, first := createToken(t, tokens, from)
	if strings.Contains(string(first.key[:]), text[4:]) || strings.Contains(text, first.Token.ID) {
		t.Error("what is kept or shown holds the token")
	}
	for range tokensPerPrincipal {
		createToken(t, tokens, from)
	}
	if tokens.Len() != tokensPerPrincipal {
		t.Errorf("%d tokens of one person", tokens.Len())
	}
	wantEnd(t, first, ErrCrowded)
	for _, text := range []string{"", "pht_", text[4:], "PHT_" + text[4:]} {
		if _, _, found := tokens.Find(text); found {
			t.Errorf("%q is a token", text)
		}
	}
}
