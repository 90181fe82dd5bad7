package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"
	"go.uber.org/goleak"

	"porthole/ssh/sshtest/realpeer"
)

var update = flag.Bool("update", false, "write what commands print into the stories")

func TestMain(m *testing.M) {
	testscript.Main(m, map[string]func(){"porthole": main, "testagent": agentMain, "testgateway": gatewayMain})
}

// TestStories runs the stories of testdata against the stand-in platform, a device agent
// and a real sshd behind it.
func TestStories(t *testing.T) {
	t.Cleanup(func() { goleak.VerifyNone(t) }) // after the peers have ended
	sshd, err := realpeer.Start(context.Background(), realpeer.OpenSSH, realpeer.Options{})
	if err != nil {
		t.Fatal(err)
	}
	small, err := realpeer.Start(context.Background(), realpeer.Dropbear, realpeer.Options{NoSFTP: true})
	if err != nil {
		t.Fatal(err)
	}
	// After the stories, which run in parallel with each other.
	t.Cleanup(func() {
		if err := errors.Join(sshd.Close(), small.Close()); err != nil {
			t.Error(err)
		}
	})
	testscript.Run(t, testscript.Params{
		Dir:                 "testdata",
		RequireExplicitExec: true,
		RequireUniqueNames:  true,
		UpdateScripts:       *update,
		Setup: func(env *testscript.Env) error {
			w, err := newWorld(sshd, small)
			if err != nil {
				return err
			}
			env.Defer(w.close)
			env.Values["world"] = w
			return w.settle(env)
		},
		Cmds: map[string]func(*testscript.TestScript, bool, []string){
			"ready": ready, "talk": talk, "agent": agentCommand, "tenant": tenantCommand, "mode": mode, "hold": hold, "held": held, "status": status, "pipe": pipe, "short": short, "envfile": envFile, "rekey": rekey, "freeport": freePortCommand, "gateway": gateway, "browser": browser, "ended": ended, "address": address, "listenof": listenOf, "connectproxy": connectProxy, "talkhalf": talkHalf, "stay": stay,
		},
	})
}

// settle puts the world into a story's variables and files.
func (w *world) settle(env *testscript.Env) error {
	home := filepath.Join(env.WorkDir, "home")
	key, smallKey := filepath.Join(env.WorkDir, "key"), filepath.Join(env.WorkDir, "smallkey")
	if err := os.MkdirAll(filepath.Join(home, ".config"), 0o700); err != nil {
		return err
	}
	if err := errors.Join(os.WriteFile(key, w.sshd.PrivateKey, 0o600), os.WriteFile(smallKey, w.small.PrivateKey, 0o600)); err != nil {
		return err
	}
	bulk, tunnels, stay := 256<<20, 50, "100ms"
	if os.Getenv("PORTHOLE_SOAK") != "" {
		tunnels, stay = 500, "1m"
	}
	if raceDetector && os.Getenv("PORTHOLE_SOAK") == "" {
		bulk = 32 << 20
	}
	for name, value := range map[string]string{
		"BULK": fmt.Sprint(bulk), "TUNNELS": fmt.Sprint(tunnels), "STAY": stay,
		"HOME": home, "XDG_CONFIG_HOME": filepath.Join(home, ".config"), "XDG_DATA_HOME": filepath.Join(home, ".data"),
		"C8Y_HOST": w.server.URL, "C8Y_USER": "admin", "C8Y_PASSWORD": "pw",
		"DBUS_SESSION_BUS_ADDRESS": "disabled:", // no keyring of whoever runs this
		"TENANT_PORT":              fmt.Sprint(portOf(w.server)), "HTTP_PORT": fmt.Sprint(portOf(w.web)), "PLAIN_PORT": fmt.Sprint(portOf(w.plain)),
		"SSH_USER": w.sshd.User, "SSH_PASSWORD": w.sshd.Password, "SSH_HOME": w.sshd.Home,
		"SSH_PORT": fmt.Sprint(w.sshd.Port), "ECHO_PORT": fmt.Sprint(w.echo.port), "CLOSED_PORT": fmt.Sprint(closedPort),
		"LONG_NAME": longName,
		"SHELL":     "/bin/sh", "http_proxy": "", "https_proxy": "", "NO_PROXY": "*",
	} {
		env.Setenv(name, value)
	}
	return nil
}
