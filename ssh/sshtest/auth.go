package sshtest

import (
	"bytes"
	"crypto/sha256"
	"crypto/subtle"
	"errors"
	"fmt"
	"slices"

	gossh "golang.org/x/crypto/ssh"
)

// Round is one SSH_MSG_USERAUTH_INFO_REQUEST (RFC 4256 §3.2). A round without prompts
// only tells something.
type Round struct {
	Name        string
	Instruction string
	Prompts     []Prompt
	// Check decides about the answers; nil compares them with the prompts' Answer.
	Check func(answers []string) error
}

// Prompt is one question of a round.
type Prompt struct {
	Text   string
	Echo   bool // may the answer be seen while it is typed
	Answer string
}

// errDenied is the one answer to every failed attempt: it must not tell which part of
// user and secret was wrong.
var errDenied = errors.New("permission denied")

// ExpiredPassword is the dialog of a server whose user must change the password at this
// login: the current one, then a new one twice. accept, when given, judges the new one.
func ExpiredPassword(current string, accept func(password string) error) []Round {
	return []Round{
		{Prompts: []Prompt{{Text: "Password: ", Answer: current}}},
		{
			Instruction: "You are required to change your password immediately (password expired).",
			Prompts:     []Prompt{{Text: "Current password: ", Answer: current}},
		},
		{
			Prompts: []Prompt{{Text: "New password: "}, {Text: "Retype new password: "}},
			Check: func(answers []string) error {
				if answers[0] == "" || !same(answers[0], answers[1]) {
					return errDenied
				}
				if accept != nil {
					return accept(answers[0])
				}
				return nil
			},
		},
	}
}

// same compares two secrets in a time that depends on neither, nor on their lengths.
func same(a, b string) bool {
	x, y := sha256.Sum256([]byte(a)), sha256.Sum256([]byte(b))
	return subtle.ConstantTimeCompare(x[:], y[:]) == 1
}

// config makes x/crypto's configuration of the options.
func (o *Options) config() (*gossh.ServerConfig, error) {
	c := &gossh.ServerConfig{MaxAuthTries: o.MaxAuthTries, ServerVersion: o.Version}
	if o.Banner != "" {
		c.BannerCallback = func(gossh.ConnMetadata) string { return o.Banner }
	}
	if o.OnAuth != nil {
		c.AuthLogCallback = func(m gossh.ConnMetadata, method string, err error) { o.OnAuth(m.User(), method, err) }
	}
	if len(o.NoAuth) > 0 {
		c.NoClientAuth = true
		c.NoClientAuthCallback = o.checkNone
	}
	if len(o.Passwords) > 0 {
		c.PasswordCallback = o.checkPassword
	}
	if len(o.Questions) > 0 {
		c.KeyboardInteractiveCallback = o.ask
	}
	if len(o.Keys) > 0 || o.UserCA != nil {
		c.PublicKeyCallback = o.checkKey
	}
	if err := o.addHostKeys(c); err != nil {
		return nil, err
	}
	if a := o.Algorithms; a != nil {
		c.KeyExchanges, c.Ciphers, c.MACs = a.KeyExchanges, a.Ciphers, a.MACs
		c.PublicKeyAuthAlgorithms = a.UserKeys
	}
	return c, nil
}

func (o *Options) addHostKeys(c *gossh.ServerConfig) error {
	for _, key := range o.HostKeys {
		if o.Algorithms == nil || len(o.Algorithms.HostKeys) == 0 {
			c.AddHostKey(key)
			continue
		}
		signer, ok := key.(gossh.AlgorithmSigner)
		if !ok {
			return fmt.Errorf("sshtest: host key of type %s cannot choose its algorithm", key.PublicKey().Type())
		}
		restricted, err := gossh.NewSignerWithAlgorithms(signer, o.Algorithms.HostKeys)
		if err != nil {
			return fmt.Errorf("sshtest: restrict host key of type %s: %w", key.PublicKey().Type(), err)
		}
		c.AddHostKey(restricted)
	}
	return nil
}

func (o *Options) checkNone(m gossh.ConnMetadata) (*gossh.Permissions, error) {
	if slices.Contains(o.NoAuth, m.User()) {
		return &gossh.Permissions{}, nil
	}
	return nil, errDenied
}

func (o *Options) checkPassword(m gossh.ConnMetadata, password []byte) (*gossh.Permissions, error) {
	// An unknown user costs the same comparison, so time does not tell who exists.
	want, known := o.Passwords[m.User()]
	if right := same(string(password), want); !right || !known {
		return nil, errDenied
	}
	return &gossh.Permissions{}, nil
}

// ask runs the user's dialog. An unknown user is asked for a password that is never
// right, so that the dialog does not tell who exists.
func (o *Options) ask(m gossh.ConnMetadata, challenge gossh.KeyboardInteractiveChallenge) (*gossh.Permissions, error) {
	rounds, known := o.Questions[m.User()]
	if !known {
		rounds = []Round{{Prompts: []Prompt{{Text: "Password: "}}, Check: func([]string) error { return errDenied }}}
	}
	for i := range rounds {
		if err := rounds[i].ask(challenge); err != nil {
			return nil, err
		}
	}
	if !known || len(rounds) == 0 {
		return nil, errDenied
	}
	return &gossh.Permissions{}, nil
}

func (r *Round) ask(challenge gossh.KeyboardInteractiveChallenge) error {
	texts, echos := make([]string, len(r.Prompts)), make([]bool, len(r.Prompts))
	for i, p := range r.Prompts {
		texts[i], echos[i] = p.Text, p.Echo
	}
	answers, err := challenge(r.Name, r.Instruction, texts, echos)
	if err != nil {
		return fmt.Errorf("ask: %w", err)
	}
	if len(answers) != len(r.Prompts) {
		return errDenied
	}
	if r.Check != nil {
		return r.Check(answers)
	}
	right := true
	for i, p := range r.Prompts {
		right = same(answers[i], p.Answer) && right
	}
	if !right {
		return errDenied
	}
	return nil
}

func (o *Options) checkKey(m gossh.ConnMetadata, key gossh.PublicKey) (*gossh.Permissions, error) {
	checker := gossh.CertChecker{
		IsUserAuthority: func(auth gossh.PublicKey) bool {
			return o.UserCA != nil && bytes.Equal(auth.Marshal(), o.UserCA.Marshal())
		},
		UserKeyFallback: func(m gossh.ConnMetadata, key gossh.PublicKey) (*gossh.Permissions, error) {
			for _, known := range o.Keys[m.User()] {
				if bytes.Equal(known.Marshal(), key.Marshal()) {
					return &gossh.Permissions{}, nil
				}
			}
			return nil, errDenied
		},
	}
	return checker.Authenticate(m, key)
}
