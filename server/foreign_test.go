package server_test

import (
	"crypto/tls"
	"crypto/x509"
	"net"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"porthole/server"
	"porthole/server/platform"
	"porthole/server/standin"

	"github.com/rogpeppe/go-internal/txtar"
)

// TestForeignClientsPassThroughEveryDoor replays what unmodified clients of the platform
// send, byte for byte but for hosts, ids and secrets, as testdata/foreign holds it. Each
// goes to the stand-in straight and through the gateway, over http and TLS, and the
// answers must agree in every field that the client reads.
func TestForeignClientsPassThroughEveryDoor(t *testing.T) {
	replayAll(t, "testdata/foreign", nil)
}

// The same with a tenant that has no sign-in by form.
func TestForeignClientsOfATenantWithoutTokens(t *testing.T) {
	replayAll(t, "testdata/foreign-basic", func(o *standin.Options) { o.BasicOnly = true })
}

// What clients do with a token of the tenant they do with one of the gateway too.
func TestForeignClientsPassWithATokenOfTheGateway(t *testing.T) {
	w := newForeignWorld(t, nil)
	vars := foreignVars()
	vars["jwt"] = w.signIn("anna", annaPassword).commandLine()
	for _, name := range []string{"c8y-token", "c8ylp-token"} {
		archive, err := txtar.ParseFile("testdata/foreign/" + name + ".txtar")
		if err != nil {
			t.Fatal(err)
		}
		t.Run(name, func(t *testing.T) {
			replayAt(t, door{"the gateway", w.base, overTCP(w.gateway.Addr())}, vars, archive)
		})
	}
}

// replayAll replays the requests of a folder at every door of one tenant.
func replayAll(t *testing.T, folder string, change func(*standin.Options)) {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(folder, "*.txtar"))
	if err != nil || len(files) == 0 {
		t.Fatalf("no requests to replay: %v", err)
	}
	doors, vars := newDoors(t, change)
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		archive := txtar.Parse(text)
		t.Run(strings.TrimSuffix(filepath.Base(file), ".txtar"), func(t *testing.T) {
			var first []string
			for i, d := range doors {
				seen := replayAt(t, d, vars, archive)
				if i == 0 {
					first = seen
					continue
				}
				wantSameFields(t, d, first, seen)
			}
		})
	}
}

// wantSameFields compares what a client read at a door with what it read at the first.
func wantSameFields(t *testing.T, d door, first, seen []string) {
	t.Helper()
	if len(seen) != len(first) {
		t.Errorf("%s: read %d fields, at the first door %d", d.name, len(seen), len(first))
		return
	}
	for i, field := range seen {
		if field != first[i] {
			t.Errorf("%s: got %q, at the first door %q", d.name, field, first[i])
		}
	}
}

// door is a place where a client may come to the tenant.
type door struct {
	name string
	base string // scheme and host, as a client is given it
	dial func() (net.Conn, error)
}

func (d door) host() string {
	_, host, _ := strings.Cut(d.base, "://")
	return host
}

// newForeignWorld is a gateway before a tenant that has a device.
func newForeignWorld(t *testing.T, change func(*standin.Options)) *world {
	t.Helper()
	// A service that says goodbye and hangs up: what a target that closes looks like.
	bye := startService(t, func(conn net.Conn) { _, _ = conn.Write([]byte("bye")) })
	return newDeviceWorld(t, options{standin: func(o *standin.Options) {
		o.Devices[0].Configurations = append(o.Devices[0].Configurations,
			platform.Configuration{ID: "5", Name: "bye", Hostname: "127.0.0.1", Port: bye, Protocol: "PASSTHROUGH"})
		o.Devices = append(o.Devices, standin.Device{ID: "1240", Name: "odd", Serial: "Line 3, pump (b)"})
		if change != nil {
			change(o)
		}
	}})
}

// newDoors starts a tenant and everything that stands before it. The variables are the
// people and secrets of the replays.
func newDoors(t *testing.T, change func(*standin.Options)) (doors []door, vars map[string]string) {
	t.Helper()
	w := newForeignWorld(t, change)
	secure := httptest.NewTLSServer(w.tenant.Config.Handler)
	t.Cleanup(secure.Close)
	certFile, keyFile, roots := selfSigned(t)
	behindTLS := newWorld(t, options{config: func(c *server.Config) {
		c.Tenant, c.TLSCert, c.TLSKey = w.tenant.URL, certFile, keyFile
	}})
	overTLS := func(address, name string, roots *x509.CertPool) func() (net.Conn, error) {
		return func() (net.Conn, error) {
			return tls.Dial("tcp", address, &tls.Config{ServerName: name, RootCAs: roots, MinVersion: tls.VersionTLS12})
		}
	}
	standinRoots := x509.NewCertPool()
	standinRoots.AddCert(secure.Certificate())
	vars = foreignVars()
	if change == nil {
		vars["jwt"], vars["xsrf"], _ = tenantToken(t, w)
	}
	return []door{
		{"the stand-in", w.tenant.URL, overTCP(w.tenant.Listener.Addr())},
		{"the stand-in over TLS", secure.URL, overTLS(secure.Listener.Addr().String(), "127.0.0.1", standinRoots)},
		{"the gateway", w.base, overTCP(w.gateway.Addr())},
		{"the gateway over TLS", behindTLS.base, overTLS(behindTLS.gateway.Addr().String(), "porthole.localhost", roots)},
	}, vars
}

func encoded(user, password string) string {
	return strings.TrimPrefix(basic(user, password), "Basic ")
}

// overTCP dials without TLS.
func overTCP(address net.Addr) func() (net.Conn, error) {
	return func() (net.Conn, error) { return net.Dial("tcp", address.String()) }
}

func foreignVars() map[string]string {
	return map[string]string{
		"device": "1234", "user": "anna", "password": annaPassword,
		"basic": encoded("t12345/anna", annaPassword), "basic-without-tenant": encoded("anna", annaPassword),
		"basic-wrong": encoded("t12345/anna", "nonsense"), "basic-without-role": encoded("t12345/bert", bertPassword),
		"tfa-password": codePassword, "tfa-code": codeTFA,
	}
}
