package api

import (
	"crypto/sha256"
	"encoding/base64"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"porthole/server/login"
	"porthole/server/platform"
)

func newLogin(t *testing.T) *login.Login { return loginOf(t, "anna") }

func loginOf(t *testing.T, user string) *login.Login {
	t.Helper()
	m := login.NewMemory(login.MemoryOptions{Idle: time.Hour, Max: time.Hour})
	t.Cleanup(m.Close)
	_, l, err := m.Create(platform.Identity{User: user}, platform.Basic(user, "x"), time.Time{})
	if err != nil {
		t.Fatal(err)
	}
	return l
}

const (
	testVerifier = "0123456789012345678901234567890123456789012"
	testRedirect = "http://127.0.0.1:40001/callback"
)

func testQuestion() question {
	digest := sha256.Sum256([]byte(testVerifier))
	return question{challenge: base64.RawURLEncoding.EncodeToString(digest[:]), redirect: testRedirect, state: "s"}
}

// consented is a code of a person who said yes.
func consented(t *testing.T, c *codes, l *login.Login) string {
	t.Helper()
	q := testQuestion()
	code, p := c.give(l, &q)
	if p != nil {
		t.Fatal(p)
	}
	return code
}

func TestAttackExpiredCode(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c, l := newCodes(nil), newLogin(t)
		inTime, late := consented(t, c, l), consented(t, c, l)
		time.Sleep(codeLife - time.Second)
		if taken, _ := c.take(inTime, testVerifier, testRedirect); taken == nil {
			t.Error("a code within its minute is refused")
		}
		time.Sleep(time.Second)
		if taken, _ := c.take(late, testVerifier, testRedirect); taken != nil {
			t.Error("a code that is too old is taken")
		}
		time.Sleep(codeKept)
		consented(t, c, l)
		if len(c.given) != 1 {
			t.Errorf("%d codes are kept, want the new one", len(c.given))
		}
	})
}

func TestAQuestionIsAnsweredOnceAndInTime(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c, l := newCodes(nil), newLogin(t)
		ask := func() string {
			consent, err := c.ask(l, testQuestion())
			if err != nil {
				t.Fatal(err)
			}
			return consent
		}
		first := ask()
		if _, fine := c.answer(l, first); !fine {
			t.Error("the answer is refused")
		}
		if _, fine := c.answer(l, first); fine {
			t.Error("a second answer counts")
		}
		late := ask()
		time.Sleep(questionLife)
		if _, fine := c.answer(l, late); fine {
			t.Error("an answer after the time counts")
		}
		oldest := ask()
		for range maxQuestions {
			ask()
		}
		if _, fine := c.answer(l, oldest); fine || len(c.questions[l]) != maxQuestions {
			t.Errorf("%d questions are kept", len(c.questions[l]))
		}
	})
}

func TestOnePersonCannotKeepTheCommandLinesOfOthersOut(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c, anna, bert := newCodes(nil), newLogin(t), loginOf(t, "bert")
		q := testQuestion()
		for range maxCodesOf {
			consented(t, c, anna)
		}
		if _, p := c.give(anna, &q); p == nil || p.status != http.StatusServiceUnavailable {
			t.Errorf("one more of the same person: %v", p)
		}
		if _, p := c.give(loginOf(t, "anna"), &q); p == nil {
			t.Error("another login of the same person gets more")
		}
		consented(t, c, bert)
		time.Sleep(codeKept)
		consented(t, c, anna)
	})
}

// A program that comes twice at once gets no token: one of the two is somebody else.
func TestAttackReplayedCodeInARace(t *testing.T) {
	c, l := newCodes(nil), newLogin(t)
	code := consented(t, c, l)
	taken, _ := c.take(code, testVerifier, testRedirect)
	if taken == nil {
		t.Fatal("the code is refused")
	}
	if again, token := c.take(code, testVerifier, testRedirect); again != nil || token != nil {
		t.Errorf("the second came to %v, %v", again, token)
	}
	if c.gave(taken, l) {
		t.Error("the first keeps its token")
	}
}

func FuzzLoopbackCallback(f *testing.F) {
	for _, seed := range []string{
		testRedirect, "http://[::1]:1/", "http://127.0.0.1:1", "http://127.0.0.1:1@evil.example/", `http://127.0.0.1:1\@evil.example`, "http://127.0.0.1:1/..//x",
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, address string) {
		callback, fine := loopbackCallback(address)
		if !fine {
			return
		}
		u, err := url.Parse(address)
		if err != nil {
			t.Fatalf("%q is taken and no address: %v", address, err)
		}
		if host := u.Hostname(); u.Scheme != "http" || host != "127.0.0.1" && host != "::1" || u.Port() == "" || u.User != nil || u.RawQuery != "" || u.Fragment != "" {
			t.Errorf("%q is taken and leads to %q", address, u.Host)
		}
		if u.Host != callback || strings.ContainsAny(address, "\\\r\n\t %@") {
			t.Errorf("%q is taken, as %q", address, callback)
		}
	})
}
