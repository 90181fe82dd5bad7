package standin

import (
	"encoding/hex"
	"slices"
	"strings"

	"porthole/server/platform"
	"porthole/ssh/wire"
)

const (
	maxBody = 64 << 10 // bytes of a JSON body
	maxName = 255      // bytes of a configuration's name or host
	// cipherPrefix marks a stored secret, as the platform marks it.
	cipherPrefix = "{cipher}"
)

var (
	protocols       = []string{wire.ProtocolPassthrough, "TCP", "VNC", "TELNET", "SSH"}
	credentialTypes = []string{"NONE", "PASS_ONLY", "USER_PASS", "KEY_PAIR", "CERTIFICATE"}
)

// configurationInput is the flat body of a request; what is left out stays as it is.
type configurationInput struct {
	Name            *string `json:"name"`
	Hostname        *string `json:"hostname"`
	Port            *int    `json:"port"`
	Protocol        *string `json:"protocol"`
	CredentialsType *string `json:"credentialsType"`
	Username        *string `json:"username"`
	Password        *string `json:"password"`
	PublicKey       *string `json:"publicKey"`
	PrivateKey      *string `json:"privateKey"`
	HostKey         *string `json:"hostKey"`
	Certificate     *string `json:"certificate"`
}

// apply puts the input over a configuration and its credentials, which it replaces.
func (in configurationInput) apply(c *platform.Configuration) {
	cred := platform.Credentials{Type: "NONE"}
	if c.Credentials != nil {
		cred = *c.Credentials
	}
	put(&c.Name, in.Name)
	put(&c.Hostname, in.Hostname)
	put(&c.Port, in.Port)
	put(&c.Protocol, in.Protocol)
	put(&cred.Type, in.CredentialsType)
	putOptional(&cred.Username, in.Username)
	putOptional(&cred.PublicKey, in.PublicKey)
	putOptional(&cred.HostKey, in.HostKey)
	putOptional(&cred.Certificate, in.Certificate)
	putOptional(&cred.Password, concealed(in.Password))
	putOptional(&cred.PrivateKey, concealed(in.PrivateKey))
	c.Credentials = &cred
}

func put[T any](dst *T, v *T) {
	if v != nil {
		*dst = *v
	}
}

func putOptional(dst **string, v *string) {
	if v != nil {
		*dst = v
	}
}

// concealed is what is kept of a secret: a mark that there is one. The stand-in ends no
// protocol itself and so never needs the secret; what it does not have cannot leak.
func concealed(secret *string) *string {
	if secret == nil || *secret == "" || strings.HasPrefix(*secret, cipherPrefix) {
		return secret
	}
	s := cipherPrefix + hex.EncodeToString(randomBytes(32))
	return &s
}

// checkConfiguration normalises and validates; the error is a sentence for the caller.
func checkConfiguration(c *platform.Configuration) error {
	c.Name = strings.TrimSpace(c.Name)
	c.Hostname = strings.TrimSpace(c.Hostname)
	c.Protocol = strings.ToUpper(c.Protocol)
	if c.Credentials == nil {
		c.Credentials = &platform.Credentials{}
	}
	if c.Credentials.Type == "" {
		c.Credentials.Type = "NONE"
	}
	problem := ""
	switch {
	case c.Name == "" || len(c.Name) > maxName || hasControl(c.Name):
		problem = "name must have 1 to 255 bytes and no control characters."
	case c.Hostname == "" || len(c.Hostname) > maxName || hasControl(c.Hostname) || strings.ContainsAny(c.Hostname, " /"):
		problem = "hostname must be a host name or an address."
	case c.Port < 1 || c.Port > 65535:
		problem = "port must be between 1 and 65535."
	case !slices.Contains(protocols, c.Protocol):
		problem = "protocol must be one of " + strings.Join(protocols, ", ") + "."
	case !slices.Contains(credentialTypes, c.Credentials.Type):
		problem = "credentialsType must be one of " + strings.Join(credentialTypes, ", ") + "."
	}
	if problem != "" {
		return invalid("remoteaccess", problem)
	}
	return nil
}

func hasControl(s string) bool {
	return strings.ContainsFunc(s, func(r rune) bool { return r < ' ' || r == 0x7f })
}
