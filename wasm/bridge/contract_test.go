//go:build js

package bridge_test

import (
	"os"
	"regexp"
	"syscall/js"
	"testing"

	"porthole/ssh/sshtest"
	"porthole/wasm/jsval"
)

// member is one line of an interface of bridge.d.ts.
type member struct {
	kind  string // what typeof must say
	arity int
}

var (
	interfaceText = regexp.MustCompile(`(?s)export interface (\w+) \{\n(.*?)\n\}`)
	methodText    = regexp.MustCompile(`(?ms)^  (\w+)\((.*?)\): [^\n]*;$`)
	nestedText    = regexp.MustCompile(`\{[^{}]*\}`) // an object's own fields are no parameters
	callbackText  = regexp.MustCompile(`\([^()]*\)`)
	parameterText = regexp.MustCompile(`\w\??: `)
	propertyText  = regexp.MustCompile(`(?m)^  readonly (\w+): (.+);$`)
)

// contract reads the members of an interface from bridge.d.ts.
func contract(t *testing.T, name string) map[string]member {
	t.Helper()
	text, err := os.ReadFile("../../web/src/bridge/bridge.d.ts")
	if err != nil {
		t.Fatal(err)
	}
	members := map[string]member{}
	for _, found := range interfaceText.FindAllStringSubmatch(string(text), -1) {
		if found[1] != name {
			continue
		}
		for _, m := range methodText.FindAllStringSubmatch(found[2], -1) {
			arity := len(parameterText.FindAllString(callbackText.ReplaceAllString(nestedText.ReplaceAllString(m[2], ""), ""), -1))
			members[m[1]] = member{kind: "function", arity: arity}
		}
		for _, p := range propertyText.FindAllStringSubmatch(found[2], -1) {
			kind := map[string]string{"boolean": "boolean", "2": "number", "string": "string"}[p[2]]
			if kind == "" {
				kind = "object"
			}
			members[p[1]] = member{kind: kind}
		}
	}
	if len(members) == 0 {
		t.Fatalf("bridge.d.ts has no interface %s", name)
	}
	return members
}

func wantContract(t *testing.T, name string, value js.Value) {
	t.Helper()
	want := contract(t, name)
	object := js.Global().Get("Object")
	keys, _ := jsval.Strings(object.Call("keys", value))
	for _, key := range keys {
		if _, ok := want[key]; !ok {
			t.Errorf("%s has %s, which bridge.d.ts does not name", name, key)
		}
	}
	for key, m := range want {
		got := value.Get(key)
		if got.Type().String() != m.kind {
			t.Errorf("typeof %s.%s is %s, want %s", name, key, got.Type(), m.kind)
			continue
		}
		if m.kind == "function" && got.Get("length").Int() != m.arity {
			t.Errorf("%s.%s takes %d arguments, want %d", name, key, got.Get("length").Int(), m.arity)
		}
	}
	if !object.Call("isFrozen", value).Bool() {
		t.Errorf("%s is not frozen", name)
	}
}

func TestObjectsAreWhatTheContractSays(t *testing.T) {
	w := newWorld(t, sshtest.Options{Subsystems: map[string]func(*sshtest.Session){"sftp": sshtest.MemorySFTP()}})
	wantContract(t, "GoBridge", w.bridge)
	if w.bridge.Get("version").Int() != 2 {
		t.Error("the version is not BRIDGE_VERSION")
	}
	wantContract(t, "GoProfile", w.await(w.bridge.Call("profile")))
	connection := w.open(nil)
	wantContract(t, "GoConnection", connection)
	wantContract(t, "GoSession", w.shell(connection, w.screen()))
	wantContract(t, "GoForward", w.await(connection.Call("forward", forwardConfig(nil), forwardHooks())))
	wantContract(t, "GoFiles", w.await(connection.Call("files", noLimits())))

	info := connection.Get("info")
	for _, name := range []string{"serverVersion", "keyExchange", "hostKeyAlgorithm", "hostKeyFingerprint", "cipher", "mac"} {
		if info.Get(name).Type() != js.TypeString {
			t.Errorf("info.%s is no string", name)
		}
	}
	if got := info.Get("cipher").String(); got != "chacha20-poly1305@openssh.com" {
		t.Errorf("cipher %s, want the one that is fast in wasm", got)
	}
	if !info.Get("hostKeyKept").Bool() {
		t.Error("hostKeyKept is false although the profile can be written")
	}
	for _, name := range []string{"goroutines", "heapBytes", "memoryBytes", "funcs"} {
		if w.bridge.Call("stats").Get(name).Float() <= 0 {
			t.Errorf("stats().%s is not positive", name)
		}
	}
	if s := connection.Call("stats"); s.Get("bytesIn").Int() < 500 || s.Get("bytesOut").Int() < 500 {
		t.Error("stats() does not count the handshake")
	}
}

func TestWrongArgumentsAreRejectedNotFatal(t *testing.T) {
	w := newWorld(t, sshtest.Options{})
	hooks, _ := w.hooks(nil)
	for name, args := range map[string][]any{
		"nothing":           {},
		"no hooks":          {config(nil)},
		"null":              {nil, nil},
		"empty objects":     {map[string]any{}, map[string]any{}},
		"hook missing":      {config(nil), map[string]any{"onState": "x"}},
		"port 0":            {config(map[string]any{"port": 0}), hooks},
		"port 65536":        {config(map[string]any{"port": 65536}), hooks},
		"port as text":      {config(map[string]any{"port": "22"}), hooks},
		"port NaN":          {config(map[string]any{"port": js.Global().Get("NaN")}), hooks},
		"no user":           {config(map[string]any{"user": ""}), hooks},
		"no tenant":         {config(map[string]any{"tenant": ""}), hooks},
		"no device":         {config(map[string]any{"deviceId": ""}), hooks},
		"unknown secret":    {config(map[string]any{"credential": "magic"}), hooks},
		"allow as a number": {config(map[string]any{"allowOldAlgorithms": 1}), hooks},
	} {
		t.Log(name)
		w.rejects(w.bridge.Call("open", args...), "invalid")
	}
	connection := w.open(nil)
	w.rejects(connection.Call("shell"), "invalid")
	w.rejects(connection.Call("shell", map[string]any{"term": "x", "cols": 80, "rows": 24, "env": map[string]any{"A": 1}}, w.screen().sink), "invalid")
	w.rejects(connection.Call("shell", map[string]any{"term": "x", "cols": -1, "rows": 24, "env": map[string]any{}}, w.screen().sink), "invalid")
	w.rejects(connection.Call("shell", map[string]any{"term": "x", "cols": 80, "rows": 24, "env": map[string]any{}}, map[string]any{}), "invalid")
	w.rejects(connection.Call("exec", 5, w.screen().sink), "invalid")
	session := w.shell(connection, w.screen())
	w.rejects(session.Call("write", "text"), "invalid")
	w.rejects(session.Call("write"), "invalid")
}
