package main

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"encoding/pem"
	"math/big"
	"os"
	"path/filepath"
	"time"

	"github.com/rogpeppe/go-internal/testscript"

	"porthole/server"
)

// gateway start|stop [FOLDER]: a gateway before the tenant, whose address is C8Y_HOST from
// then on. With a folder it speaks TLS, by a certificate of its own in FOLDER/cert.pem.
func gateway(ts *testscript.TestScript, _ bool, args []string) {
	w := worldOf(ts)
	if args[0] == "stop" {
		w.gateway()
		w.gateway = nil
		return
	}
	config := server.DefaultConfig()
	config.Tenant, config.Listen, config.AdminListen, config.Version = w.server.URL, "127.0.0.1:0", "off", "test"
	config.DrainTime = 100 * time.Millisecond
	if len(args) > 1 {
		folder := ts.MkAbs(args[1])
		ts.Check(os.MkdirAll(folder, 0o700))
		config.TLSCert, config.TLSKey = filepath.Join(folder, "cert.pem"), filepath.Join(folder, "key.pem")
		ts.Check(selfSigned(config.TLSCert, config.TLSKey))
	}
	s, err := server.New(config)
	ts.Check(err)
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan struct{})
	go func() {
		defer close(done)
		_ = s.Serve(ctx) // its end is asked for
	}()
	w.gateway = func() {
		cancel()
		<-done
	}
	ts.Setenv("C8Y_HOST", s.URL())
}

// selfSigned writes a certificate for names below .localhost, and its key.
func selfSigned(certFile, keyFile string) error {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return err
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), DNSNames: []string{"porthole.localhost"},
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour), IsCA: true, BasicConstraintsValid: true,
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	if err != nil {
		return err
	}
	secret, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		return err
	}
	err = os.WriteFile(certFile, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}), 0o600)
	if err != nil {
		return err
	}
	return os.WriteFile(keyFile, pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: secret}), 0o600)
}
