package device

import (
	"fmt"
	"io"
	"sync"

	gossh "golang.org/x/crypto/ssh"

	"porthole/ssh/cmd/porthole/fault"
)

// maxTries is how often a passphrase, a password or an answer is asked for.
const maxTries = 3

// lockedKey is a key file with a passphrase. The device is asked whether it takes the
// key before the person is asked to unlock it.
type lockedKey struct {
	public gossh.PublicKey
	path   string
	text   []byte
	ask    func(question string, echo bool) (string, error)

	once   sync.Once
	signer gossh.AlgorithmSigner
	err    error
}

var _ gossh.AlgorithmSigner = (*lockedKey)(nil)

// PublicKey implements gossh.Signer.
func (k *lockedKey) PublicKey() gossh.PublicKey { return k.public }

// Sign implements gossh.Signer.
func (k *lockedKey) Sign(random io.Reader, data []byte) (*gossh.Signature, error) {
	return k.SignWithAlgorithm(random, data, "")
}

// SignWithAlgorithm implements gossh.AlgorithmSigner.
func (k *lockedKey) SignWithAlgorithm(random io.Reader, data []byte, algorithm string) (*gossh.Signature, error) {
	k.once.Do(k.unlock)
	if k.err != nil {
		return nil, k.err
	}
	return k.signer.SignWithAlgorithm(random, data, algorithm)
}

func (k *lockedKey) unlock() {
	for range maxTries {
		passphrase, err := k.ask(fmt.Sprintf("Passphrase of the key %s: ", k.path), false)
		if err != nil {
			k.err = err
			return
		}
		signer, err := gossh.ParsePrivateKeyWithPassphrase(k.text, []byte(passphrase))
		if err != nil {
			continue
		}
		var ok bool
		if k.signer, ok = signer.(gossh.AlgorithmSigner); !ok {
			k.err = fault.New(fault.SSH, "The key %q is of a kind that cannot sign here.", k.path)
		}
		return
	}
	k.err = fault.New(fault.SSH, "The passphrase of the key %q was wrong %d times.", k.path, maxTries)
}
