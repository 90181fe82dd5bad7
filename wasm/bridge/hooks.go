//go:build js

package bridge

import (
	"context"
	"errors"
	"syscall/js"

	"porthole/ssh"
	"porthole/ssh/hostkey"
	"porthole/ssh/wire"
	"porthole/wasm/jsval"
)

// hooks is OpenHooks of bridge.d.ts: what the connection asks and tells the person.
// Only the answer that the contract names counts; anything else is no answer.
type hooks struct{ value js.Value }

var _ ssh.Prompter = hooks{}

func newHooks(v js.Value) (hooks, error) {
	f := fieldsOf(v)
	for _, name := range []string{
		"onState", "onBanner", "askHostKey", "askPassword", "askQuestions", "askKey", "askPassphrase",
	} {
		f.function(name)
	}
	return hooks{v}, f.err
}

// state tells how far the connection has come.
func (h hooks) state(s ssh.State) { h.tell("onState", string(s)) }

// banner tells the server's text.
func (h hooks) banner(text string) { h.tell("onBanner", text) }

// tell calls a hook whose failure changes nothing.
func (h hooks) tell(name string, value any) {
	_, _ = jsval.Call(h.value, name, value)
}

// ask calls a hook and waits for its answer.
func (h hooks) ask(ctx context.Context, name string, question map[string]any) (js.Value, error) {
	if ctx.Err() != nil {
		return js.Undefined(), context.Cause(ctx)
	}
	pending, err := jsval.Call(h.value, name, question)
	if err == nil {
		pending, err = jsval.Await(ctx, pending)
	}
	var thrown *jsval.Error
	switch {
	case err == nil:
		return pending, nil
	case errors.As(err, &thrown) && codeOf(thrown.Value) == string(wire.CodeCancelled):
		return js.Undefined(), ssh.ErrCancelled
	case errors.As(err, &thrown):
		return js.Undefined(), &ssh.Error{
			Code: wire.CodeInternal, Err: err,
			Message: "The page could not ask for what the device wants to know. Reload it and try again.",
		}
	default:
		return js.Undefined(), err
	}
}

// codeOf returns the code of a BridgeError, "" for anything else.
func codeOf(thrown js.Value) string {
	if thrown.Type() != js.TypeObject {
		return ""
	}
	code, _ := jsval.String(thrown.Get("code"))
	return code
}

// hostKey asks about an unknown host key. Nothing but true trusts it.
func (h hooks) hostKey(ctx context.Context, q hostkey.Question) (bool, error) {
	answer, err := h.ask(ctx, "askHostKey", map[string]any{
		"name": q.Name, "algorithm": q.Algorithm, "fingerprint": q.Fingerprint,
	})
	return err == nil && answer.Type() == js.TypeBoolean && answer.Bool(), err
}

// askText asks for one text; anything but a text cancels.
func (h hooks) askText(ctx context.Context, name string, question map[string]any) (string, error) {
	answer, err := h.ask(ctx, name, question)
	if err != nil {
		return "", err
	}
	text, ok := jsval.String(answer)
	if !ok {
		return "", ssh.ErrCancelled
	}
	return text, nil
}

// Password implements ssh.Prompter.
func (h hooks) Password(ctx context.Context, q ssh.PasswordQuestion) (string, error) {
	return h.askText(ctx, "askPassword", map[string]any{"user": q.User, "attempt": q.Attempt})
}

// Questions implements ssh.Prompter.
func (h hooks) Questions(ctx context.Context, q ssh.Questions) ([]string, error) {
	prompts := make([]any, len(q.Prompts))
	for i, p := range q.Prompts {
		prompts[i] = map[string]any{"text": p.Text, "echo": p.Echo}
	}
	answer, err := h.ask(ctx, "askQuestions", map[string]any{
		"name": q.Name, "instruction": q.Instruction, "prompts": prompts,
	})
	if err != nil {
		return nil, err
	}
	answers, ok := jsval.Strings(answer)
	if !ok || len(answers) != len(prompts) {
		return nil, ssh.ErrCancelled
	}
	return answers, nil
}

// Key implements ssh.Prompter.
func (h hooks) Key(ctx context.Context, q ssh.KeyQuestion) ([]byte, error) {
	text, err := h.askText(ctx, "askKey", map[string]any{"user": q.User, "attempt": q.Attempt, "error": q.Error})
	return []byte(text), err
}

// Passphrase implements ssh.Prompter.
func (h hooks) Passphrase(ctx context.Context, q ssh.PassphraseQuestion) ([]byte, error) {
	text, err := h.askText(ctx, "askPassphrase", map[string]any{"comment": q.Comment, "attempt": q.Attempt})
	return []byte(text), err
}
