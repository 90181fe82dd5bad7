package device

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"slices"
	"strings"

	gossh "golang.org/x/crypto/ssh"
	"golang.org/x/crypto/ssh/agent"

	"porthole/ssh"
	"porthole/ssh/cmd/porthole/fault"
)

// maxKeyFile bounds a key file, in bytes.
const maxKeyFile = 64 << 10

// Login proves an SSH user. It implements ssh.Prompter.
type Login struct {
	// Identities are key files that were named; without any, the usual ones of Home count,
	// as far as they are there.
	Identities []string
	Home       string
	// AgentSocket is where an agent listens; "" means none.
	AgentSocket string
	// GivenPassword is tried before anybody is asked; "" means none.
	GivenPassword string
	// Asker stands before what the device asks in words of its own, so that nobody takes
	// that for a question of this program.
	Asker string
	// Ask asks a person; nil means that there is none.
	Ask func(question string, echo bool) (string, error)

	given bool // GivenPassword was tried
	agent net.Conn
	files []gossh.Signer
	asked map[string]int // how often the device asked each of its own questions
}

// usual are the key files that OpenSSH looks for.
var usual = []string{"id_ed25519", "id_ecdsa", "id_rsa"}

// Open reads the key files and finds the agent. Close must be called.
func (l *Login) Open(ctx context.Context) error {
	if l.AgentSocket != "" {
		conn, err := new(net.Dialer).DialContext(ctx, "unix", l.AgentSocket)
		if err == nil {
			l.agent = conn
		} // an agent that has gone is as good as none
	}
	paths, named := l.Identities, true
	if len(paths) == 0 && l.Home != "" {
		named = false
		for _, name := range usual {
			paths = append(paths, filepath.Join(l.Home, ".ssh", name))
		}
	}
	for _, path := range paths {
		signer, err := l.read(path)
		if err != nil && named {
			l.Close()
			return fault.Wrap(err, fault.SSH, "The key %q cannot be read: %v.", path, cause(err))
		}
		if signer != nil {
			l.files = append(l.files, signer)
		}
	}
	return nil
}

// cause leaves out the path, which the sentence has.
func cause(err error) error {
	if pathError, ok := errors.AsType[*os.PathError](err); ok {
		return pathError.Err
	}
	return err
}

// Close lets the agent go.
func (l *Login) Close() {
	if l.agent != nil {
		_ = l.agent.Close()
	}
}

// signers are the keys that need nobody to be asked: those that were named first, since
// a device refuses after a few tries.
func (l *Login) signers() ([]gossh.Signer, error) {
	if l.agent == nil {
		return l.files, nil
	}
	fromAgent, err := agent.NewClient(l.agent).Signers()
	if err != nil {
		return l.files, nil //nolint:nilerr // an agent that fails is as good as none
	}
	if len(l.Identities) > 0 {
		return slices.Concat(l.files, fromAgent), nil
	}
	return slices.Concat(fromAgent, l.files), nil
}

// read makes a signer of a key file. One with a passphrase is asked for when the device
// takes the key; it is nil where there is nobody to ask.
func (l *Login) read(path string) (gossh.Signer, error) {
	info, err := os.Stat(path)
	if err != nil {
		return nil, err
	}
	if info.Size() > maxKeyFile {
		return nil, errors.New("it is too large for a key")
	}
	text, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	signer, err := gossh.ParsePrivateKey(text)
	if locked, ok := errors.AsType[*gossh.PassphraseMissingError](err); ok {
		if l.Ask == nil || locked.PublicKey == nil {
			return nil, nil
		}
		return &lockedKey{public: locked.PublicKey, path: path, text: text, ask: l.Ask}, nil
	}
	if err != nil {
		return nil, err
	}
	return signer, nil
}

// errNobody is why a question has no answer.
func (l *Login) errNobody(what string) error {
	if l.given {
		return fault.New(fault.SSH, "The device does not accept the password of PORTHOLE_SSH_PASSWORD, or wants more than that, and there is no terminal to ask at. Check it and the SSH user.")
	}
	return fault.New(fault.SSH, "The device wants %s, and there is no terminal to ask at. Use a key of the SSH agent or by --identity, or PORTHOLE_SSH_PASSWORD.", what)
}

// Password implements ssh.Prompter.
func (l *Login) Password(_ context.Context, q ssh.PasswordQuestion) (string, error) {
	if l.GivenPassword != "" {
		return l.give(), nil
	}
	if l.Ask == nil {
		return "", l.errNobody("a password")
	}
	if q.Attempt > maxTries {
		return "", fault.New(fault.SSH, "The password was wrong %d times.", maxTries)
	}
	return l.Ask(fmt.Sprintf("Password of %s on the device: ", q.User), false)
}

// give uses up the password that was given: a wrong one is not tried again.
func (l *Login) give() string {
	password := l.GivenPassword
	l.GivenPassword, l.given = "", true
	return password
}

// Questions implements ssh.Prompter.
func (l *Login) Questions(_ context.Context, q ssh.Questions) ([]string, error) {
	if len(q.Prompts) == 1 && !q.Prompts[0].Echo && l.GivenPassword != "" {
		return []string{l.give()}, nil
	}
	if l.Ask == nil {
		return nil, l.errNobody("an answer")
	}
	if err := l.again(q); err != nil {
		return nil, err
	}
	answers := make([]string, 0, len(q.Prompts))
	for i, prompt := range q.Prompts {
		text := prompt.Text
		for _, said := range []string{q.Instruction, q.Name} {
			if i == 0 && said != "" {
				text = said + "\n" + text
			}
		}
		answer, err := l.Ask(l.asDevice(text), prompt.Echo)
		if err != nil {
			return nil, err
		}
		answers = append(answers, answer)
	}
	return answers, nil
}

// asDevice puts the asker before each line.
func (l *Login) asDevice(text string) string {
	mark := "(" + l.Asker + ") "
	return mark + strings.ReplaceAll(text, "\n", "\n"+mark)
}

// again counts how often the same is asked: a device that takes no answer would ask until
// it ends the connection.
func (l *Login) again(q ssh.Questions) error {
	var texts strings.Builder
	for _, prompt := range q.Prompts {
		texts.WriteString(prompt.Text + "\n")
	}
	if l.asked == nil {
		l.asked = map[string]int{}
	}
	if l.asked[texts.String()]++; l.asked[texts.String()] > maxTries {
		return fault.New(fault.SSH, "The device did not accept the answers, %d times.", maxTries)
	}
	return nil
}

// errNoKey ends asking for keys.
var errNoKey = fault.New(fault.SSH, "The device accepts none of your keys, and no other way to sign in. Name a key by --identity, or add it to the SSH agent.")

// Key implements ssh.Prompter. All keys were offered before anything is asked.
func (l *Login) Key(context.Context, ssh.KeyQuestion) ([]byte, error) { return nil, errNoKey }

// Passphrase implements ssh.Prompter; it is never asked, since Key gives no file.
func (l *Login) Passphrase(context.Context, ssh.PassphraseQuestion) ([]byte, error) {
	return nil, errNoKey
}
