//go:build js

package bridge_test

import (
	"context"
	"errors"
	"net"
	"slices"
	"strings"
	"syscall/js"
	"testing"
	"time"

	gossh "golang.org/x/crypto/ssh"

	"porthole/ssh/hostkey"
	"porthole/ssh/sshtest"
	"porthole/ssh/tunnel"
	"porthole/ssh/wire"
	"porthole/wasm/jsval"
)

func TestHostKeyIsAskedForOnceAndKept(t *testing.T) {
	w := newWorld(t, sshtest.Options{})
	var question js.Value
	w.open(map[string]answer{"askHostKey": func(q js.Value) any { question = q; return true }})
	name := "[localhost.1234.t1]:22"
	if question.Get("name").String() != name || question.Get("algorithm").String() != "ssh-ed25519" ||
		question.Get("fingerprint").String() != gossh.FingerprintSHA256(w.server.HostKey()) {
		t.Errorf("asked %s", js.Global().Get("JSON").Call("stringify", question))
	}
	hooks, calls := w.hooks(nil)
	w.await(w.bridge.Call("open", config(nil), hooks))
	if slices.Contains(calls(), "askHostKey") {
		t.Error("a known host key was asked for again")
	}
	list := w.await(w.await(w.bridge.Call("profile")).Call("knownHosts", "t1", "1234"))
	if list.Length() != 1 || list.Index(0).Get("name").String() != name {
		t.Errorf("known hosts %s", js.Global().Get("JSON").Call("stringify", list))
	}
}

// Only true trusts: whatever else a page answers by mistake must not.
func TestNothingButTrueTrustsAHostKey(t *testing.T) {
	w := newWorld(t, sshtest.Options{})
	for name, value := range map[string]any{
		"false": false, "null": nil, "undefined": js.Undefined(), "1": 1, "true as text": "true",
		"an object": map[string]any{}, "a promise of an object": js.Global().Get("Promise").Call("resolve", map[string]any{}),
	} {
		t.Log(name)
		hooks, calls := w.hooks(map[string]answer{"askHostKey": func(js.Value) any { return value }})
		w.rejects(w.bridge.Call("open", config(nil), hooks), "host_key_rejected")
		if slices.Contains(calls(), "askPassword") {
			t.Error("the password was asked for although the host key was not trusted")
		}
	}
	if text, _ := w.keeps.KnownHosts(t.Context()); len(text) != 0 {
		t.Errorf("known_hosts has %q", text)
	}
}

func TestChangedHostKeyIsRefusedWithBothFingerprints(t *testing.T) {
	w := newWorld(t, sshtest.Options{})
	other, err := sshtest.NewHostKey()
	if err != nil {
		t.Fatal(err)
	}
	name := hostkey.Name("t1", "1234", "127.0.0.1", 22)
	err = w.keeps.UpdateKnownHosts(t.Context(), func(text []byte) ([]byte, error) {
		return hostkey.Add(text, name, other.PublicKey()), nil
	})
	if err != nil {
		t.Fatal(err)
	}
	hooks, calls := w.hooks(nil)
	detail := w.rejects(w.bridge.Call("open", config(nil), hooks), "host_key_changed").Get("detail")
	if detail.Get("name").String() != name ||
		detail.Get("known").Index(0).String() != gossh.FingerprintSHA256(other.PublicKey()) ||
		detail.Get("offered").String() != gossh.FingerprintSHA256(w.server.HostKey()) {
		t.Errorf("detail %s", js.Global().Get("JSON").Call("stringify", detail))
	}
	for _, call := range calls() {
		if strings.HasPrefix(call, "ask") {
			t.Errorf("%s was called for a changed host key", call)
		}
	}
	// Forgetting the old key makes it a first use again.
	profile := w.await(w.bridge.Call("profile"))
	w.await(profile.Call("removeKnownHost", name, gossh.FingerprintSHA256(other.PublicKey())))
	w.open(nil)
}

func TestWrongPasswordAsksAgainWithTheAttempt(t *testing.T) {
	w := newWorld(t, sshtest.Options{})
	var attempts []int
	w.open(map[string]answer{"askPassword": func(q js.Value) any {
		attempts = append(attempts, q.Get("attempt").Int())
		if len(attempts) < 3 {
			return "wrong"
		}
		return password
	}})
	if !slices.Equal(attempts, []int{1, 2, 3}) {
		t.Errorf("attempts %v", attempts)
	}
}

func TestNullCancels(t *testing.T) {
	w := newWorld(t, sshtest.Options{})
	hooks, _ := w.hooks(map[string]answer{"askPassword": func(js.Value) any { return nil }})
	w.rejects(w.bridge.Call("open", config(nil), hooks), "cancelled")
}

func TestKeyboardInteractiveAsksTheServersQuestions(t *testing.T) {
	w := newWorld(t, sshtest.Options{Questions: map[string][]sshtest.Round{user: sshtest.ExpiredPassword(password, func(string) error { return nil })}})
	var asked []string
	w.open(map[string]answer{
		"askQuestions": func(q js.Value) any {
			answers := js.Global().Get("Array").New()
			for i := range q.Get("prompts").Length() {
				prompt := q.Get("prompts").Index(i)
				asked = append(asked, prompt.Get("text").String())
				if prompt.Get("echo").Type() != js.TypeBoolean {
					t.Error("echo is no boolean")
				}
				if strings.Contains(strings.ToLower(asked[len(asked)-1]), "new") {
					answers.Call("push", "new one")
				} else {
					answers.Call("push", password)
				}
			}
			return js.Global().Get("Promise").Call("resolve", answers)
		},
	})
	if len(asked) < 2 {
		t.Errorf("asked %q, want the dialog of an expired password", asked)
	}
	for name, value := range map[string]any{"too few": jsval.Array([]string{}), "no array": "x", "no texts": js.ValueOf([]any{1, 2, 3})} {
		t.Log(name)
		hooks, _ := w.hooks(map[string]answer{"askQuestions": func(js.Value) any { return value }})
		w.rejects(w.bridge.Call("open", config(nil), hooks), "cancelled")
	}
}

func TestNoCommonAlgorithmSaysWhichAndWhatWouldHelp(t *testing.T) {
	key, err := sshtest.NewHostKey()
	if err != nil {
		t.Fatal(err)
	}
	w := newWorld(t, sshtest.Options{
		HostKeys:   []gossh.Signer{key},
		Algorithms: &sshtest.Algorithms{KeyExchanges: []string{gossh.InsecureKeyExchangeDH1SHA1}},
	})
	hooks, _ := w.hooks(nil)
	detail := w.rejects(w.bridge.Call("open", config(nil), hooks), "no_common_algorithm").Get("detail")
	if detail.Get("kind").Type() != js.TypeString || detail.Get("offered").Index(0).String() != gossh.InsecureKeyExchangeDH1SHA1 ||
		!detail.Get("oldWouldHelp").Bool() {
		t.Errorf("detail %s", js.Global().Get("JSON").Call("stringify", detail))
	}
	hooks, _ = w.hooks(nil)
	w.await(w.bridge.Call("open", config(map[string]any{"allowOldAlgorithms": true}), hooks))
}

func TestAbortCancelsAtEveryStage(t *testing.T) {
	w := newWorld(t, sshtest.Options{})
	dialling := w.start(func(ctx context.Context, _ string) (net.Conn, error) {
		<-ctx.Done()
		return nil, context.Cause(ctx)
	})
	silent := w.start(func(context.Context, string) (net.Conn, error) {
		client, server := sshtest.Pipe()
		t.Cleanup(func() { _ = server.Close() })
		return client, nil
	})
	pending := func(js.Value) any { return jsval.NewPromise().Value }
	controller := func() js.Value { return js.Global().Get("AbortController").New() }

	aborted := controller()
	aborted.Call("abort")
	hooks, calls := w.hooks(nil)
	w.rejects(w.bridge.Call("open", config(map[string]any{"signal": aborted.Get("signal")}), hooks), "cancelled")
	if len(calls()) > 0 {
		t.Errorf("hooks %v were called after an abort", calls())
	}
	before := jsval.Live()
	for _, c := range []struct {
		stage  string
		bridge js.Value
		hook   string
	}{
		{"dialling", dialling, ""},
		{"waiting for the device", silent, ""},
		{"host key", w.bridge, "askHostKey"},
		{"password", w.bridge, "askPassword"}, // last: the host key is trusted here, and not asked for again
	} {
		t.Log(c.stage)
		abort := controller()
		reached := make(chan struct{}, 1)
		changes := map[string]answer{}
		if c.hook != "" {
			changes[c.hook] = func(q js.Value) any { reached <- struct{}{}; return pending(q) }
		} else {
			reached <- struct{}{}
		}
		hooks, _ := w.hooks(changes)
		opened := c.bridge.Call("open", config(map[string]any{"signal": abort.Get("signal")}), hooks)
		select {
		case <-reached:
		case <-time.After(limit):
			t.Fatalf("the stage %q was not reached", c.stage)
		}
		abort.Call("abort")
		w.rejects(opened, "cancelled")
	}
	if got := jsval.Live(); got != before {
		t.Errorf("%d functions are held after cancelling, want %d", got, before)
	}
}

func TestFailuresOfTheTunnelKeepTheirCode(t *testing.T) {
	w := newWorld(t, sshtest.Options{})
	for _, c := range []struct {
		err  error
		code string
	}{
		{&tunnel.DialError{Code: wire.CodeRefused, Text: "The gateway refused the connection."}, "refused"},
		{&tunnel.DialError{Code: wire.CodeUnreachable, Text: "The gateway could not be reached."}, "unreachable"},
		{errors.New("a secret detail"), "internal"},
	} {
		b := w.start(func(context.Context, string) (net.Conn, error) { return nil, c.err })
		hooks, _ := w.hooks(nil)
		thrown := w.rejects(b.Call("open", config(nil), hooks), c.code)
		if strings.Contains(thrown.Get("message").String(), "secret") {
			t.Error("an error nobody wrote for a person reached the person")
		}
	}
}

func TestAPanicRejectsWithInternal(t *testing.T) {
	w := newWorld(t, sshtest.Options{})
	console := js.Global().Get("console")
	original := console.Get("error")
	var printed string
	note := js.FuncOf(func(_ js.Value, args []js.Value) any { printed += args[0].String(); return nil })
	defer note.Release()
	console.Set("error", note)
	defer console.Set("error", original)

	b := w.start(func(context.Context, string) (net.Conn, error) { panic("boom") })
	hooks, _ := w.hooks(nil)
	w.rejects(b.Call("open", config(nil), hooks), "internal")
	if !strings.Contains(printed, "boom") || !strings.Contains(printed, "goroutine") {
		t.Errorf("the console has %q, want the stack", printed)
	}
}

func TestAHookThatThrowsDoesNotHang(t *testing.T) {
	w := newWorld(t, sshtest.Options{})
	throws := js.Global().Get("Function").New("throw new Error('no page')")
	hooks, _ := w.hooks(nil)
	hooks.Set("onState", throws)
	hooks.Set("askPassword", throws)
	w.rejects(w.bridge.Call("open", config(nil), hooks), "internal")
	rejects := js.Global().Get("Function").New("return Promise.reject(Object.assign(new Error('gone'), {code: 'cancelled'}))")
	hooks.Set("askPassword", rejects)
	w.rejects(w.bridge.Call("open", config(nil), hooks), "cancelled")
}
