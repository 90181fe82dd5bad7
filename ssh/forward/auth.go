package forward

import (
	"encoding/base64"
	"slices"
	"strings"
	"sync"
	"unicode/utf8"
)

// maxSpaces is how many realms of one target are remembered.
const maxSpaces = 16

type credential struct{ user, password string }

// space is a realm of the target and how it wants to be answered.
type space struct {
	challenge *challenge
	path      string      // what it begins with (RFC 7617 §2.2)
	accepted  *credential // nil before one was
	count     uint32      // answers to the present nonce
}

// authenticator answers the target's challenges. What a person typed goes to the realm that
// asked for it, and unasked only after it was accepted there. Its zero value is ready.
type authenticator struct {
	mu     sync.Mutex
	spaces []*space
	asked  *space      // whom a person was asked for last
	typed  *credential // not yet accepted
	target *space      // whom typed is for; nil: whoever asks first
}

// proof is what one request showed.
type proof struct {
	header     string
	credential *credential // nil when none was shown
	space      *space
	nonce      string
	count      uint32
	own        bool // the page brought its own
}

func (a *authenticator) set(user, password string) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.typed, a.target = &credential{user, password}, a.asked
}

func (a *authenticator) clear() {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.spaces, a.asked, a.typed, a.target = nil, nil, nil, nil
}

// prove makes the proof for a request, as far as the target is known to want one there.
func (a *authenticator) prove(r *Request) proof {
	if r.Header.Get("Authorization") != "" {
		return proof{own: true}
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	var best *space
	for _, s := range a.spaces {
		if a.holds(s) != nil && strings.HasPrefix(r.Path, s.path) && (best == nil || len(s.path) > len(best.path)) {
			best = s
		}
	}
	if best == nil {
		return proof{}
	}
	return best.prove(a.holds(best), r)
}

// holds gives the credential to show in a realm, nil when there is none. Needs mu.
func (a *authenticator) holds(s *space) *credential {
	switch {
	case a.typed != nil && (a.target == s || a.target == nil):
		return a.typed
	default:
		return s.accepted
	}
}

func (s *space) prove(c *credential, r *Request) proof {
	p := proof{credential: c, space: s}
	if s.challenge.scheme == "basic" {
		p.header = "Basic " + base64.StdEncoding.EncodeToString([]byte(c.user+":"+c.password))
		return p
	}
	s.count++
	p.nonce, p.count = s.challenge.params["nonce"], s.count
	p.header = digest(s.challenge, c.user, c.password, r.Method, r.Path, newNonce(), s.count)
	return p
}

// judge learns from an answer. again is true when the request shall be sent again with
// another proof; else asked is what a person must be asked for, if anything.
func (a *authenticator) judge(r *Request, resp *reply, p proof) (asked *Challenge, again bool) {
	if p.own {
		return nil, false
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	if resp.status != statusUnauthorized {
		a.accept(p, resp.status)
		return nil, false
	}
	c := choose(resp.header)
	if c == nil {
		return nil, false
	}
	s := a.enter(c, r.Path)
	refused := p.space == s && !p.outlived(c)
	if refused {
		a.refuse(p)
	}
	if a.holds(s) != nil {
		return nil, true
	}
	a.asked = s
	return &Challenge{Scheme: c.scheme, Realm: realmText(c.params["realm"]), Refused: refused}, false
}

// outlived says whether the nonce and not the credential was refused. Some servers forget
// to say "stale", so one that answered before may have had its time.
func (p proof) outlived(c *challenge) bool {
	return c.scheme == "digest" && c.params["nonce"] != p.nonce &&
		(strings.EqualFold(c.params["stale"], "true") || p.count > 1)
}

// accept keeps a credential that was not refused; an error of the server says nothing
// about it. Needs mu.
func (a *authenticator) accept(p proof, status int) {
	if p.credential == nil || status >= statusBroken {
		return
	}
	p.space.accepted = p.credential
	if a.typed == p.credential {
		a.typed, a.target = nil, nil
	}
}

// refuse forgets a credential. Needs mu.
func (a *authenticator) refuse(p proof) {
	if a.typed == p.credential {
		a.typed, a.target = nil, nil
	}
	if p.space.accepted == p.credential {
		p.space.accepted = nil
	}
}

// enter finds the realm of a challenge that a request to path met, or makes it. Needs mu.
func (a *authenticator) enter(c *challenge, path string) *space {
	folder := "/" // Digest is for the whole server (RFC 7616 §3.3, domain)
	if c.scheme == "basic" {
		path, _, _ = strings.Cut(path, "?")
		folder = path[:strings.LastIndexByte(path, '/')+1]
	}
	for _, s := range a.spaces {
		if s.challenge.scheme == c.scheme && s.challenge.params["realm"] == c.params["realm"] {
			if s.challenge.params["nonce"] != c.params["nonce"] {
				s.count = 0
			}
			s.challenge = c
			for !strings.HasPrefix(folder, s.path) {
				s.path = s.path[:strings.LastIndexByte(s.path[:len(s.path)-1], '/')+1]
			}
			return s
		}
	}
	s := &space{challenge: c, path: folder}
	if len(a.spaces) == maxSpaces {
		a.spaces = slices.Delete(a.spaces, 0, 1)
	}
	a.spaces = append(a.spaces, s)
	return s
}

// realmText is a realm as text: UTF-8 where it is that, else Latin-1.
func realmText(raw string) string {
	if utf8.ValidString(raw) {
		return raw
	}
	return FromLatin1(raw)
}
