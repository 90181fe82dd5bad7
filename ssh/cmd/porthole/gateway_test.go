package main

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"encoding/pem"
	"errors"
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
	folder := ""
	if len(args) > 1 {
		folder = ts.MkAbs(args[1])
	}
	address, err := w.startGateway(folder)
	ts.Check(err)
	ts.Setenv("C8Y_HOST", address)
}

// startGateway starts a gateway before the tenant; with a folder it speaks TLS.
func (w *world) startGateway(folder string) (address string, err error) {
	config := server.DefaultConfig()
	config.Tenant, config.Listen, config.AdminListen, config.Version = w.server.URL, "127.0.0.1:0", "off", "test"
	config.DrainTime = 100 * time.Millisecond
	if folder != "" {
		config.TLSCert, config.TLSKey = filepath.Join(folder, "cert.pem"), filepath.Join(folder, "key.pem")
		if err := errors.Join(os.MkdirAll(folder, 0o700), selfSigned(config.TLSCert, config.TLSKey)); err != nil {
			return "", err
		}
	}
	s, err := server.New(config)
	if err != nil {
		return "", err
	}
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
	return s.URL(), nil
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
