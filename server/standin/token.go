package standin

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"strings"
	"time"

	"porthole/ssh/wire"
)

// maxToken is the longest token that is looked at, in bytes; ours have about 500.
const maxToken = 8 << 10

// claims are the payload of a token (RFC 7519 §4.1, and two of the platform's).
type claims struct {
	Issuer    string        `json:"iss"`
	Audience  string        `json:"aud"`
	Subject   string        `json:"sub"`
	Tenant    wire.TenantID `json:"ten"`
	ID        string        `json:"jti"`
	IssuedAt  int64         `json:"iat"` // seconds since 1970
	NotBefore int64         `json:"nbf"`
	Expires   int64         `json:"exp"`
	XSRF      string        `json:"xsrfToken"`
}

// tokenHeader is the only header we issue and accept, so that no token chooses its own
// algorithm.
var tokenHeader = base64.RawURLEncoding.EncodeToString([]byte(`{"alg":"HS256","typ":"JWT"}`))

// issue makes a token (JWS compact form, RFC 7515 §3.1) for an account.
func (p *Platform) issue(a *account, domain string) (string, claims, error) {
	now := p.now()
	cl := claims{
		Issuer:    domain,
		Audience:  domain,
		Subject:   a.name,
		Tenant:    p.opt.Tenant,
		ID:        hex.EncodeToString(randomBytes(16)),
		IssuedAt:  now.Unix(),
		NotBefore: now.Unix(),
		Expires:   now.Add(p.opt.TokenLife).Unix(),
		XSRF:      hex.EncodeToString(randomBytes(16)),
	}
	payload, err := json.Marshal(cl)
	if err != nil {
		return "", claims{}, err
	}
	signed := tokenHeader + "." + base64.RawURLEncoding.EncodeToString(payload)
	return signed + "." + base64.RawURLEncoding.EncodeToString(p.sign(signed)), cl, nil
}

func (p *Platform) sign(s string) []byte {
	h := hmac.New(sha256.New, p.secret)
	h.Write([]byte(s))
	return h.Sum(nil)
}

// verifyToken checks a token and finds whose it is.
func (p *Platform) verifyToken(token string) (principal, claims, error) {
	var cl claims
	i := strings.LastIndexByte(token, '.')
	if i < 0 || len(token) > maxToken {
		return principal{}, cl, errBadToken
	}
	signed := token[:i]
	sum, err := base64.RawURLEncoding.DecodeString(token[i+1:])
	if err != nil || !hmac.Equal(sum, p.sign(signed)) {
		return principal{}, cl, errBadToken
	}
	header, payload, ok := strings.Cut(signed, ".")
	if !ok || header != tokenHeader {
		return principal{}, cl, errBadToken
	}
	body, err := base64.RawURLEncoding.DecodeString(payload)
	if err != nil || json.Unmarshal(body, &cl) != nil {
		return principal{}, cl, errBadToken
	}
	now := p.now()
	if cl.Tenant != p.opt.Tenant || !now.Before(time.Unix(cl.Expires, 0)) || now.Before(time.Unix(cl.NotBefore, 0)) {
		return principal{}, cl, errBadToken
	}
	who := p.lookup(cl.Subject)
	if who.account == nil || who.expired {
		return principal{}, cl, errBadToken
	}
	return who, cl, nil
}
