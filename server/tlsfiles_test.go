package server

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"encoding/pem"
	"math/big"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// writePEM writes a file of one block.
func writePEM(t *testing.T, kind string, data []byte) string {
	t.Helper()
	name := filepath.Join(t.TempDir(), "file.pem")
	if err := os.WriteFile(name, pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: data}), 0o600); err != nil {
		t.Fatal(err)
	}
	return name
}

// pair writes a certificate and its key.
func pair(t *testing.T) (certFile, keyFile string) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{SerialNumber: big.NewInt(1), NotAfter: time.Now().Add(time.Hour)}
	der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	if err != nil {
		t.Fatal(err)
	}
	secret, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		t.Fatal(err)
	}
	return writePEM(t, "CERTIFICATE", der), writePEM(t, "PRIVATE KEY", secret)
}

func TestEachWrongFileIsNamedUnderItsOwnOption(t *testing.T) {
	cert, key := pair(t)
	_, otherKey := pair(t)
	for _, c := range []struct {
		name          string
		cert, key, ca string
		want          []string // with --wait-limit, exactly these
	}{
		{"none", "", "", "", nil},
		{"all good", cert, key, cert, nil},
		{"all missing", "/nope", "/nope2", "/nope3", []string{"--tls-cert: open /nope:", "--tls-key: open /nope2:", "--tenant-ca: open /nope3:"}},
		{"only the key missing", cert, "/nope2", "", []string{"--tls-key: open /nope2:"}},
		{"only one given", cert, "", "", []string{"--tls-cert: and --tls-key belong together"}},
		{"swapped", key, cert, key, []string{"--tls-cert: " + key + " has no certificate", "--tls-key: " + cert + " has no private key", "--tenant-ca: " + key}},
		{"key of another", cert, otherKey, "", []string{"--tls-key: " + otherKey + " does not go with"}},
		{"encrypted key", cert, writePEM(t, "ENCRYPTED PRIVATE KEY", []byte("x")), "", []string{"--tls-key:"}},
		{"nonsense in PEM", writePEM(t, "CERTIFICATE", []byte("x")), writePEM(t, "PRIVATE KEY", []byte("x")), "", []string{"--tls-cert:"}},
		{"a folder", t.TempDir(), key, "", []string{"--tls-cert:"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			config := good()
			config.TLSCert, config.TLSKey, config.TenantCA, config.WaitLimit = c.cert, c.key, c.ca, -time.Second
			err := config.Validate()
			if err == nil {
				t.Fatal("no error")
			}
			for _, want := range append(c.want, "--wait-limit:") {
				if !strings.Contains(err.Error(), want) {
					t.Errorf("no %q in:\n%v", want, err)
				}
			}
			if got := strings.Count(err.Error(), "\n") + 1; got != len(c.want)+1 {
				t.Errorf("got %d lines, want %d:\n%v", got, len(c.want)+1, err)
			}
		})
	}
}
