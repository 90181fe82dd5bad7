package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// wantProblems asserts that exactly these problems are reported, each line starting so.
func wantProblems(t *testing.T, args, environ []string, want ...string) {
	t.Helper()
	_, err := parse(args, environ)
	var got []string
	if err != nil {
		got = strings.Split(err.Error(), "\n")
	}
	for _, line := range got {
		found := false
		for i, start := range want {
			if strings.HasPrefix(line, start) {
				want, found = append(want[:i:i], want[i+1:]...), true
				break
			}
		}
		if !found {
			t.Errorf("%v %v: got %q", args, environ, line)
		}
	}
	for _, start := range want {
		t.Errorf("%v %v: nothing begins with %q in %q", args, environ, start, got)
	}
}

const tenantFlag = "--tenant=https://x.example"

func TestAnUnknownOptionHidesNoOther(t *testing.T) {
	wantProblems(t, []string{"--tenant", "https://x.example", "--nope", "--login-idle", "x"}, nil, "--nope: there", `--login-idle: "x" is not a time`)
	wantProblems(t, []string{"--nope", "value", tenantFlag, "--wait-limit=-1s"}, nil, "--nope: there", "--wait-limit: -1s")
	wantProblems(t, []string{"-x", "--", "--=1", tenantFlag}, nil, `"-x": there`, `"--": there`, `"--=1": there`)
	wantProblems(t, []string{"--nope=1", "--login-idle", "20m"}, environment("PORTHOLE_TENANT", "https://x.example"), "--nope: there")
}

func TestNothingIsSaidOfAValueNobodyGave(t *testing.T) {
	for _, c := range []struct {
		args, environ []string
		want          []string
	}{
		{[]string{tenantFlag, "--login-idle", "x"}, nil, []string{"--login-idle:"}},
		{[]string{tenantFlag}, environment("PORTHOLE_LOGIN_IDLE", "x"), []string{`--login-idle: "x" in PORTHOLE_LOGIN_IDLE is not a time`}},
		{[]string{tenantFlag, "--login-max=x", "--login-idle=24h"}, nil, []string{"--login-max:"}},
		{[]string{tenantFlag, "--max-connections", "many", "--client-message", "1GB"}, nil, []string{"--max-connections:", "--client-message:"}},
		{[]string{"--tenant"}, nil, []string{"--tenant: its value is missing"}},
		{[]string{"--demo=perhaps", "--demo-devices=3"}, nil, []string{"--demo:"}},
	} {
		wantProblems(t, c.args, c.environ, c.want...)
	}
}

func TestWrongFilesAreReportedWithTheRest(t *testing.T) {
	wantProblems(t, []string{tenantFlag, "--tls-cert", "/nope", "--tls-key", "/nope2", "--tenant-ca", "/nope3", "--wait-limit", "-1s"}, nil,
		"--tls-cert: open /nope:", "--tls-key: open /nope2:", "--tenant-ca: open /nope3:", "--wait-limit:")
	wantProblems(t, []string{tenantFlag, "--assets-dir", filepath.Join(t.TempDir(), "none"), "--nope"}, nil, "--assets-dir:", "--nope:")
}

func TestAMisspeltVariableIsNamed(t *testing.T) {
	wantProblems(t, []string{tenantFlag}, environment("PORTHOLE_NOPE", "1", "PORTHOLE_LOGIN-IDLE", "1m", "PORTHOLE_PORT", "9000"),
		"PORTHOLE_NOPE: no option", "PORTHOLE_LOGIN-IDLE: no option", "PORTHOLE_PORT: no option")
	wantProblems(t, []string{"--nope"}, environment("PORTHOLE_TENANT", "https://x.example", "PORTHOLE_NOPE", "secret-of-test", "PORTHOLE_WAIT_LIMIT", "x"),
		"--nope:", "PORTHOLE_NOPE: no option has this variable", "--wait-limit:")
	wantProblems(t, []string{tenantFlag}, environment("PORTHOLE_NOPE", "", "PATH", "/bin", "PORTHOLEX", "1"))
}

// A container in Kubernetes has such variables when a service is named "porthole".
func TestVariablesOfOthersAreLeftAlone(t *testing.T) {
	wantProblems(t, []string{tenantFlag}, environment(
		"PORTHOLE_SERVICE_HOST", "10.0.0.11", "PORTHOLE_SERVICE_PORT", "8440", "PORTHOLE_SERVICE_PORT_HTTP", "8440",
		"PORTHOLE_PORT", "tcp://10.0.0.11:8440", "PORTHOLE_PORT_8440_TCP", "tcp://10.0.0.11:8440",
		"PORTHOLE_PORT_8440_TCP_PROTO", "tcp", "PORTHOLE_PORT_8440_TCP_PORT", "8440", "PORTHOLE_PORT_8440_TCP_ADDR", "10.0.0.11",
		"PORTHOLE_ADMIN_SERVICE_HOST", "10.0.0.12", "PORTHOLE_ADMIN_PORT", "tcp://10.0.0.12:80",
		"PORTHOLE_ROOT", "/src", "PORTHOLE_VERSION", "1.0"))
}

func TestAgainstATenantTheStateFolderIsOnlyUsedWhenGiven(t *testing.T) {
	folder := t.TempDir()
	if err := os.Chmod(folder, 0o700); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		args, environ []string
		want          string
	}{
		{[]string{tenantFlag}, nil, ""},
		{[]string{tenantFlag, "--state-dir", folder}, nil, folder},
		{[]string{tenantFlag}, environment("PORTHOLE_STATE_DIR", folder), folder},
	} {
		o, err := parse(c.args, c.environ)
		if err != nil || o.config.StateDir != c.want {
			t.Errorf("%v %v: got %q, %v, want %q", c.args, c.environ, o.config.StateDir, err, c.want)
		}
	}
	wantProblems(t, []string{tenantFlag, "--state-dir", ""}, nil, "--state-dir: is empty")
	wantProblems(t, []string{tenantFlag, "--state-dir", "/dev/null/x", "--forwards", "maybe", "--plain-forwards=no"}, nil,
		"--state-dir:", `--forwards: "maybe"`, `--plain-forwards: "no"`)
}

func TestLimitsOfFilesAreRead(t *testing.T) {
	o, err := parse([]string{tenantFlag, "--files-max-size", "2 GiB", "--files-read-paths=/var/log,/etc/app", "--log-paths"},
		environment("PORTHOLE_FILES_WRITE_PATHS", "/tmp", "PORTHOLE_FILES_MAX_SIZE", "1"))
	if err != nil {
		t.Fatal(err)
	}
	c := o.config
	if c.FilesMaxSize != 2<<30 || len(c.FilesReadPaths) != 2 || len(c.FilesWritePaths) != 1 || !c.LogPaths || c.Files != "on" {
		t.Errorf("got %+v", c)
	}
	wantProblems(t, []string{tenantFlag, "--files-max-size=2GB", "--files=of", "--files-read-paths", "log"}, nil,
		`--files-max-size: "2GB" is not a size`, `--files: "of"`, `--files-read-paths: "log"`)
	wantProblems(t, []string{tenantFlag, "--files-max-size=9000000TiB"}, nil, "--files-max-size:")
	wantProblems(t, []string{tenantFlag, "--files-max-size=-1"}, nil, "--files-max-size:")
}
