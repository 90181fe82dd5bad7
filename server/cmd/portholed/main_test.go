package main

import (
	"bytes"
	"context"
	"strings"
	"testing"

	"github.com/spf13/pflag"
)

// environment is a set of variables.
func environment(pairs ...string) []string {
	var environ []string
	for i := 0; i < len(pairs); i += 2 {
		environ = append(environ, pairs[i]+"="+pairs[i+1])
	}
	return environ
}

func TestEveryWrongOptionIsReportedAtOnce(t *testing.T) {
	var out, errors bytes.Buffer
	args := []string{
		"--login-idle", "soon", "--max-connections=many", "--tenant-message", "1GB", "--log-format", "xml", "--log-level=loud",
		"--assets-dir", "/nonexistent", "--listen", "0.0.0.0:1", "--trusted-proxies", "here",
	}
	env := environment("PORTHOLE_WAIT_LIMIT", "whenever", "PORTHOLE_ADMIN_LISTEN", "nowhere")
	if code := run(t.Context(), args, env, strings.NewReader(""), &out, &errors); code != exitUsage {
		t.Errorf("exit code: got %d, want %d", code, exitUsage)
	}
	for _, option := range []string{
		"login-idle", "max-connections", "tenant-message", "log-format", "log-level", "assets-dir", "tenant", "public-url",
		"trusted-proxies", "wait-limit", "admin-listen",
	} {
		if !strings.Contains(errors.String(), "--"+option+":") {
			t.Errorf("--%s is not named in:\n%s", option, errors.String())
		}
	}
}

func TestUnknownOptionsAreAllNamed(t *testing.T) {
	_, err := parse([]string{"--nonsense", "--tenant", "--looks-like-one", "stray", "--other=1", "-x"}, environment())
	for _, want := range []string{"--nonsense:", `"stray"`, "--other:", `"-x"`} {
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s is not named in %v", want, err)
		}
	}
	if strings.Contains(err.Error(), "--looks-like-one: there is no") {
		t.Errorf("the value of --tenant is called unknown: %v", err)
	}
}

func TestOptionsWinOverVariables(t *testing.T) {
	env := environment("PORTHOLE_TENANT", "https://variable.example", "PORTHOLE_LOGIN_IDLE", "5m", "PORTHOLE_TRUSTED_PROXIES", "10.0.0.0/8,fd00::/8", "PORTHOLE_TENANT_MESSAGE", "4096")
	o, err := parse([]string{"--tenant", "https://flag.example", "--client-message=128KiB"}, env)
	if err != nil {
		t.Fatal(err)
	}
	c := o.config
	if c.Tenant != "https://flag.example" || c.LoginIdle.Minutes() != 5 || len(c.TrustedProxies) != 2 || c.TenantMessage != 4096 || c.ClientMessage != 128<<10 {
		t.Errorf("got %+v", c)
	}
}

func TestHelpDocumentsEveryOption(t *testing.T) {
	var out, errors bytes.Buffer
	if code := run(t.Context(), []string{"--help"}, environment(), strings.NewReader(""), &out, &errors); code != exitOK {
		t.Errorf("exit code: got %d", code)
	}
	flags(&options{}).VisitAll(func(flag *pflag.Flag) {
		if flag.Name != "demo-configuration" && !strings.Contains(out.String(), "--"+flag.Name+" ") {
			t.Errorf("--%s is not in the help", flag.Name)
		}
		if flag.Usage == "" {
			t.Errorf("--%s has no text", flag.Name)
		}
	})
}

func TestVersion(t *testing.T) {
	var out, errors bytes.Buffer
	if code := run(t.Context(), []string{"--version"}, environment(), strings.NewReader(""), &out, &errors); code != exitOK || out.String() != "portholed dev\n" {
		t.Errorf("got %d %q", code, out.String())
	}
}

func TestDemoRefusesWhatOthersCouldReach(t *testing.T) {
	for _, args := range [][]string{
		{"--demo", "--listen", "0.0.0.0:8440"},
		{"--demo", "--listen", ":8440"},
		{"--demo", "--listen", "192.0.2.1:8440"},
		{"--demo", "--tenant", "https://tenant.example"},
		{"--demo", "--public-url", "https://p.example"},
		{"--demo", "--demo-devices", "-1"},
		{"--demo", "--demo-configuration", "x"},
		{"--tenant", "https://tenant.example", "--demo-allow-root"},
		{"--tenant", "https://tenant.example", "--demo-password", "secret-of-test"},
	} {
		_, err := parse(args, environment())
		if err == nil {
			t.Errorf("%v: no error", args)
		} else if strings.Contains(err.Error(), "secret-of-test") {
			t.Errorf("%v: the error shows the password", args)
		}
	}
}

func TestStoppingIsNoError(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	var out, errors bytes.Buffer
	args := []string{"--tenant", "http://127.0.0.1:9", "--listen", "127.0.0.1:0"}
	if code := run(ctx, args, environment(), strings.NewReader(""), &out, &errors); code != exitOK {
		t.Errorf("exit code: got %d, %s", code, errors.String())
	}
}

func FuzzSize(f *testing.F) {
	for _, seed := range []string{"64KiB", "1", "", "-1", "9999999999999MiB", " 1 KiB", "1B"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		var s size
		if err := s.Set(text); err == nil && s < 0 {
			t.Errorf("%q: got %d", text, s)
		}
	})
}
