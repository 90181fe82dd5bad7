package api

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/base64"
	"fmt"
	"net/http"
	"net/url"
	"sync"
	"time"

	"porthole/server/login"
	"porthole/ssh/wire"
)

// Bounds of the sign-ins of command lines that are under way.
const (
	questionLife = 10 * time.Minute // a person may read
	maxQuestions = 8                // of one login; the oldest goes
	codeLife     = time.Minute      // from the browser to the program
	codeKept     = 10 * time.Minute // so that one that comes twice is known
	maxCodes     = 10_000
	maxCodesOf   = 50 // of one person, or one could keep all others out
)

// codes are the questions that people are asked, and the codes that programs got.
type codes struct {
	now func() time.Time

	mu        sync.Mutex
	questions map[*login.Login][]*question
	given     map[[sha256.Size]byte]*code
}

// question is what one program asked for.
type question struct {
	key       [sha256.Size]byte // of the consent
	challenge string
	redirect  string // a checked loopback address without a query
	state     string
	machine   string
	asked     time.Time
}

// back is where the browser takes an answer.
func (q *question) back(name, value string) string {
	return q.redirect + "?" + url.Values{name: {value}, "state": {q.state}}.Encode()
}

// code stands for a person's consent until its program comes for the token. It belongs to
// the login that consented, the challenge and the address of its question.
type code struct {
	login     *login.Login
	challenge string
	redirect  string
	machine   string
	given     time.Time
	spent     bool
	replayed  bool
	token     *login.Login // what it was turned into
}

func newCodes(now func() time.Time) *codes {
	if now == nil {
		now = time.Now
	}
	return &codes{now: now, questions: make(map[*login.Login][]*question), given: make(map[[sha256.Size]byte]*code)}
}

// secret is 256 random bits in base64url, and what is kept of them.
func secret() (text string, key [sha256.Size]byte, err error) {
	var bits [32]byte
	if _, err := rand.Read(bits[:]); err != nil {
		return "", key, fmt.Errorf("make secret: %w", err)
	}
	text = base64.RawURLEncoding.EncodeToString(bits[:])
	return text, sha256.Sum256([]byte(text)), nil
}

// ask keeps a question for a login and gives the consent that an answer must bring.
func (c *codes) ask(l *login.Login, q question) (consent string, err error) {
	consent, q.key, err = secret()
	if err != nil {
		return "", err
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	q.asked = c.now()
	mine, known := c.questions[l]
	if !known {
		context.AfterFunc(l.Context(), func() { c.forget(l) })
	}
	if len(mine) >= maxQuestions {
		mine = mine[1:]
	}
	c.questions[l] = append(mine, &q)
	return consent, nil
}

// answer takes the question of a consent, once.
func (c *codes) answer(l *login.Login, consent string) (*question, bool) {
	key := sha256.Sum256([]byte(consent))
	c.mu.Lock()
	defer c.mu.Unlock()
	mine := c.questions[l]
	for i, q := range mine {
		if subtle.ConstantTimeCompare(q.key[:], key[:]) != 1 {
			continue
		}
		c.questions[l] = append(mine[:i:i], mine[i+1:]...)
		return q, c.now().Sub(q.asked) < questionLife
	}
	return nil, false
}

// give makes the code of a question that was answered with yes.
func (c *codes) give(l *login.Login, q *question) (string, *problem) {
	text, key, err := secret()
	if err != nil {
		return "", asProblem(err)
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	now, who, theirs := c.now(), principal(l.Identity()), 0
	for known, old := range c.given {
		if now.Sub(old.given) >= codeKept {
			delete(c.given, known)
		} else if principal(old.login.Identity()) == who {
			theirs++
		}
	}
	if len(c.given) >= maxCodes || theirs >= maxCodesOf {
		return "", &problem{
			status: http.StatusServiceUnavailable, code: wire.CodeInternal, retryAfter: codeLife,
			message: "Too many command lines sign in at once. Try again in a few minutes.",
		}
	}
	c.given[key] = &code{login: l, challenge: q.challenge, redirect: q.redirect, machine: q.machine, given: now}
	return text, nil
}

// take spends a code: whoever brings it, rightly or not, it serves no second time. One
// that comes again was seen by someone else, so the token that it gave is told to be ended.
func (c *codes) take(text, verifier, redirect string) (taken *code, replayed *login.Login) {
	c.mu.Lock()
	defer c.mu.Unlock()
	have := c.given[sha256.Sum256([]byte(text))]
	if have == nil {
		return nil, nil
	}
	if have.spent {
		have.replayed = true
		return nil, have.token
	}
	have.spent = true
	digest := sha256.Sum256([]byte(verifier))
	challenge := base64.RawURLEncoding.EncodeToString(digest[:])
	switch {
	case c.now().Sub(have.given) >= codeLife, have.login.Context().Err() != nil, have.redirect != redirect,
		!isSecretText(verifier, challengeLength, 128),
		subtle.ConstantTimeCompare([]byte(challenge), []byte(have.challenge)) != 1:
		return nil, nil
	}
	return have, nil
}

// gave notes what a code was turned into; false when it came again meanwhile.
func (c *codes) gave(taken *code, token *login.Login) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	taken.token = token
	return !taken.replayed
}

func (c *codes) forget(l *login.Login) {
	c.mu.Lock()
	defer c.mu.Unlock()
	delete(c.questions, l)
}
