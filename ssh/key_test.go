package ssh

import (
	"crypto/dsa" //nolint:staticcheck // old devices have such keys
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/asn1"
	"encoding/pem"
	"math/big"
	"slices"
	"strings"
	"testing"

	gossh "golang.org/x/crypto/ssh"

	"porthole/ssh/sshtest"
	"porthole/ssh/wire"
)

// userKey is a new ed25519 key of a user.
type userKey struct {
	private ed25519.PrivateKey
	public  gossh.PublicKey
}

func newUserKey(t *testing.T) userKey {
	t.Helper()
	_, private, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	return userKey{private, publicOf(t, private)}
}

func publicOf(t *testing.T, private any) gossh.PublicKey {
	t.Helper()
	signer, err := gossh.NewSignerFromKey(private)
	if err != nil {
		t.Fatal(err)
	}
	return signer.PublicKey()
}

// open gives the key in OpenSSH format, locked the same with a passphrase.
func (k userKey) open(t *testing.T) string {
	t.Helper()
	block, err := gossh.MarshalPrivateKey(k.private, "a comment")
	if err != nil {
		t.Fatal(err)
	}
	return string(pem.EncodeToMemory(block))
}

func (k userKey) locked(t *testing.T, passphrase string) string {
	t.Helper()
	block, err := gossh.MarshalPrivateKeyWithPassphrase(k.private, "a comment", []byte(passphrase))
	if err != nil {
		t.Fatal(err)
	}
	return string(pem.EncodeToMemory(block))
}

func pemOf(kind string, der []byte, err error) string {
	if err != nil {
		panic(err)
	}
	return string(pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: der}))
}

func TestKeyFormats(t *testing.T) {
	ed := newUserKey(t)
	rsaKey, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	ecKey, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	pkcs8 := func(key any) string {
		der, err := x509.MarshalPKCS8PrivateKey(key)
		return pemOf("PRIVATE KEY", der, err)
	}
	ecDER, err := x509.MarshalECPrivateKey(ecKey)
	ec := pemOf("EC PRIVATE KEY", ecDER, err)
	server := newServer(t, sshtest.Options{Keys: map[string][]gossh.PublicKey{
		"root": {ed.public, publicOf(t, rsaKey), publicOf(t, ecKey)},
	}})
	for name, text := range map[string]string{
		"OpenSSH":             ed.open(t),
		"PKCS#1":              pemOf("RSA PRIVATE KEY", x509.MarshalPKCS1PrivateKey(rsaKey), nil),
		"PKCS#8 RSA":          pkcs8(rsaKey),
		"PKCS#8 ECDSA":        pkcs8(ecKey),
		"PKCS#8 ed25519":      pkcs8(ed.private),
		"EC":                  ec,
		"pasted with CRLF":    strings.ReplaceAll(ed.open(t), "\n", "\r\n"),
		"pasted with indents": "\n\n   " + strings.ReplaceAll(ed.open(t), "\n", "  \n   "),
		"no line end":         strings.TrimSpace(ed.open(t)),
	} {
		t.Run(name, func(t *testing.T) {
			if err := tryConnect(t, server, &prompts{keys: []string{text}}, keyFirst); err != nil {
				t.Errorf("%v", err)
			}
		})
	}
}

func TestPassphraseIsAskedUntilRight(t *testing.T) {
	key := newUserKey(t)
	server := newServer(t, sshtest.Options{Keys: map[string][]gossh.PublicKey{"root": {key.public}}})
	p := &prompts{keys: []string{key.locked(t, "horse")}, passphrases: []string{"", "mule", "horse"}}
	if err := tryConnect(t, server, p, keyFirst); err != nil {
		t.Fatal(err)
	}
	comment := "ssh-ed25519 " + gossh.FingerprintSHA256(key.public)
	if want := []PassphraseQuestion{{comment, 1}, {comment, 2}, {comment, 3}}; !slices.Equal(p.phrase, want) {
		t.Errorf("got %v, want %v", p.phrase, want)
	}
}

func TestOldEncryptedPEM(t *testing.T) {
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	//lint:ignore SA1019 OpenSSH before 7.8 wrote such files
	block, err := x509.EncryptPEMBlock(rand.Reader, "RSA PRIVATE KEY", x509.MarshalPKCS1PrivateKey(key), []byte("horse"), x509.PEMCipherAES128) //nolint:staticcheck // old files are what is tested
	if err != nil {
		t.Fatal(err)
	}
	server := newServer(t, sshtest.Options{Keys: map[string][]gossh.PublicKey{"root": {publicOf(t, key)}}})
	p := &prompts{keys: []string{string(pem.EncodeToMemory(block))}, passphrases: []string{"mule", "horse"}}
	if err := tryConnect(t, server, p, keyFirst); err != nil {
		t.Error(err)
	}
}

func TestWhatPeoplePasteInsteadOfAKey(t *testing.T) {
	key := newUserKey(t)
	full := key.open(t)
	tests := map[string]struct{ text, want string }{
		"nothing":        {"", "empty"},
		"spaces":         {" \n \n", "empty"},
		"PuTTY":          {"PuTTY-User-Key-File-3: ssh-ed25519\nEncryption: none\n", "PuTTYgen"},
		"public key":     {string(gossh.MarshalAuthorizedKey(key.public)), "public key"},
		"RFC 4716":       {"---- BEGIN SSH2 PUBLIC KEY ----\nAAAA\n", "public key"},
		"PEM public key": {"-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----\n", "public key"},
		"certificate":    {"-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n", "certificate"},
		"a password":     {"hunter2", "not a private key"},
		"half of it":     {full[:len(full)/2], "end of this private key is missing"},
		"damaged":        {strings.Replace(full, "b3Blbn", "AAAAAA", 1), "damaged"},
		"huge":           {strings.Repeat("A", maxKeyFile+10), "too long"},
		"unknown kind":   {"-----BEGIN ODD PRIVATE KEY-----\nAAAA\n-----END ODD PRIVATE KEY-----\n", "unknown kind"},
	}
	server := newServer(t, sshtest.Options{Keys: map[string][]gossh.PublicKey{"root": {key.public}}})
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			p := &prompts{keys: []string{test.text, full}}
			if err := tryConnect(t, server, p, keyFirst); err != nil {
				t.Fatal(err)
			}
			if got := p.key[1].Error; !strings.Contains(got, test.want) {
				t.Errorf("got %q, want %q", got, test.want)
			}
			if len(test.text) > 20 && strings.Contains(p.key[1].Error, test.text[:20]) {
				t.Errorf("the sentence shows the key: %q", p.key[1].Error)
			}
		})
	}
	err := tryConnect(t, server, &prompts{keys: slices.Repeat([]string{"nonsense"}, 50)}, keyFirst)
	wantError(t, err, wire.CodeBadKey)
}

func TestDSAKeyNeedsOldAlgorithms(t *testing.T) {
	// Numbers of the right size do: nothing is signed.
	key := &dsa.PrivateKey{X: big.NewInt(3)}
	key.P, key.Q = new(big.Int).Lsh(big.NewInt(1), 1023), new(big.Int).Lsh(big.NewInt(1), 159)
	key.G, key.Y = big.NewInt(2), big.NewInt(8)
	der, err := asn1.Marshal(struct {
		Version       int
		P, Q, G, Y, X *big.Int
	}{0, key.P, key.Q, key.G, key.Y, key.X})
	text := pemOf("DSA PRIVATE KEY", der, err)
	h := &handshake{config: &Config{}}
	if _, problem, err := h.readKey([]byte(text)); err != nil || !strings.Contains(problem, "DSA") {
		t.Errorf("got %q, %v", problem, err)
	}
	h.config.AllowOld = true
	if signer, problem, err := h.readKey([]byte(text)); err != nil || problem != "" || signer == nil {
		t.Errorf("got %q, %v with old algorithms", problem, err)
	}
}

// TestRSAKeySignsWithSHA1OnlyWhenAllowed: a server that knows only ssh-rsa.
func TestRSAKeySignsWithSHA1OnlyWhenAllowed(t *testing.T) {
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	text := pemOf("RSA PRIVATE KEY", x509.MarshalPKCS1PrivateKey(key), nil)
	server := newServer(t, sshtest.Options{
		Keys:       map[string][]gossh.PublicKey{"root": {publicOf(t, key)}},
		Algorithms: &sshtest.Algorithms{UserKeys: []string{gossh.KeyAlgoRSA}},
	})
	p := &prompts{keys: []string{text}}
	wantError(t, tryConnect(t, server, p, keyFirst), wire.CodeCancelled)
	if len(p.key) != 2 || !strings.Contains(p.key[1].Error, "old algorithms") {
		t.Errorf("got questions %+v", p.key)
	}
	err = tryConnect(t, server, &prompts{keys: []string{text}}, keyFirst, func(c *Config) { c.AllowOld = true })
	if err != nil {
		t.Errorf("with old algorithms: %v", err)
	}
}

func FuzzReadKey(f *testing.F) {
	f.Add([]byte("-----BEGIN ENCRYPTED PRIVATE KEY-----\nMAA=\n-----END ENCRYPTED PRIVATE KEY-----\n"))
	f.Add([]byte("-----BEGIN OPENSSH PRIVATE KEY-----\nb3BlbnNzaC1rZXktdjEAAAAA\n-----END OPENSSH PRIVATE KEY-----\n"))
	f.Add([]byte("ssh-ed25519 AAAA"))
	f.Fuzz(func(t *testing.T, file []byte) {
		h := &handshake{config: &Config{}}
		text := trimLines(file)
		if isEncryptedPKCS8(text) {
			_, _ = parseEncryptedPKCS8(text, []byte("x"))
			return
		}
		signer, problem, err := h.readKey(text)
		if err == nil && problem == "" && signer == nil {
			t.Error("neither a key nor a problem")
		}
	})
}
