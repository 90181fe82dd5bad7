package tenant

import (
	"encoding/base64"
	"encoding/json"
	"net/http"
	"strings"
	"time"

	"porthole/ssh/cmd/porthole/fault"
)

// proof is what shows who asks. The zero value is nobody.
type proof struct {
	token          string
	user, password string
}

func (p proof) none() bool { return p == proof{} }

// firstProof is what is tried first: a token, else user and password.
func firstProof(o Options) proof {
	if o.Token != "" {
		return proof{token: o.Token}
	}
	if o.User != "" && o.Password != "" {
		return proof{user: o.User, password: o.Password}
	}
	return proof{}
}

// sign adds the proof to a request, REST or websocket.
func (p proof) sign(h http.Header, tenant string) {
	switch {
	case p.token != "":
		h.Set("Authorization", "Bearer "+p.token)
	case p.user != "":
		user := p.user
		if tenant != "" && !strings.Contains(user, "/") {
			user = tenant + "/" + user
		}
		h.Set("Authorization", "Basic "+base64.StdEncoding.EncodeToString([]byte(user+":"+p.password)))
	}
}

// ready gives the proof in use.
func (c *Client) ready() (proof, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.proof.none() {
		return proof{}, fault.New(fault.SignIn, "There is no sign-in for %s. Run `porthole login`, or set C8Y_TOKEN, or C8Y_USER and C8Y_PASSWORD.", c.opts.BaseURL.Host)
	}
	return c.proof, nil
}

// replace puts another proof in the place of one that was refused, and says whether
// there was one. What another goroutine has replaced already counts.
func (c *Client) replace(refused proof) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.proof != refused {
		return true
	}
	if refused.token == "" {
		return false
	}
	if c.opts.Renew != nil {
		if token := c.opts.Renew(); token != "" && token != refused.token {
			c.proof = proof{token: token}
			return true
		}
	}
	if c.opts.User != "" && c.opts.Password != "" {
		c.proof = proof{user: c.opts.User, password: c.opts.Password}
		return true
	}
	return false
}

// Claims is what a token says about itself. It is read, never trusted: the tenant alone
// knows whether the token is genuine.
type Claims struct {
	User, Tenant string
	Expires      time.Time // zero: it does not say
}

// ReadClaims reads a token; ok is false when it is no JWT.
func ReadClaims(token string) (claims Claims, ok bool) {
	parts := strings.Split(token, ".")
	if len(parts) != 3 {
		return Claims{}, false
	}
	text, err := base64.RawURLEncoding.DecodeString(strings.TrimRight(parts[1], "="))
	if err != nil {
		return Claims{}, false
	}
	var body struct {
		Sub string  `json:"sub"`
		Ten string  `json:"ten"`
		Exp float64 `json:"exp"`
	}
	if json.Unmarshal(text, &body) != nil {
		return Claims{}, false
	}
	claims = Claims{User: body.Sub, Tenant: body.Ten}
	if body.Exp > 0 && body.Exp < 1<<40 {
		claims.Expires = time.Unix(int64(body.Exp), 0)
	}
	return claims, true
}
