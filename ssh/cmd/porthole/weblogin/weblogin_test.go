package weblogin

import (
	"context"
	"errors"
	"io"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"go.uber.org/goleak"

	"porthole/ssh/cmd/porthole/fault"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// signIn is a sign-in under way, and the person's browser.
type signIn struct {
	t       *testing.T
	asked   url.Values // of the gateway's page
	browser *http.Client
	ended   chan error
	codes   chan Answer // that were redeemed
}

// begin starts one; redeeming gives failure.
func begin(ctx context.Context, t *testing.T, limit time.Duration, failure error) *signIn {
	t.Helper()
	s := &signIn{t: t, ended: make(chan error, 1), codes: make(chan Answer, 10), browser: &http.Client{Transport: &http.Transport{}}}
	addresses := make(chan string, 1)
	gateway, err := url.Parse("https://porthole.example:8440")
	if err != nil {
		t.Fatal(err)
	}
	go func() {
		s.ended <- Run(ctx, Options{
			Gateway: gateway, Machine: "a & b", Limit: limit,
			Show: func(address string) { addresses <- address },
			Redeem: func(_ context.Context, answer Answer) error {
				s.codes <- answer
				return failure
			},
		})
	}()
	t.Cleanup(s.browser.CloseIdleConnections)
	u, err := url.Parse(<-addresses)
	if err != nil {
		t.Fatal(err)
	}
	if u.Scheme != "https" || u.Host != "porthole.example:8440" || u.Path != "/auth/cli" {
		t.Errorf("the person is sent to %s", u)
	}
	s.asked = u.Query()
	return s
}

// visit takes the browser to an address of the listener; headers are name, value.
func (s *signIn) visit(method, query string, headers ...string) (status int, text string) {
	s.t.Helper()
	return s.get(method, s.asked.Get("redirect_uri")+"?"+query, headers...)
}

func (s *signIn) get(method, address string, headers ...string) (status int, text string) {
	s.t.Helper()
	request, err := http.NewRequestWithContext(s.t.Context(), method, address, nil)
	if err != nil {
		s.t.Fatal(err)
	}
	for i := 0; i < len(headers); i += 2 {
		request.Header.Set(headers[i], headers[i+1])
		if headers[i] == "Host" {
			request.Host = headers[i+1]
		}
	}
	response, err := s.browser.Do(request)
	if err != nil {
		s.t.Fatal(err)
	}
	defer func() { _ = response.Body.Close() }()
	data, err := io.ReadAll(response.Body)
	if err != nil {
		s.t.Fatal(err)
	}
	if policy := response.Header.Get("Content-Security-Policy"); !strings.HasPrefix(policy, "default-src 'none'") {
		s.t.Errorf("%s: policy %q", address, policy)
	}
	return response.StatusCode, string(data)
}

func (s *signIn) wantEnd(exit fault.Exit) error {
	s.t.Helper()
	select {
	case err := <-s.ended:
		if got := fault.Of(err); got != exit {
			s.t.Errorf("ended with %v (%d), want %d", err, got, exit)
		}
		return err
	case <-time.After(10 * time.Second):
		s.t.Fatal("the sign-in did not end")
		return nil
	}
}

func TestTheCodeOfTheBrowserIsRedeemedWithTheSecret(t *testing.T) {
	s := begin(t.Context(), t, time.Minute, nil)
	if s.asked.Get("code_challenge_method") != "S256" || len(s.asked.Get("code_challenge")) != 43 || len(s.asked.Get("state")) < 43 || s.asked.Get("machine") != "a & b" {
		t.Errorf("the gateway is asked for %v", s.asked)
	}
	status, text := s.visit(http.MethodGet, url.Values{"code": {"the-code"}, "state": {s.asked.Get("state")}}.Encode())
	if status != http.StatusOK || !strings.Contains(text, "porthole is signed in") || strings.Contains(text, "the-code") {
		t.Errorf("the browser reads %d %s", status, text)
	}
	_ = s.wantEnd(fault.OK)
	answer := <-s.codes
	if answer.Code != "the-code" || answer.Redirect != s.asked.Get("redirect_uri") || len(answer.Verifier) != 43 || strings.Contains(s.asked.Encode(), answer.Verifier) {
		t.Errorf("redeemed %+v", answer)
	}
}

func TestAttackForgedCallback(t *testing.T) {
	s := begin(t.Context(), t, time.Minute, nil)
	state := s.asked.Get("state")
	for _, query := range []string{
		"", "code=x", "code=x&state=", "code=x&state=" + strings.Repeat("A", len(state)), "code=x&state=" + state[:len(state)-1],
		"code=x&state=" + state + "&state=" + state, "error=access_denied&state=wrong",
		"state=" + state, "code=&state=" + state, "code=x&code=y&state=" + state, "code=x&error=y&state=" + state, "code=" + strings.Repeat("x", 600) + "&state=" + state,
	} {
		if status, text := s.visit(http.MethodGet, query); status != http.StatusBadRequest {
			t.Errorf("%q: got %d %s", query, status, text)
		}
	}
	good := url.Values{"code": {"x"}, "state": {state}}.Encode()
	for _, c := range []struct {
		method  string
		headers []string
		want    int
	}{
		{http.MethodPost, nil, http.StatusMethodNotAllowed},
		{http.MethodGet, []string{"Host", "evil.example:40001"}, http.StatusNotFound},
	} {
		if status, text := s.visit(c.method, good, c.headers...); status != c.want {
			t.Errorf("%s %v: got %d %s", c.method, c.headers, status, text)
		}
	}
	if status, _ := s.get(http.MethodGet, strings.TrimSuffix(s.asked.Get("redirect_uri"), "/callback")+"/favicon.ico?"+good); status != http.StatusNotFound {
		t.Errorf("another path: got %d", status)
	}
	if len(s.codes) != 0 {
		t.Errorf("a forged code was redeemed: %v", <-s.codes)
	}
	// None of it ended the sign-in.
	if status, _ := s.visit(http.MethodGet, good); status != http.StatusOK {
		t.Errorf("the real answer: got %d", status)
	}
	_ = s.wantEnd(fault.OK)
}

func TestSayingNoEndsTheSignIn(t *testing.T) {
	s := begin(t.Context(), t, time.Minute, nil)
	s.visit(http.MethodGet, url.Values{"error": {"access_denied"}, "state": {s.asked.Get("state")}}.Encode())
	_ = s.wantEnd(fault.SignIn)
}

func TestTheBrowserIsToldThatTheGatewayRefused(t *testing.T) {
	s := begin(t.Context(), t, time.Minute, fault.New(fault.SignIn, "no"))
	_, text := s.visit(http.MethodGet, url.Values{"code": {"x"}, "state": {s.asked.Get("state")}}.Encode())
	if !strings.Contains(text, "did not succeed") {
		t.Errorf("the browser reads %s", text)
	}
	_ = s.wantEnd(fault.SignIn)
}

func TestNobodyAnswers(t *testing.T) {
	_ = begin(t.Context(), t, 50*time.Millisecond, nil).wantEnd(fault.Timeout)
}

func TestInterruptedWhileWaiting(t *testing.T) {
	ctx, cancel := context.WithCancelCause(t.Context())
	s := begin(ctx, t, time.Minute, nil)
	cause := errors.New("a signal")
	cancel(cause)
	if err := s.wantEnd(fault.Failed); !errors.Is(err, cause) {
		t.Errorf("got %v", err)
	}
}
