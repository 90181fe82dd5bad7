package forward

import (
	"strings"
)

// challenge is what one authentication scheme asks for (RFC 9110 §11.3).
type challenge struct {
	scheme string // lower case
	params map[string]string
}

// maxChallenges bounds what one answer may ask for.
const maxChallenges = 16

// parseChallenges reads WWW-Authenticate headers: several challenges may stand in one, and
// commas part challenges as well as their parameters (RFC 9110 §11.6.1).
func parseChallenges(values []string) (list []challenge) {
	for _, value := range values {
		s := scanner{rest: value}
		for len(list) < maxChallenges {
			s.skip(" \t,")
			scheme := s.token()
			if scheme == "" {
				break
			}
			c := challenge{scheme: strings.ToLower(scheme), params: map[string]string{}}
			s.params(c.params)
			list = append(list, c)
		}
	}
	return list
}

// scanner reads a header's value from left to right.
type scanner struct{ rest string }

func (s *scanner) skip(set string) { s.rest = strings.TrimLeft(s.rest, set) }

func (s *scanner) token() string {
	i := 0
	for i < len(s.rest) && isTokenByte(s.rest[i]) {
		i++
	}
	token := s.rest[:i]
	s.rest = s.rest[i:]
	return token
}

// params reads "name=value" up to the next challenge or to what is neither.
func (s *scanner) params(into map[string]string) {
	for {
		before := s.rest
		s.skip(" \t,")
		name := s.token()
		s.skip(" \t")
		if name == "" || !strings.HasPrefix(s.rest, "=") {
			s.rest = before
			if name == "" {
				s.rest = "" // nothing that can be read follows
			}
			return
		}
		s.rest = s.rest[1:]
		s.skip(" \t")
		value, ok := s.value()
		if !ok {
			s.rest = ""
			return
		}
		if name = strings.ToLower(name); into[name] == "" {
			into[name] = value
		}
	}
}

// value reads a token or a quoted string; token68 of other schemes passes as well.
func (s *scanner) value() (string, bool) {
	if !strings.HasPrefix(s.rest, `"`) {
		i := strings.IndexAny(s.rest, " \t,")
		if i < 0 {
			i = len(s.rest)
		}
		value := s.rest[:i]
		s.rest = s.rest[i:]
		return value, true
	}
	var b strings.Builder
	for i := 1; i < len(s.rest); i++ {
		switch s.rest[i] {
		case '"':
			s.rest = s.rest[i+1:]
			return b.String(), true
		case '\\':
			if i++; i == len(s.rest) {
				return "", false
			}
		}
		b.WriteByte(s.rest[i])
	}
	return "", false
}

// choose gives the best challenge that can be answered, nil when there is none.
func choose(h Header) *challenge {
	var best *challenge
	strength := 0
	list := parseChallenges(h["Www-Authenticate"])
	for i := range list {
		if n := list[i].strength(); n > strength {
			best, strength = &list[i], n
		}
	}
	return best
}

// strength orders the schemes; 0 cannot be answered.
func (c *challenge) strength() int {
	switch c.scheme {
	case "basic":
		return 1
	case "digest":
		algorithm, _ := digestAlgorithm(c.params["algorithm"])
		if algorithm.new == nil || c.params["nonce"] == "" || !c.plainQuality() {
			return 0
		}
		return 1 + algorithm.strength
	}
	return 0
}

// plainQuality says whether the challenge can be answered without hashing the body:
// "auth", or none as in RFC 2069.
func (c *challenge) plainQuality() bool { return c.params["qop"] == "" || c.hasQuality("auth") }

func (c *challenge) hasQuality(want string) bool {
	for option := range strings.SplitSeq(c.params["qop"], ",") {
		if strings.EqualFold(trimSpace(option), want) {
			return true
		}
	}
	return false
}
