package realpeer

import (
	"context"
	"crypto"
	"net"
	"sync"

	gossh "golang.org/x/crypto/ssh"
)

// Kind is which server to start.
type Kind string

// The servers there are.
const (
	OpenSSH  Kind = "openssh"
	Dropbear Kind = "dropbear"
)

// Options restrict a peer; the zero value is an ordinary server.
type Options struct {
	// HostKey is an ed25519 or RSA private key; nil means a new one
	// (see the package's Differences).
	HostKey crypto.Signer
	// Banner is shown before authentication.
	Banner string
	// MaxAuthTries is the number of failed attempts that end a connection; 0 means the
	// server's default (6 and 10).
	MaxAuthTries int
	// ForceCommand is run instead of whatever the client asks for.
	ForceCommand string
	// NoTTY refuses terminals; OpenSSH only.
	NoTTY bool
	// MaxSessions is how many sessions a connection may have at a time; 0 means the server's
	// default (10). OpenSSH only.
	MaxSessions int
	// NoTCPForwarding refuses port forwards.
	NoTCPForwarding bool
	// NoSFTP leaves the SFTP subsystem out. With dropbear it does not go with ForceCommand.
	NoSFTP bool
	// Methods are the authentication methods offered, such as "password"; nil means all
	// that the server has. OpenSSH only.
	Methods []string
	// OldAlgorithms offers only what devices of ten years ago have: group14-sha1,
	// ssh-rsa, aes128-cbc, hmac-sha1. OpenSSH only.
	OldAlgorithms bool
}

// Peer is a running server.
type Peer struct {
	Host string // 127.0.0.1
	Port int

	User, Password string
	PrivateKey     []byte       // OpenSSH format, without passphrase
	Key            gossh.Signer // the same
	HostKey        gossh.PublicKey
	// Home is the user's home folder.
	Home string

	// Static after Start.
	dir      string
	listener net.Listener
	command  []string
	environ  []string
	life     context.Context // ended by Close
	end      context.CancelFunc
	work     sync.WaitGroup // the accepting goroutine and one per connection
	log      *logBuffer
}

// Log is what the server's processes have written so far, its last 64 KiB, once
// their connections have ended; dropbear logs elsewhere.
func (p *Peer) Log() string { return p.log.String() }

// maxLog bounds what is kept of the servers' log, in bytes.
const maxLog = 64 << 10

// logBuffer keeps the end of what is written to it.
type logBuffer struct {
	mu  sync.Mutex
	buf []byte // guarded by mu
}

func (l *logBuffer) Write(b []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.buf = append(l.buf, b...)
	if extra := len(l.buf) - maxLog; extra > 0 {
		l.buf = append(l.buf[:0], l.buf[extra:]...)
	}
	return len(b), nil
}

func (l *logBuffer) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return string(l.buf)
}
