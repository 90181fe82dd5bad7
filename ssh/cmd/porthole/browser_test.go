package main

import (
	"bytes"
	"encoding/json"
	"io"
	"net/http"
	"net/url"
	"os"
	"strings"
	"time"

	"github.com/rogpeppe/go-internal/testscript"

	"porthole/server/platform"
	"porthole/ssh/wire"
)

// visitor is somebody at the gateway's page.
type visitor struct {
	ts     *testscript.TestScript
	base   string
	cookie string
	http   *http.Client
}

// browser allow|deny FILE: waits until FILE has the address that porthole wants opened,
// signs in there as the page does, gives the answer, and follows it to porthole.
// browser revoke MACHINE: revokes every token in the page, where MACHINE must be, or anything for "-".
func browser(ts *testscript.TestScript, neg bool, args []string) {
	p := &visitor{ts: ts, base: ts.Getenv("C8Y_HOST"), http: &http.Client{
		Transport:     &http.Transport{DialContext: platform.DialContext, DisableKeepAlives: true},
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}}
	p.call(http.MethodPost, "/api/login", wire.LoginRequest{User: "admin", Password: "pw"}, nil)
	if args[0] == "revoke" {
		p.revoke(args[1], neg)
		return
	}
	asked := awaitAddress(ts, ts.MkAbs(args[1]))
	if asked.Scheme+"://"+asked.Host != p.base {
		ts.Fatalf("porthole wants %s opened, not a page of %s", asked, p.base)
	}
	query := asked.Query()
	var question wire.CLIQuestion
	p.call(http.MethodPost, "/api/cli/requests", wire.CLIRequest{
		CodeChallenge: query.Get("code_challenge"), CodeChallengeMethod: query.Get("code_challenge_method"),
		RedirectURI: query.Get("redirect_uri"), State: query.Get("state"), Machine: query.Get("machine"),
	}, &question)
	var to wire.CLIRedirect
	p.call(http.MethodPost, "/api/cli/consents", wire.CLIConsent{Consent: question.Consent, Allow: args[0] == "allow"}, &to)
	text, status := p.get(to.Redirect)
	if neg || status != http.StatusOK {
		ts.Fatalf("the browser comes to %d %s", status, text)
	}
	ts.Check(os.WriteFile(ts.MkAbs("page.html"), text, 0o600))
	ts.Check(os.Remove(ts.MkAbs(args[1])))
}

// awaitAddress reads the address that the program named by BROWSER was given.
func awaitAddress(ts *testscript.TestScript, file string) *url.URL {
	deadline := time.Now().Add(patience)
	tick := time.NewTicker(10 * time.Millisecond)
	defer tick.Stop()
	for time.Now().Before(deadline) {
		text, err := os.ReadFile(file)
		if err == nil && strings.HasSuffix(string(text), "\n") {
			address, err := url.Parse(strings.TrimSpace(string(text)))
			ts.Check(err)
			return address
		}
		<-tick.C
	}
	ts.Fatalf("no browser was started")
	return nil
}

// revoke presses "Revoke all".
func (p *visitor) revoke(machine string, none bool) {
	var list wire.CLITokens
	p.call(http.MethodGet, "/api/cli/tokens", nil, &list)
	found := false
	for _, token := range list.Tokens {
		found = found || machine == "-" || token.Machine == machine
	}
	if found == none {
		p.ts.Fatalf("the page lists %+v", list.Tokens)
	}
	p.call(http.MethodDelete, "/api/cli/tokens", nil, nil)
}

// call is a request of the gateway's own page.
func (p *visitor) call(method, path string, in, out any) {
	var body io.Reader
	if in != nil {
		text, err := json.Marshal(in)
		p.ts.Check(err)
		body = bytes.NewReader(text)
	}
	request, err := http.NewRequest(method, p.base+path, body)
	p.ts.Check(err)
	request.Header.Set("Origin", p.base)
	request.Header.Set("Sec-Fetch-Site", "same-origin")
	request.Header.Set("Content-Type", "application/json")
	if p.cookie != "" {
		// A jar would keep a Secure cookie from http on loopback, where browsers send it.
		request.Header.Set("Cookie", p.cookie)
	}
	response, err := p.http.Do(request)
	p.ts.Check(err)
	defer func() { _ = response.Body.Close() }()
	text, err := io.ReadAll(response.Body)
	p.ts.Check(err)
	if response.StatusCode > 299 {
		p.ts.Fatalf("%s %s: %d %s", method, path, response.StatusCode, text)
	}
	for _, cookie := range response.Cookies() {
		p.cookie = cookie.Name + "=" + cookie.Value
	}
	if out != nil {
		p.ts.Check(json.Unmarshal(text, out))
	}
}

// get follows the answer to porthole's listener.
func (p *visitor) get(address string) ([]byte, int) {
	response, err := p.http.Get(address)
	p.ts.Check(err)
	defer func() { _ = response.Body.Close() }()
	text, err := io.ReadAll(response.Body)
	p.ts.Check(err)
	return text, response.StatusCode
}
