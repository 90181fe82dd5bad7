package wire

import "time"

// TokenPrefix begins every token that a gateway gives to a command line. Such a token is
// the gateway's own: a tenant never gets it.
const TokenPrefix = "pht_"

// Paths of the sign-in of a command line: the page that asks the person, and where the
// program turns its code into a token (docs/protocol.md §8).
const (
	CLISignInPath = "/auth/cli"
	CLITokenPath  = "/auth/cli/token" //nolint:gosec // a path, no credential
)

// ChallengeMethod is the one way in which a code is bound to who asked for it (RFC 7636 §4.2).
const ChallengeMethod = "S256"

// CLIRequest is the body of POST /api/cli/requests: what the address of the page asks for.
type CLIRequest struct {
	CodeChallenge       string `json:"codeChallenge"`
	CodeChallengeMethod string `json:"codeChallengeMethod"`
	RedirectURI         string `json:"redirectUri"`
	State               string `json:"state"`
	// Machine is what the program calls its machine: a claim, and foreign text.
	Machine string `json:"machine,omitempty"`
}

// CLIQuestion is the answer: what the person is asked.
type CLIQuestion struct {
	// Consent goes back with the person's answer. It belongs to one login and one request,
	// and serves once.
	Consent string   `json:"consent"`
	User    string   `json:"user"`
	Tenant  TenantID `json:"tenant"`
	// RemoteAccess is false when the token would reach no device.
	RemoteAccess bool   `json:"remoteAccess"`
	Machine      string `json:"machine"`
	// Callback is the address and port of this machine that gets the answer.
	Callback string    `json:"callback"`
	Until    time.Time `json:"until"` // the token ends then in any case
}

// CLIConsent is the body of POST /api/cli/consents.
type CLIConsent struct {
	Consent string `json:"consent"`
	Allow   bool   `json:"allow"`
}

// CLIRedirect is the answer: where the browser goes next, always on its own machine.
type CLIRedirect struct {
	Redirect string `json:"redirect"`
}

// CLIGrant is the answer of POST /auth/cli/token, in the words of RFC 6749 §5.1 and who
// signed in.
type CLIGrant struct {
	AccessToken string   `json:"access_token"`
	TokenType   string   `json:"token_type"` // Bearer
	ExpiresIn   int64    `json:"expires_in"` // seconds
	User        string   `json:"user"`
	Tenant      TenantID `json:"tenant"`
}

// CLITokens is the answer of GET /api/cli/tokens: those of the person who asks.
type CLITokens struct {
	Tokens []CLIToken `json:"tokens"`
}

// CLIToken describes a token of a command line. It holds no secret.
type CLIToken struct {
	ID      string    `json:"id"` // names it for DELETE /api/cli/tokens/{id}
	Machine string    `json:"machine"`
	Address string    `json:"address"` // from where it was asked for
	Made    time.Time `json:"made"`
	Until   time.Time `json:"until"`
	// LastUsed is left out while it was never used.
	LastUsed time.Time `json:"lastUsed,omitzero"`
	// Connections are open now.
	Connections int `json:"connections"`
}
