package profile

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"strings"
	"sync"
	"testing"
)

var scope = Scope{Tenant: "t1", Device: "1234", Configuration: "5"}

func openMemory(t *testing.T) (*Profile, FS) {
	t.Helper()
	memory, err := Memory()
	if err != nil {
		t.Fatal(err)
	}
	return openOn(t, memory), memory
}

func openOn(t *testing.T, files FS) *Profile {
	t.Helper()
	p, err := Open(Options{FS: files})
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func appendLine(line string) func([]byte) ([]byte, error) {
	return func(text []byte) ([]byte, error) { return append(append([]byte(nil), text...), line+"\n"...), nil }
}

func wantKnownHosts(t *testing.T, p *Profile, want string) {
	t.Helper()
	got, err := p.KnownHosts(t.Context())
	if err != nil || string(got) != want {
		t.Errorf("known_hosts %q, %v; want %q", got, err, want)
	}
}

func TestKnownHostsAreKept(t *testing.T) {
	p, memory := openMemory(t)
	wantKnownHosts(t, p, "")
	if err := p.UpdateKnownHosts(t.Context(), appendLine("one")); err != nil {
		t.Fatal(err)
	}
	if err := p.UpdateKnownHosts(t.Context(), appendLine("two")); err != nil {
		t.Fatal(err)
	}
	wantKnownHosts(t, p, "one\ntwo\n")
	wantKnownHosts(t, openOn(t, memory), "one\ntwo\n")
	if !p.Durable() {
		t.Error("a profile on a working file system must be durable")
	}
}

func TestAFailedEditWritesNothing(t *testing.T) {
	p, _ := openMemory(t)
	if err := p.UpdateKnownHosts(t.Context(), appendLine("one")); err != nil {
		t.Fatal(err)
	}
	no := errors.New("no")
	err := p.UpdateKnownHosts(t.Context(), func([]byte) ([]byte, error) { return []byte("two"), no })
	if !errors.Is(err, no) {
		t.Errorf("error %v", err)
	}
	wantKnownHosts(t, p, "one\n")
}

// Two tabs share the files and a lock, but no Profile.
func TestAdditionsOfTwoTabsAreAllKept(t *testing.T) {
	memory, err := Memory()
	if err != nil {
		t.Fatal(err)
	}
	var webLock sync.Mutex
	lock := func(_ context.Context, _ string, critical func() error) error {
		webLock.Lock()
		defer webLock.Unlock()
		return critical()
	}
	var tabs sync.WaitGroup
	for tab := range 4 {
		p, err := Open(Options{FS: memory, Lock: lock})
		if err != nil {
			t.Fatal(err)
		}
		tabs.Go(func() {
			for i := range 25 {
				if err := p.UpdateKnownHosts(t.Context(), appendLine(fmt.Sprintf("tab%d-%d", tab, i))); err != nil {
					t.Errorf("update: %v", err)
				}
			}
		})
	}
	tabs.Wait()
	text, err := openOn(t, memory).KnownHosts(t.Context())
	if err != nil || strings.Count(string(text), "\n") != 100 {
		t.Errorf("%d lines, %v; want 100", strings.Count(string(text), "\n"), err)
	}
}

func TestNoFileSystemMeansMemoryAndNotDurable(t *testing.T) {
	p := openOn(t, nil)
	if p.Durable() {
		t.Error("memory must not be durable")
	}
	if err := p.UpdateKnownHosts(t.Context(), appendLine("one")); err != nil {
		t.Fatal(err)
	}
	wantKnownHosts(t, p, "one\n")
}

// brokenFS fails to read or write when told so.
type brokenFS struct {
	FS
	read, write error
}

func (b *brokenFS) ReadFile(name string) ([]byte, error) {
	if b.read != nil {
		return nil, b.read
	}
	return b.FS.ReadFile(name)
}

func (b *brokenFS) WriteFile(name string, data []byte) error {
	if b.write != nil {
		return b.write
	}
	return b.FS.WriteFile(name, data)
}

func TestAFullStorageGoesOnInMemory(t *testing.T) {
	p, memory := openMemory(t)
	if err := p.UpdateKnownHosts(t.Context(), appendLine("one")); err != nil {
		t.Fatal(err)
	}
	if err := p.SaveSettings(t.Context(), scope, Settings{User: "pi", Credential: CredentialKey}); err != nil {
		t.Fatal(err)
	}
	var warned []string
	full := &brokenFS{FS: memory, write: errors.New("quota exceeded")}
	p, err := Open(Options{FS: full, Warn: func(message string, _ error) { warned = append(warned, message) }})
	if err != nil {
		t.Fatal(err)
	}
	if err := p.UpdateKnownHosts(t.Context(), appendLine("two")); err != nil {
		t.Fatal(err)
	}
	wantKnownHosts(t, p, "one\ntwo\n")
	if s, err := p.Settings(t.Context(), scope); err != nil || s.User != "pi" {
		t.Errorf("settings %+v, %v; want them kept", s, err)
	}
	if p.Durable() || len(warned) != 1 {
		t.Errorf("durable %v, warnings %q; want one warning", p.Durable(), warned)
	}
}

// An unreadable known_hosts must never look like an empty one: a changed key would be a
// new one then.
func TestAnUnreadableFileIsAnErrorNotEmpty(t *testing.T) {
	p, memory := openMemory(t)
	if err := p.UpdateKnownHosts(t.Context(), appendLine("one")); err != nil {
		t.Fatal(err)
	}
	broken := &brokenFS{FS: memory}
	p = openOn(t, broken)
	broken.read = errors.New("device error")
	if text, err := p.KnownHosts(t.Context()); err == nil {
		t.Errorf("known_hosts %q, want an error", text)
	}
	if err := p.UpdateKnownHosts(t.Context(), appendLine("two")); err == nil {
		t.Error("an update over an unreadable file must fail")
	}
	broken.read = nil
	wantKnownHosts(t, p, "one\n")
}

func TestSettingsAreKeptPerConfiguration(t *testing.T) {
	p, memory := openMemory(t)
	if s, err := p.Settings(t.Context(), scope); err != nil || s != (Settings{Credential: CredentialPassword}) {
		t.Errorf("defaults %+v, %v", s, err)
	}
	want := Settings{User: "zoë \"the\" \\admin\u2028\x01", Credential: CredentialKey, AllowOldAlgorithms: true}
	if err := p.SaveSettings(t.Context(), scope, want); err != nil {
		t.Fatal(err)
	}
	// Ids that look alike when joined must not share settings.
	other := Scope{Tenant: "t1/1234", Device: "5", Configuration: ""}
	if err := p.SaveSettings(t.Context(), other, Settings{User: "x", Credential: CredentialPassword}); err != nil {
		t.Fatal(err)
	}
	if got, err := openOn(t, memory).Settings(t.Context(), scope); err != nil || got != want {
		t.Errorf("settings %+v, %v; want %+v", got, err, want)
	}
}

func TestWhatANewerVersionWroteStays(t *testing.T) {
	p, memory := openMemory(t)
	const newer = `{"version":2,"theme":{"dark":true},"configurations":{"t1/1234/5":{"user":"a","color":"red"},"t1/9/9":{"user":"b"}}}`
	if err := memory.WriteFile(settingsFile, []byte(newer)); err != nil {
		t.Fatal(err)
	}
	if err := p.SaveSettings(t.Context(), scope, Settings{User: "c", Credential: CredentialPassword}); err != nil {
		t.Fatal(err)
	}
	text, err := memory.ReadFile(settingsFile)
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{`"version": 2`, `"theme": {"dark":true}`, `"color": "red"`, `{"user":"b"}`, `"user": "c"`} {
		if !strings.Contains(string(text), want) {
			t.Errorf("settings.json lacks %s:\n%s", want, text)
		}
	}
}

func TestCorruptSettingsMeanDefaultsAndAreKept(t *testing.T) {
	for _, corrupt := range []string{"{", "null", "[]", `{"configurations":7}`, "\x00\x01", strings.Repeat("[", 100_000)} {
		memory, err := Memory()
		if err != nil {
			t.Fatal(err)
		}
		if err := memory.WriteFile(settingsFile, []byte(corrupt)); err != nil {
			t.Fatal(err)
		}
		warned := 0
		p, err := Open(Options{FS: memory, Warn: func(string, error) { warned++ }})
		if err != nil {
			t.Fatal(err)
		}
		if s, err := p.Settings(t.Context(), scope); err != nil || s != defaultSettings || warned == 0 {
			t.Errorf("%.20q: %+v, %v, %d warnings; want defaults and a warning", corrupt, s, err, warned)
		}
		if err := p.SaveSettings(t.Context(), scope, Settings{User: "pi", Credential: CredentialKey}); err != nil {
			t.Errorf("%.20q: %v", corrupt, err)
		}
		if s, _ := p.Settings(t.Context(), scope); s.User != "pi" {
			t.Errorf("%.20q: settings %+v after saving", corrupt, s)
		}
		if kept, err := memory.ReadFile(brokenSettingsFile); err != nil || string(kept) != corrupt {
			t.Errorf("%.20q: the old file is lost: %q, %v", corrupt, kept, err)
		}
	}
}

func TestASettingOfAWrongTypeIsItsDefault(t *testing.T) {
	p, memory := openMemory(t)
	const odd = `{"configurations":{"t1/1234/5":{"user":7,"credential":"magic","allowOldAlgorithms":"true"}}}`
	if err := memory.WriteFile(settingsFile, []byte(odd)); err != nil {
		t.Fatal(err)
	}
	if s, err := p.Settings(t.Context(), scope); err != nil || s != defaultSettings {
		t.Errorf("settings %+v, %v; want defaults", s, err)
	}
}

func TestMemoryReportsAMissingFile(t *testing.T) {
	_, memory := openMemory(t)
	if _, err := memory.ReadFile("nothing"); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("error %v, want fs.ErrNotExist", err)
	}
	for _, text := range []string{"long enough", "short", ""} {
		if err := memory.WriteFile("file", []byte(text)); err != nil {
			t.Fatal(err)
		}
		if got, err := memory.ReadFile("file"); err != nil || string(got) != text {
			t.Errorf("read %q, %v; want %q", got, err, text)
		}
	}
}
