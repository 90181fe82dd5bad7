//go:build js

package bridge_test

import (
	"context"
	"fmt"
	"strings"
	"sync"
	"syscall/js"
	"testing"
	"time"

	"porthole/ssh/profile"
	"porthole/wasm/bridge"
	"porthole/wasm/jsval"
)

// These tests run in two places: under Node, which has no IndexedDB, and in Chromium
// (package wasmtest). Each asserts what must be so where it runs.

func hasIndexedDB() bool { return js.Global().Get("indexedDB").Truthy() }

// tab opens the profile as a page does.
func tab(t *testing.T, database string) *profile.Profile {
	t.Helper()
	files, err := profile.Browser(t.Context(), database)
	if hasIndexedDB() != (err == nil) {
		t.Fatalf("IndexedDB is there: %v, but opening it says %v", hasIndexedDB(), err)
	}
	p, err := profile.Open(profile.Options{FS: files, Lock: bridge.WebLocks()})
	if err != nil {
		t.Fatal(err)
	}
	if p.Durable() != hasIndexedDB() {
		t.Errorf("durable %v, want %v", p.Durable(), hasIndexedDB())
	}
	return p
}

func addLine(t *testing.T, p *profile.Profile, line string) {
	t.Helper()
	err := p.UpdateKnownHosts(t.Context(), func(text []byte) ([]byte, error) {
		return append(append([]byte(nil), text...), line+"\n"...), nil
	})
	if err != nil {
		t.Errorf("add %s: %v", line, err)
	}
}

func knownLines(t *testing.T, p *profile.Profile) int {
	t.Helper()
	text, err := p.KnownHosts(t.Context())
	if err != nil {
		t.Error(err)
	}
	return strings.Count(string(text), "\n")
}

func TestTheProfileOutlivesThePageWhereThereIsIndexedDB(t *testing.T) {
	database := fmt.Sprintf("outlives-%d", time.Now().UnixNano())
	p := tab(t, database)
	addLine(t, p, "one")
	scope := profile.Scope{Tenant: "t1", Device: "1", Configuration: "2"}
	if err := p.SaveSettings(t.Context(), scope, profile.Settings{User: "pi", Credential: profile.CredentialKey}); err != nil {
		t.Fatal(err)
	}
	again := tab(t, database)
	want := 0
	if hasIndexedDB() {
		want = 1
	}
	if got := knownLines(t, again); got != want {
		t.Errorf("%d known hosts after opening again, want %d", got, want)
	}
	if s, err := again.Settings(t.Context(), scope); err != nil || (s.User == "pi") != hasIndexedDB() {
		t.Errorf("settings after opening again: %+v, %v", s, err)
	}
}

func TestTabsDoNotLoseEachOthersHostKeys(t *testing.T) {
	database := fmt.Sprintf("tabs-%d", time.Now().UnixNano())
	tabs := []*profile.Profile{tab(t, database), tab(t, database), tab(t, database)}
	var work sync.WaitGroup
	for n, p := range tabs {
		work.Go(func() {
			for i := range 10 {
				addLine(t, p, fmt.Sprintf("tab%d-%d", n, i))
			}
		})
	}
	work.Wait()
	want := 10 // its own, in memory
	if hasIndexedDB() {
		want = 30
	}
	for n, p := range tabs {
		if got := knownLines(t, p); got != want {
			t.Errorf("tab %d knows %d hosts, want %d", n, got, want)
		}
	}
}

// A deletion that waits for another tab's connection holds up every later open.
func TestAnIndexedDBThatNeverOpensIsGivenUp(t *testing.T) {
	database := fmt.Sprintf("blocked-%d", time.Now().UnixNano())
	if hasIndexedDB() {
		opened := jsval.NewPromise()
		success, release := jsval.Silent.Bind(func([]js.Value) any { opened.Resolve(js.Undefined()); return nil })
		defer release()
		request := js.Global().Get("indexedDB").Call("open", database, 1)
		request.Set("onsuccess", success)
		if _, err := jsval.Await(t.Context(), opened.Value); err != nil {
			t.Fatal(err)
		}
		js.Global().Get("indexedDB").Call("deleteDatabase", database)
		defer func() { request.Get("result").Call("close") }()
	}
	start := time.Now()
	if files, err := profile.Browser(t.Context(), database); err == nil {
		t.Errorf("got %v, want an error", files)
	}
	if took := time.Since(start); took > 10*time.Second {
		t.Errorf("gave up after %s, want about 3 s", took)
	}
}

func TestAWebLockIsGivenUpWithTheContext(t *testing.T) {
	lock := bridge.WebLocks()
	if !js.Global().Get("navigator").Truthy() || !js.Global().Get("navigator").Get("locks").Truthy() {
		if lock != nil {
			t.Error("a lock without Web Locks")
		}
		return
	}
	err := lock(t.Context(), "test", func() error {
		ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
		defer cancel()
		err := lock(ctx, "test", func() error { t.Error("two hold the lock"); return nil })
		if err == nil {
			t.Error("waiting for a held lock succeeded")
		}
		return nil
	})
	if err != nil {
		t.Error(err)
	}
	ran := false
	if err := lock(t.Context(), "test", func() error { ran = true; return nil }); err != nil || !ran {
		t.Errorf("the lock is stuck: %v", err)
	}
}
