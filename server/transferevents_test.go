package server_test

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"porthole/server"
	"porthole/ssh/wire"

	"github.com/google/uuid"
)

// finished is what a page reports of a file that arrived, with all that may be in it.
func finished() wire.ConnectionEvent {
	return wire.ConnectionEvent{
		Type: wire.EventTransferFinished, Direction: wire.TransferDownload, Result: wire.TransferDone,
		Bytes: 1 << 40, Files: 1, Path: "/var/log/app.log", SHA256: strings.Repeat("0a", 32), At: time.Now(),
	}
}

// reporting is a page with a connection under a reference.
func reporting(t *testing.T, config func(*server.Config)) (w *world, p *page, reference string) {
	t.Helper()
	w = newDeviceWorld(t, options{config: config})
	p, reference = w.signIn("anna", annaPassword), uuid.NewString()
	if _, _, err := p.openAs("3", "?reference="+reference); err != nil {
		t.Fatal(err)
	}
	return w, p, reference
}

func withPaths(c *server.Config) { c.LogPaths = true }

func TestAFinishedTransferStandsInTheLogWithoutItsPath(t *testing.T) {
	w, p, reference := reporting(t, nil)
	if a := p.report(reference, finished()); a.StatusCode != http.StatusNoContent {
		t.Fatalf("got %d %s", a.StatusCode, a.body)
	}
	if lines := w.lines("client reports", "event=transfer_finished", "direction=download", "result=done", "bytes=1099511627776", "files=1",
		"attested_by=client", "principal=t12345/anna", "device=1234", "client_time="); len(lines) != 1 {
		t.Errorf("no such line in\n%s", w.log.String())
	}
	for _, secret := range []string{"app.log", "0a0a", "path=", "sha256=", "destination="} {
		if strings.Contains(w.log.String(), secret) {
			t.Errorf("%s is in the log without --log-paths:\n%s", secret, w.log.String())
		}
	}
}

func TestPathAndHashStandInTheLogWhereThatIsWanted(t *testing.T) {
	w, p, reference := reporting(t, withPaths)
	if a := p.report(reference, finished()); a.StatusCode != http.StatusNoContent {
		t.Fatalf("got %d %s", a.StatusCode, a.body)
	}
	if lines := w.lines("path=/var/log/app.log", "sha256=0a0a"); len(lines) != 1 {
		t.Errorf("no such line in\n%s", w.log.String())
	}
	long := finished()
	long.Path = "/" + strings.Repeat("\uEFE9", 4095)
	if a := p.report(reference, long); a.StatusCode != http.StatusNoContent {
		t.Errorf("the longest path of Linux, no byte of it UTF-8: got %d %s", a.StatusCode, a.body)
	}
}

func TestAFileNameForgesNoLineOfTheLog(t *testing.T) {
	w, p, reference := reporting(t, withPaths)
	forged := finished()
	forged.Path = "/x\" direction=upload\nlevel=INFO msg=\"client reports\" attested_by=gateway principal=t12345/bert \x1b[2K\u202E"
	if a := p.report(reference, forged); a.StatusCode != http.StatusNoContent {
		t.Fatalf("got %d %s", a.StatusCode, a.body)
	}
	lines := w.lines("client reports")
	if len(lines) != 1 {
		t.Fatalf("%d lines: %q", len(lines), lines)
	}
	_, path, _ := strings.Cut(lines[0], ` path="`)
	if strings.ContainsAny(lines[0], "\x1b\u202E") || !strings.HasPrefix(path, `/x\" direction=upload\\x0alevel=INFO`) {
		t.Errorf("got %s", lines[0])
	}
}

func TestReportsOfTransfersThatAreRefused(t *testing.T) {
	w, p, reference := reporting(t, withPaths)
	wantProblem(t, w.signIn("anna", annaPassword).report(reference, finished()), 404, wire.CodeNotFound) // another login
	for name, change := range map[string]func(*wire.ConnectionEvent){
		"no direction":     func(e *wire.ConnectionEvent) { e.Direction = "" },
		"direction":        func(e *wire.ConnectionEvent) { e.Direction = "sideways" },
		"result":           func(e *wire.ConnectionEvent) { e.Result = "done\nlevel=ERROR" },
		"bytes below zero": func(e *wire.ConnectionEvent) { e.Bytes = -1 },
		"files below zero": func(e *wire.ConnectionEvent) { e.Files = -1 },
		"relative path":    func(e *wire.ConnectionEvent) { e.Path = "etc/passwd" },
		"hash":             func(e *wire.ConnectionEvent) { e.SHA256 = strings.Repeat("0A", 32) },
		"long hash":        func(e *wire.ConnectionEvent) { e.SHA256 += "00" },
		"type":             func(e *wire.ConnectionEvent) { e.Type = "transfer_started" },
	} {
		bad := finished()
		change(&bad)
		t.Run(name, func(t *testing.T) { wantProblem(t, p.report(reference, bad), 400, wire.CodeInvalid) })
	}
	if lines := w.lines("attested_by"); len(lines) != 0 {
		t.Errorf("logged all the same: %q", lines)
	}
}

func TestAFloodOfTransfersEndsInItsLimit(t *testing.T) {
	_, p, reference := reporting(t, nil)
	limited := 0
	for range 100 {
		if a := p.report(reference, finished()); a.StatusCode == http.StatusTooManyRequests {
			limited++
		}
	}
	if limited < 50 {
		t.Errorf("%d of 100 were over the limit", limited)
	}
}

func TestThePageLearnsTheLimitsOfTheFilesPanel(t *testing.T) {
	for name, c := range map[string]struct {
		config func(*server.Config)
		want   string
	}{
		"none": {nil, `{"enabled":true,"logPaths":false,"readOnly":false,"maxBytes":0,"readPaths":[],"writePaths":[]}`},
		"off":  {func(c *server.Config) { c.Files = "off" }, `{"enabled":false,"logPaths":false,"readOnly":false,"maxBytes":0,"readPaths":[],"writePaths":[]}`},
		"all": {func(c *server.Config) {
			c.LogPaths, c.FilesMaxSize = true, 5<<30
			c.FilesReadPaths, c.FilesWritePaths = []string{"/var/log/", "/etc//app"}, []string{"/"}
		}, `{"enabled":true,"logPaths":true,"readOnly":false,"maxBytes":5368709120,"readPaths":["/var/log","/etc/app"],"writePaths":["/"]}`},
		"read-only": {func(c *server.Config) { c.FilesReadOnly = true }, `"readOnly":true`},
	} {
		t.Run(name, func(t *testing.T) {
			w := newDeviceWorld(t, options{config: c.config})
			if a := w.do(http.MethodGet, "/api/config", ""); !strings.Contains(a.body, c.want) {
				t.Errorf("got %s, want %s in it", a.body, c.want)
			}
		})
	}
}

func TestWrongLimitsOfFilesAreAllNamed(t *testing.T) {
	config := server.DefaultConfig()
	config.Tenant, config.FilesReadOnly, config.FilesMaxSize, config.Files = "https://x.example", true, -1, "maybe"
	config.FilesReadPaths = []string{"var/log", "/a/../b", "/\n", "/\xff", ""}
	config.FilesWritePaths = []string{"/tmp/.."}
	err := config.Validate()
	for _, want := range []string{
		`--files: "maybe"`, "--files-write-paths: has no meaning together with --files-read-only", "--files-max-size: -1",
		`--files-read-paths: "var/log" is no absolute`, `--files-read-paths: "/a/../b" has a step upwards`, `--files-read-paths: "/\n"`,
		`--files-read-paths: "/\xff"`, `--files-read-paths: "" is no`, `--files-write-paths: "/tmp/.."`,
	} {
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("no %s in %v", want, err)
		}
	}
	config.Files, config.FilesMaxSize = "off", 1
	if err = config.Validate(); err == nil || strings.Count(err.Error(), "together with --files off") != 4 {
		t.Errorf("limits of a panel that is off: got %v", err)
	}
}
