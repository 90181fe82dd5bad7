package ssh

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"

	gossh "golang.org/x/crypto/ssh"

	"porthole/ssh/wire"
)

// Method names of RFC 4252 and RFC 4256.
const (
	methodPassword  = "password"
	methodQuestions = "keyboard-interactive"
	methodKey       = "publickey"
)

// Bounds on what a server can make us do before anyone is authenticated.
const (
	maxBanners     = 16 // banners of one handshake
	maxPrompts     = 32 // prompts of one round
	maxRounds      = 32 // rounds of keyboard-interactive in one try
	maxKeyAttempts = 10 // unreadable keys or wrong passphrases in a row
	passwordsFirst = 2  // wrong passwords before the device's own questions are tried
)

// authentication is the part of a handshake that proves the SSH user.
type authentication struct {
	mu       sync.Mutex
	begun    bool
	methods  []string // the server accepts, as far as it said
	attempts int      // credentials sent
	partials int      // methods that succeeded in part
	offered  bool     // the signers of the configuration
	banners  int
	rsa      bool // the last key read was an RSA key

	// Since the last partial success:
	last      string // the method used last
	asked     bool   // it asked a person
	passwords int    // passwords sent
	questions int    // tries of keyboard-interactive
	keys      int    // keys asked for
	keyError  string // why the last key was not used
	noRounds  bool   // keyboard-interactive asked nothing: it is of no use
}

func (a *authentication) started() bool {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.begun
}

// nextMethod chooses how to go on; x/crypto calls it after each answer of the server.
func (h *handshake) nextMethod(server *gossh.ClientAuthContext) (gossh.AuthMethod, error) {
	if fault := h.faultOf(); fault != nil {
		return nil, fault
	}
	if h.ctx.Err() != nil {
		return nil, context.Cause(h.ctx)
	}
	a := &h.auth
	a.mu.Lock()
	a.begun = true
	a.methods = server.AllowedMethods
	if n := len(server.PartialSuccessMethods); n > a.partials {
		a.partials = n
		a.last, a.passwords, a.questions, a.keys, a.keyError, a.noRounds = "", 0, 0, 0, "", false
	}
	switch {
	case a.last == methodQuestions && !a.asked:
		a.noRounds = true
	case a.last == methodKey && a.keyError == "":
		a.keyError = h.refusedKey()
	}
	if h.config.Signers != nil && !a.offered && slices.Contains(a.methods, methodKey) {
		a.offered = true
		a.mu.Unlock()
		return gossh.PublicKeysCallback(h.offer), nil
	}
	method := a.choose(h.config.Credential)
	a.last, a.asked = method, false
	a.mu.Unlock()

	switch method {
	case methodPassword:
		return gossh.PasswordCallback(h.password), nil
	case methodQuestions:
		return h.keyboardInteractive(), nil
	case methodKey:
		return gossh.PublicKeysCallback(h.key), nil
	default:
		return nil, h.stop(h.authFailed(nil))
	}
}

// offer gives the keys that need nobody to be asked. An agent that fails is no reason to
// give up: other ways are left.
func (h *handshake) offer() ([]gossh.Signer, error) {
	signers, err := h.config.Signers()
	if err != nil {
		h.config.warn("the keys of the agent cannot be used", err)
		return nil, nil
	}
	if len(signers) > 0 {
		h.auth.sent()
	}
	return signers, nil
}

// choose picks a method among those the server accepts. A password is tried before the
// device's own questions, because the person was asked for one; but a device with two
// factors may take it only among its questions, so these follow soon.
func (a *authentication) choose(first Credential) string {
	password := slices.Contains(a.methods, methodPassword)
	questions := slices.Contains(a.methods, methodQuestions) && !a.noRounds
	order := []string{}
	if password && (!questions || a.passwords < passwordsFirst) {
		order = append(order, methodPassword)
	}
	if questions {
		order = append(order, methodQuestions)
	}
	if slices.Contains(a.methods, methodKey) {
		if first == CredentialKey {
			order = slices.Insert(order, 0, methodKey)
		} else {
			order = append(order, methodKey)
		}
	}
	if len(order) == 0 {
		return ""
	}
	return order[0]
}

// ask runs one question to the person: the silence of the device is not counted, and a
// failure ends the handshake.
func (h *handshake) ask(question func(ctx context.Context) error) error {
	if h.config.Prompter == nil {
		return h.stop(&Error{
			Code:    wire.CodeAuthFailed,
			Message: "The device asks for a credential, and there is none.",
		})
	}
	h.conn.dog.pause()
	err := question(h.ctx)
	h.conn.dog.resume()
	switch {
	case h.ctx.Err() != nil:
		return context.Cause(h.ctx)
	case err == nil:
		h.auth.mu.Lock()
		h.auth.asked = true
		h.auth.mu.Unlock()
		return nil
	case errors.Is(err, ErrCancelled):
		return h.stop(&Error{Code: wire.CodeCancelled, Message: "Cancelled.", Err: err})
	default:
		return h.stop(asError(err, wire.CodeInternal, "The credential could not be asked for."))
	}
}

// sent counts a credential that goes to the server.
func (a *authentication) sent() {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.attempts++
}

func (h *handshake) password() (string, error) {
	h.auth.mu.Lock()
	h.auth.passwords++
	q := PasswordQuestion{User: h.config.User, Attempt: h.auth.passwords}
	h.auth.mu.Unlock()
	var password string
	err := h.ask(func(ctx context.Context) (err error) {
		password, err = h.config.Prompter.Password(ctx, q)
		return err
	})
	if err != nil {
		return "", err
	}
	h.auth.sent()
	return password, nil
}

// banner takes SSH_MSG_USERAUTH_BANNER. A server may send any number: we take some.
func (h *handshake) banner(text string) error {
	h.auth.mu.Lock()
	h.auth.begun = true
	h.auth.banners++
	n := h.auth.banners
	h.auth.mu.Unlock()
	if n > maxBanners {
		return h.stop(&Error{
			Code:    wire.CodeLost,
			Message: "The device sends banner text without end, so the connection was ended.",
		})
	}
	if h.config.Banner != nil {
		h.config.Banner(printableLines(text, maxBannerText))
	}
	return nil
}

// authFailed says why nobody was let in; cause is nil when we gave up ourselves.
func (h *handshake) authFailed(cause error) *Error {
	h.auth.mu.Lock()
	defer h.auth.mu.Unlock()
	a := &h.auth
	methods := realAlgorithms(a.methods)
	e := &Error{
		Code: wire.CodeAuthFailed, Err: cause,
		Detail: map[string]any{"methods": methods, "attempts": a.attempts},
	}
	accepts := "It accepts: " + strings.Join(methods, ", ") + "."
	if len(methods) == 0 {
		accepts = "It names no way to sign in."
	}
	text := disconnectText(cause)
	switch {
	case cause == nil:
		e.Message = "The device accepts no credential that Porthole can give. " + accepts
	case a.attempts == 0 && text == "":
		e.Code = wire.CodeLost
		e.Message = "The device closed the connection while it waited for a credential. Connect again."
	case text != "":
		e.Message = fmt.Sprintf("The device closed the connection after %s: %q. Check the SSH user and the credential. %s",
			tries(a.attempts), text, accepts)
	default:
		e.Message = fmt.Sprintf("The device closed the connection after %s. Check the SSH user and the credential. %s",
			tries(a.attempts), accepts)
	}
	return e
}

func tries(n int) string {
	if n == 1 {
		return "1 try"
	}
	return fmt.Sprintf("%d tries", n)
}
