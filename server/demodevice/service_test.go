package demodevice

import (
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"
)

// readsLike waits until a file has a text in it.
func readsLike(t *testing.T, file, want string) {
	t.Helper()
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	var data []byte
	for deadline := time.Now().Add(20 * time.Second); time.Now().Before(deadline); <-tick.C {
		if data, _ = os.ReadFile(file); strings.Contains(string(data), want) {
			return
		}
	}
	t.Fatalf("no %q in %s:\n%s", want, file, data)
}

func TestTheServiceIsRepairedOverSSH(t *testing.T) {
	d := newDouble(t)
	device := demo(t, d, func(o *DemoOptions) { o.Service = true })
	log, settings := filepath.Join(device.Service, "log/pumpd.log"), filepath.Join(device.Service, "etc/pumpd.conf")
	readsLike(t, log, `ERROR pumpd: no measurement: unknown unit "Bar"`)
	client := mustSignIn(t, d, device)
	run := func(command string) string {
		t.Helper()
		session, err := client.NewSession()
		if err != nil {
			t.Fatal(err)
		}
		said, err := session.CombinedOutput("cd '" + device.Service + "' && " + command)
		if err != nil {
			t.Fatalf("%s: %v: %s", command, err, said)
		}
		return string(said)
	}
	run("sed -i s/=Bar/=bar/ etc/pumpd.conf && ./service restart")
	readsLike(t, log, " bar\n")
	if said := run("./service status"); !strings.Contains(said, "pumpd is running") {
		t.Errorf("the service did not outlive the session that started it: %s", said)
	}
	text, err := os.ReadFile(filepath.Join(device.Service, "run/pumpd.pid"))
	if err != nil {
		t.Fatal(err)
	}
	if err := device.Close(); err != nil {
		t.Fatal(err)
	}
	// A process that ended may wait for whoever inherited it: then it has the state Z.
	if state, _ := exec.Command("ps", "-o", "stat=", "-p", strings.TrimSpace(string(text))).Output(); len(state) > 0 && state[0] != 'Z' {
		t.Errorf("the device has gone, and its service %s runs on: %s", text, state)
	}
	if data, _ := os.ReadFile(settings); !strings.Contains(string(data), "unit=bar") {
		t.Errorf("settings: got %s", data)
	}
}

func TestTheServiceOfTheLastStartKeepsWhatWasChanged(t *testing.T) {
	folder := filepath.Join(t.TempDir(), "it's a \"folder\"")
	for _, unit := range []string{"Bar", "kPa"} {
		s, err := startService(t.Context(), folder)
		if err != nil {
			t.Fatal(err)
		}
		readsLike(t, filepath.Join(folder, "log/pumpd.log"), "unit="+unit)
		if err := s.stop(); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(folder, "etc/pumpd.conf"), []byte("unit=kPa\n"), 0o600); err != nil {
			t.Fatal(err)
		}
	}
}

func TestTheServiceEndsWhenItsDeviceIsGone(t *testing.T) {
	folder := t.TempDir()
	s, err := startService(t.Context(), folder)
	if err != nil {
		t.Fatal(err)
	}
	if err := s.stop(); err != nil {
		t.Fatal(err)
	}
	gone := exec.Command("true")
	if err := gone.Run(); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	defer cancel()
	orphan := exec.CommandContext(ctx, filepath.Join(folder, "bin/pumpd"), strconv.Itoa(gone.Process.Pid))
	if err := orphan.Run(); err != nil {
		t.Errorf("it had to be stopped: %v", err)
	}
}
