package platform

import (
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"log/slog"
	"net/http"
	"strings"
	"time"

	"porthole/ssh/wire"
)

// Authorization proves a principal to the tenant: an Authorization header, or the
// tenant's own cookies. It is a secret; every way of printing it shows a placeholder.
// The zero value proves nothing.
type Authorization struct {
	header string // "Basic …" or "Bearer …"
	cookie string // JWT of the cookie "authorization"
	xsrf   string // token that goes with the cookie
	tfa    string // code that goes with Basic
}

// hidden is what a log or a format verb shows in place of a secret.
const hidden = "[hidden]"

// Basic is HTTP basic authentication (RFC 7617). The user may carry its tenant: "t12345/user".
func Basic(user, password string) Authorization {
	return Authorization{header: "Basic " + base64.StdEncoding.EncodeToString([]byte(user+":"+password))}
}

// BasicWithCode is Basic for a principal whom the tenant asks for a TFA code too.
func BasicWithCode(user, password, code string) Authorization {
	a := Basic(user, password)
	a.tfa = code
	return a
}

// Bearer is a token of the tenant, a JWT (RFC 6750).
func Bearer(token string) Authorization { return Authorization{header: "Bearer " + token} }

// FromHeader takes an Authorization header as a client sent it. Only the two schemes
// that the platform knows are accepted.
func FromHeader(value string) (Authorization, bool) {
	scheme, rest, found := strings.Cut(strings.TrimSpace(value), " ")
	rest = strings.TrimSpace(rest)
	if !found || !isVisible(rest) || isGatewayToken(rest) {
		return Authorization{}, false
	}
	switch {
	case strings.EqualFold(scheme, "basic"):
		decoded, err := base64.StdEncoding.DecodeString(rest)
		user, password, both := strings.Cut(string(decoded), ":")
		if err != nil || !both || isGatewayToken(user) || isGatewayToken(password) {
			return Authorization{}, false
		}
		return Authorization{header: "Basic " + rest}, true
	case strings.EqualFold(scheme, "bearer"):
		return Bearer(rest), true
	default:
		return Authorization{}, false
	}
}

// FromCookies takes the tenant's cookie and the XSRF token that came beside it.
func FromCookies(jwt, xsrf string) Authorization { return Authorization{cookie: jwt, xsrf: xsrf} }

// FromToken reads the query parameter "token" of websockets: a JWT, base64 of
// "user:password" in any of its alphabets, or a whole header value. Clients send it
// unescaped too, so a "+" may arrive as a space.
func FromToken(token string) (Authorization, bool) {
	if len(token) > maxToken {
		return Authorization{}, false
	}
	if a, ok := FromHeader(token); ok {
		return a, true
	}
	token = strings.ReplaceAll(strings.TrimSpace(token), " ", "+")
	if !isVisible(token) || isGatewayToken(token) {
		return Authorization{}, false
	}
	if _, ok := jwtClaims(token); ok {
		return Bearer(token), true
	}
	token = strings.TrimRight(token, "=")
	token = strings.NewReplacer("-", "+", "_", "/").Replace(token)
	decoded, err := base64.RawStdEncoding.DecodeString(token)
	if err != nil {
		return Authorization{}, false
	}
	user, password, found := strings.Cut(string(decoded), ":")
	if !found || user == "" || isGatewayToken(user) || isGatewayToken(password) {
		return Authorization{}, false
	}
	return Basic(user, password), true
}

// isGatewayToken: what a gateway gave to a command line proves nothing to a tenant, which
// must not even see it.
func isGatewayToken(text string) bool { return strings.HasPrefix(text, wire.TokenPrefix) }

// isVisible: only visible ASCII without the comma that joins headers. Decoders of base64
// pass over line ends, which a header must not have.
func isVisible(text string) bool {
	for _, b := range []byte(text) {
		if b <= ' ' || b >= 0x7f || b == ',' {
			return false
		}
	}
	return text != ""
}

// maxToken is the longest query token read, in bytes; a JWT of a tenant is below 4 KiB.
const maxToken = 16 << 10

// IsZero is true when there is nothing to prove anything with.
func (a Authorization) IsZero() bool { return a == Authorization{} }

// Apply puts the proof into the headers of a request to the tenant, in place of any other.
func (a Authorization) Apply(h http.Header) {
	h.Del("Authorization")
	h.Del("Cookie")
	h.Del("X-Xsrf-Token")
	switch {
	case a.header != "":
		h.Set("Authorization", a.header)
		if a.tfa != "" {
			h.Set("TFAToken", a.tfa)
		}
	case a.cookie != "":
		value := "authorization=" + a.cookie
		if a.xsrf != "" {
			value += "; XSRF-TOKEN=" + a.xsrf
			h.Set("X-XSRF-TOKEN", a.xsrf)
		}
		h.Set("Cookie", value)
	}
}

// Hash names the proof without revealing it, for caches.
func (a Authorization) Hash() [sha256.Size]byte {
	return sha256.Sum256([]byte(a.header + "\x00" + a.cookie + "\x00" + a.xsrf + "\x00" + a.tfa))
}

// Claimed is what the proof says of itself, unverified: good for counting failures and
// for naming a principal after the tenant accepted the proof, never for a decision.
// Expires is zero when the proof does not end by itself.
func (a Authorization) Claimed() (user string, tenant wire.TenantID, expires time.Time) {
	if rest, found := strings.CutPrefix(a.header, "Basic "); found {
		decoded, err := base64.StdEncoding.DecodeString(rest)
		if err != nil {
			return "", "", time.Time{}
		}
		name, _, _ := strings.Cut(string(decoded), ":")
		if t, u, found := strings.Cut(name, "/"); found {
			return u, wire.TenantID(t), time.Time{}
		}
		return name, "", time.Time{}
	}
	token := a.cookie
	if a.header != "" {
		token = strings.TrimPrefix(a.header, "Bearer ")
	}
	c, ok := jwtClaims(token)
	if !ok {
		return "", "", time.Time{}
	}
	if c.Expires > 0 && c.Expires < 1<<40 {
		expires = time.Unix(int64(c.Expires), 0)
	}
	return c.Subject, wire.TenantID(c.Tenant), expires
}

// XSRFClaim is the XSRF token that the tenant wrote into the JWT of its cookie, or "".
func XSRFClaim(jwt string) string {
	c, _ := jwtClaims(jwt)
	return c.XSRF
}

// claims are the parts of the tenant's JWT that we read (docs/protocol.md §1).
type claims struct {
	Subject string  `json:"sub"`
	Tenant  string  `json:"ten"`
	Expires float64 `json:"exp"` // seconds since 1970 (RFC 7519 §4.1.4)
	XSRF    string  `json:"xsrfToken"`
}

func jwtClaims(token string) (claims, bool) {
	var c claims
	parts := strings.Split(token, ".")
	if len(parts) != 3 || parts[0] == "" {
		return c, false
	}
	payload, err := base64.RawURLEncoding.DecodeString(strings.TrimRight(parts[1], "="))
	if err != nil || json.Unmarshal(payload, &c) != nil {
		return claims{}, false
	}
	return c, true
}

// String hides the secret from fmt.
func (a Authorization) String() string { return hidden }

// GoString hides the secret from fmt's %#v.
func (a Authorization) GoString() string { return hidden }

// LogValue hides the secret from slog.
func (a Authorization) LogValue() slog.Value { return slog.StringValue(hidden) }

// MarshalJSON hides the secret from JSON.
func (a Authorization) MarshalJSON() ([]byte, error) { return json.Marshal(hidden) }

// Scheme is "Basic", "Bearer" or "Cookie"; "" when there is no proof.
func (a Authorization) Scheme() string {
	switch {
	case a.header != "":
		scheme, _, _ := strings.Cut(a.header, " ")
		return scheme
	case a.cookie != "":
		return "Cookie"
	default:
		return ""
	}
}
