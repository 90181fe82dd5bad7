//go:build demo

package main

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"porthole/server/platform"
	"porthole/ssh/wire"
)

// demoRun is a running portholed --demo.
type demoRun struct {
	t      *testing.T
	output *lockedBuffer
	typed  *io.PipeWriter
	stop   func() int
}

// lockedBuffer may be read while it is written.
type lockedBuffer struct {
	mu   sync.Mutex
	data bytes.Buffer
}

func (b *lockedBuffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.data.Write(p)
}

func (b *lockedBuffer) String() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.data.String()
}

func startRun(t *testing.T, stateDir string, more ...string) *demoRun {
	t.Helper()
	args := append([]string{"--demo", "--demo-allow-root", "--listen", "127.0.0.1:0", "--state-dir", stateDir, "--log-level", "debug"}, more...)
	stdin, typed := io.Pipe()
	d := &demoRun{t: t, output: &lockedBuffer{}, typed: typed}
	ctx, cancel := context.WithCancel(context.Background())
	code := make(chan int, 1)
	go func() { code <- run(ctx, args, environment(), stdin, d.output, d.output) }()
	d.stop = sync.OnceValue(func() int {
		cancel()
		_ = typed.Close()
		return <-code
	})
	t.Cleanup(func() { d.stop() })
	return d
}

// find waits until the output has a match, the count-th of them.
func (d *demoRun) find(pattern string, count int) string {
	d.t.Helper()
	expression := regexp.MustCompile(pattern)
	deadline := time.Now().Add(20 * time.Second)
	tick := time.NewTicker(10 * time.Millisecond)
	defer tick.Stop()
	for time.Now().Before(deadline) {
		if found := expression.FindAllStringSubmatch(d.output.String(), -1); len(found) >= count {
			return found[count-1][1]
		}
		<-tick.C
	}
	d.t.Fatalf("no %s in\n%s", pattern, d.output.String())
	return ""
}

const linkPattern = `(http://\S+/#demo=\S+)`

// exchange spends a link and gives the cookie.
func (d *demoRun) exchange(link string) (status int, cookie string) {
	d.t.Helper()
	origin, code, _ := strings.Cut(link, "/#demo=")
	response := d.do(http.MethodPost, origin, "/api/demo", `{"code":"`+code+`"}`, "")
	defer func() { _ = response.Body.Close() }()
	for _, c := range response.Cookies() {
		cookie = c.Value
	}
	return response.StatusCode, cookie
}

func (d *demoRun) do(method, origin, path, body, cookie string) *http.Response {
	d.t.Helper()
	request, err := http.NewRequestWithContext(d.t.Context(), method, origin+path, strings.NewReader(body))
	if err != nil {
		d.t.Fatal(err)
	}
	request.Header.Set("Origin", origin)
	request.Header.Set("Content-Type", "application/json")
	if cookie != "" {
		request.Header.Set("Cookie", "__Host-porthole="+cookie)
	}
	transport := &http.Transport{DialContext: platform.DialContext, DisableKeepAlives: true}
	response, err := transport.RoundTrip(request)
	if err != nil {
		d.t.Fatal(err)
	}
	return response
}

// configurations of the demo device, by name.
func (d *demoRun) configurations(origin, cookie string) map[string]platform.Configuration {
	d.t.Helper()
	response := d.do(http.MethodGet, origin, wire.ConfigurationsPath(demoDevice), "", cookie)
	defer func() { _ = response.Body.Close() }()
	var list []platform.Configuration
	if err := json.NewDecoder(response.Body).Decode(&list); err != nil {
		d.t.Fatal(err)
	}
	byName := make(map[string]platform.Configuration)
	for _, c := range list {
		byName[c.Name] = c
	}
	return byName
}

func TestDemoFromTheLinkToTheDevice(t *testing.T) {
	stateDir := filepath.Join(t.TempDir(), "state")
	d := startRun(t, stateDir, "--demo-devices", "30", "--demo-configuration", "real=127.0.0.1:2222")
	link := d.find(linkPattern, 1)
	origin, _, _ := strings.Cut(link, "/#")
	password := d.find(`SSH password: (\S+)`, 1)
	status, cookie := d.exchange(link)
	if status != http.StatusOK || cookie == "" {
		t.Fatalf("exchange: got %d", status)
	}
	if status, _ := d.exchange(link); status != http.StatusGone {
		t.Errorf("second exchange: got %d, want 410", status)
	}
	if _, err := d.typed.Write([]byte("\n")); err != nil {
		t.Fatal(err)
	}
	if status, _ := d.exchange(d.find(linkPattern, 2)); status != http.StatusOK {
		t.Errorf("link of Enter: got %d", status)
	}
	before := d.configurations(origin, cookie)
	if before["real"].Port != 2222 || before["ssh"].Port == 0 || before["http: status page"].Port == 0 {
		t.Errorf("configurations: got %+v", before)
	}
	response := d.do(http.MethodGet, origin, "/inventory/managedObjects?pageSize=5&withTotalPages=true&query=has(c8y_IsDevice)", "", cookie)
	defer func() { _ = response.Body.Close() }()
	var list struct {
		ManagedObjects []platform.ManagedObject `json:"managedObjects"`
		Statistics     struct{ TotalPages int } `json:"statistics"`
	}
	if err := json.NewDecoder(response.Body).Decode(&list); err != nil || len(list.ManagedObjects) != 5 || list.Statistics.TotalPages != 7 {
		t.Errorf("list: got %d of %d pages, %v", len(list.ManagedObjects), list.Statistics.TotalPages, err)
	}
	if code := d.stop(); code != exitOK {
		t.Errorf("exit code: got %d\n%s", code, d.output.String())
	}
	if strings.Count(d.output.String(), password) != 1 {
		t.Error("the device's password is somewhere else than below the link")
	}
	if info, err := os.Stat(stateDir); err != nil || info.Mode().Perm() != 0o700 {
		t.Errorf("state folder: %v %v", info.Mode(), err)
	}

	d = startRun(t, stateDir)
	link = d.find(linkPattern, 1)
	origin, _, _ = strings.Cut(link, "/#")
	_, cookie = d.exchange(link)
	after := d.configurations(origin, cookie)
	if after["ssh"].ID != before["ssh"].ID || after["ssh"].Port != before["ssh"].Port {
		t.Errorf("after a restart ssh is %+v, before it was %+v", after["ssh"], before["ssh"])
	}
	if d.find(`SSH password: (\S+)`, 1) == password {
		t.Error("the device's password is the same after a restart")
	}
}
