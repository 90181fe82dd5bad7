package sshtest

import (
	"context"
	"errors"
	"net"

	gossh "golang.org/x/crypto/ssh"
)

// Options say what a [Server] is and whom it lets in. The zero value lets nobody in,
// and [New] refuses it.
type Options struct {
	// HostKeys prove the server to its clients; nil means one new ed25519 key.
	HostKeys []gossh.Signer

	// Passwords maps an SSH user to its password (method "password").
	Passwords map[string]string
	// Questions maps an SSH user to its dialog (method "keyboard-interactive"): every
	// round must be answered right. See [ExpiredPassword].
	Questions map[string][]Round
	// Keys maps an SSH user to its public keys (method "publickey").
	Keys map[string][]gossh.PublicKey
	// UserCA signs certificates that let in the users they name as principals.
	UserCA gossh.PublicKey
	// NoAuth lists SSH users who are let in without proof (method "none").
	NoAuth []string
	// MaxAuthTries is the number of failed attempts after which a connection is
	// ended; 0 means 6, as OpenSSH has it. This is the brute-force limit.
	MaxAuthTries int
	// Banner is shown before authentication (RFC 4252 §5.4).
	Banner string

	// Version is the identification string; it must start with "SSH-2.0-". "" means
	// x/crypto's.
	Version string
	// Algorithms restricts what is offered; nil means x/crypto's secure defaults.
	Algorithms *Algorithms

	// Shell serves a session that asks for a shell; nil means [Scripted].
	Shell func(*Session)
	// Exec serves a session that asks for a command; nil refuses the request.
	Exec func(*Session)
	// Subsystems serve sessions that ask for a subsystem by name, such as "sftp"; a
	// name that is not here is refused.
	Subsystems map[string]func(*Session)
	// AcceptEnv decides about each variable that a client sends; nil refuses all.
	AcceptEnv func(name, value string) bool

	// Direct decides about each direct-tcpip channel (RFC 4254 §7.2) before anything
	// is dialled; its error is the reason the client reads. nil refuses all.
	Direct func(host string, port int) error
	// Dial opens the target of an allowed direct-tcpip channel; nil means net.Dialer.
	Dial func(ctx context.Context, network, address string) (net.Conn, error)
	// Global answers global requests such as keepalive@openssh.com; nil refuses all,
	// as OpenSSH does with what it does not know (the refusal is the sign of life).
	Global func(*gossh.Request) (ok bool, payload []byte)

	// OnAuth hears of every attempt to authenticate; err is nil when it succeeded. It
	// never sees the secret.
	OnAuth func(user, method string, err error)
}

// Algorithms lists algorithm names in order of preference; an empty list means the
// default for that field.
type Algorithms struct {
	KeyExchanges []string
	Ciphers      []string
	MACs         []string
	// HostKeys are signature algorithms such as ssh-rsa; a host key that can make
	// none of them is an error of New.
	HostKeys []string
	// UserKeys are the signature algorithms accepted from clients' keys.
	UserKeys []string
}

// OldDevice is what a device of ten years ago speaks: the algorithms a client offers
// only when it was told to allow old ones. It needs an RSA host key.
func OldDevice() *Algorithms {
	return &Algorithms{
		KeyExchanges: []string{gossh.InsecureKeyExchangeDH14SHA1},
		Ciphers:      []string{gossh.InsecureCipherAES128CBC},
		MACs:         []string{gossh.HMACSHA1},
		HostKeys:     []string{gossh.KeyAlgoRSA},
		UserKeys:     []string{gossh.KeyAlgoRSA},
	}
}

// Ancient knows only the weakest of what our client still offers when old algorithms are
// allowed: a 1024-bit group, triple DES and a short SHA-1 MAC. Without leave there is
// nothing in common with it.
func Ancient() *Algorithms {
	return &Algorithms{
		KeyExchanges: []string{gossh.InsecureKeyExchangeDH1SHA1},
		Ciphers:      []string{gossh.InsecureCipherTripleDESCBC},
		MACs:         []string{gossh.InsecureHMACSHA196},
		HostKeys:     []string{gossh.KeyAlgoRSA},
		UserKeys:     []string{gossh.KeyAlgoRSA},
	}
}

// errNoWayIn is New's answer to Options that let nobody in.
var errNoWayIn = errors.New("sshtest: no passwords, questions, keys, certificate authority or users without proof: nobody could sign in")

func (o *Options) validate() error {
	if len(o.Passwords)+len(o.Questions)+len(o.Keys)+len(o.NoAuth) == 0 && o.UserCA == nil {
		return errNoWayIn
	}
	return nil
}
