package ssh

import (
	"context"
	"time"

	gossh "golang.org/x/crypto/ssh"
)

// Credential says what proves the SSH user to the device.
type Credential string

// The credentials a person can choose to offer first. Others the device insists on are
// asked for too.
const (
	CredentialPassword Credential = "password" // password, then keyboard-interactive, then key
	CredentialKey      Credential = "key"      // key, then password, then keyboard-interactive
)

// State is how far a connection has come.
type State string

// The states in their order.
const (
	StateWaiting        State = "waiting"        // no byte of the device yet
	StateConnecting     State = "connecting"     // the SSH banner (RFC 4253 §4.2) was seen
	StateAuthenticating State = "authenticating" // the host key was accepted
	StateConnected      State = "connected"      // sessions can be opened
)

// Default limits of a [Config].
const (
	// DefaultBannerTimeout is how long a device may say nothing at all: it has to learn
	// of the connect operation and dial out first, over a mobile network perhaps.
	DefaultBannerTimeout = 60 * time.Second
	// DefaultSilenceTimeout is how long a device may say nothing within the handshake.
	// A key exchange on a small processor takes seconds.
	DefaultSilenceTimeout = 60 * time.Second
	// DefaultKeepAlive is the time between keep-alive messages: under the minute after
	// which common proxies and address translators forget an idle connection.
	DefaultKeepAlive = 30 * time.Second
)

// Config says how to connect. The zero value connects to nothing.
type Config struct {
	// User is the SSH user: the account name on the device.
	User string
	// Credential is offered first; empty means [CredentialPassword].
	Credential Credential
	// Prompter answers the device's questions. nil has no credential at all.
	Prompter Prompter
	// Signers are offered before anything is asked of a person, and once: the keys of an
	// agent, and those in files without a passphrase. nil has none.
	Signers func() ([]gossh.Signer, error)
	// HostKey decides about the device's key: it returns nil to go on and an error to end
	// the connection ([hostkey.Verifier.Verify] is made for this). It is asked before any
	// credential, once per connection; a key that differs later on the same connection
	// is refused without asking. A nil HostKey refuses every device.
	HostKey func(ctx context.Context, key gossh.PublicKey) error
	// KnownAlgorithms are the key types already known of this device
	// ([hostkey.File.KnownAlgorithms]): they are asked for first, so that a device with
	// several host keys shows the one we know.
	KnownAlgorithms []string
	// AllowOld adds the algorithms of ten years ago (SHA-1, CBC, ssh-rsa, small groups)
	// behind all others.
	AllowOld bool
	// PreferChaCha puts chacha20-poly1305 before AES-GCM. Under js it is always so:
	// AES in wasm has no hardware behind it and is four times slower.
	PreferChaCha bool

	// Banner takes the text of SSH_MSG_USERAUTH_BANNER (RFC 4252 §5.4), without control
	// characters. nil drops it.
	Banner func(text string)
	// Progress is told each state once, in order, from one goroutine at a time.
	Progress func(State)

	// BannerTimeout bounds the wait for the device's first byte; 0 is the default.
	BannerTimeout time.Duration
	// SilenceTimeout bounds any later silence of the handshake, the time a person needs
	// to answer not counted; 0 is the default.
	SilenceTimeout time.Duration
	// KeepAlive is the time between keep-alive messages, and how long the device may be
	// silent after one; 0 is the default, negative switches it off.
	KeepAlive time.Duration

	// Warn takes what only a developer wants to see, no secret in it; nil discards. It is
	// no *slog.Logger: log/slog brings encoding/json, together 80 KB of compressed wasm.
	Warn func(message string, cause error)
}

// Prompter asks a person. Every method must return soon after its context ended, with
// any error, and returns [ErrCancelled] when the person cancels. Attempts count from 1.
// What the methods return is used once and, where it is bytes, overwritten with zeros.
type Prompter interface {
	// Password asks for the SSH user's password.
	Password(ctx context.Context, q PasswordQuestion) (string, error)
	// Questions shows the device's own questions (keyboard-interactive, RFC 4256) and
	// returns one answer for each prompt.
	Questions(ctx context.Context, q Questions) ([]string, error)
	// Key asks for a private key in OpenSSH or PEM format.
	Key(ctx context.Context, q KeyQuestion) ([]byte, error)
	// Passphrase asks for the passphrase of the key just given.
	Passphrase(ctx context.Context, q PassphraseQuestion) ([]byte, error)
}

// PasswordQuestion asks for a password.
type PasswordQuestion struct {
	User    string
	Attempt int
}

// Questions is one round of keyboard-interactive. All text is the device's, without
// control characters and cut at a sane length.
type Questions struct {
	Name        string
	Instruction string
	Prompts     []Prompt
}

// Prompt is one question of a round.
type Prompt struct {
	Text string
	Echo bool // whether the answer may be seen while it is typed
}

// KeyQuestion asks for a private key.
type KeyQuestion struct {
	User    string
	Attempt int
	// Error is a sentence about why the last key was not used; empty at first.
	Error string
}

// PassphraseQuestion asks for the passphrase of a key.
type PassphraseQuestion struct {
	// Comment tells which key, as far as the file says so: its type and fingerprint.
	Comment string
	Attempt int
}

func (c *Config) bannerTimeout() time.Duration {
	if c.BannerTimeout > 0 {
		return c.BannerTimeout
	}
	return DefaultBannerTimeout
}

func (c *Config) silenceTimeout() time.Duration {
	if c.SilenceTimeout > 0 {
		return c.SilenceTimeout
	}
	return DefaultSilenceTimeout
}

func (c *Config) keepAlive() time.Duration {
	if c.KeepAlive == 0 {
		return DefaultKeepAlive
	}
	return c.KeepAlive
}

func (c *Config) warn(message string, cause error) {
	if c.Warn != nil {
		c.Warn(message, cause)
	}
}
