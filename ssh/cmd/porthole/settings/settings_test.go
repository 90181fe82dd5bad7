package settings

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// load reads settings from variables and files that a test names.
func load(t *testing.T, vars map[string]string, change func(*Input)) *Settings {
	t.Helper()
	in := Input{Flags: map[Key]string{}, Getenv: func(name string) string { return vars[name] }}
	if change != nil {
		change(&in)
	}
	s, err := Load(in)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func file(t *testing.T, name, text string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

func TestFlagsGoBeforeVariablesBeforeFiles(t *testing.T) {
	session := file(t, "session.json", `{"host":"session.example","tenant":"t-session","username":"u-session"}`)
	config := file(t, "config.yaml", "host: config.example\ntenant: t-config\nuser: u-config\nssh-user: pi\n")
	env := file(t, "env", "C8Y_TENANT=t-env\n")
	s := load(t, map[string]string{"C8Y_BASEURL": "base.example", "C8YLP_HOST": "old.example"}, func(in *Input) {
		in.Flags[Insecure], in.EnvFile, in.Session, in.Config = "true", env, session, config
	})
	for key, want := range map[Key][2]string{
		Insecure: {"true", "flag --insecure"},
		Host:     {"base.example", "variable C8Y_BASEURL"},
		Tenant:   {"t-env", "file " + env},
		User:     {"u-session", "file " + session},
		SSHUser:  {"pi", "file " + config},
	} {
		if got := s.Get(key); got.Text != want[0] || got.Source != want[1] {
			t.Errorf("%s: got %q of %q, want %q of %q", key, got.Text, got.Source, want[0], want[1])
		}
	}
}

func TestASecretOfAFileIsForTheHostOfThatFileOnly(t *testing.T) {
	text := `{"host":"https://Mine.example:443/","username":"me","password":"secret","token":"jwt"}`
	for host, want := range map[string]string{
		"":                            "secret", // the file's own
		"https://mine.example":        "secret", // the same, written otherwise
		"mine.example":                "secret",
		"https://thief.example":       "",
		"http://mine.example":         "", // in clear text
		"https://mine.example:8443":   "",
		"https://mine.example.evil":   "",
		"https://mine.example@evil.x": "",
	} {
		path := file(t, "session.json", text)
		vars := map[string]string{"C8Y_SESSION": path}
		if host != "" {
			vars["C8Y_HOST"] = host
		}
		s := load(t, vars, nil)
		if got := s.Text(Password, ""); got != want {
			t.Errorf("host %q: got password %q, want %q", host, got, want)
		}
		if got := s.Text(Token, ""); (got == "") != (want == "") {
			t.Errorf("host %q: got token %q", host, got)
		}
	}
}

func TestAPasswordOfThisCallGoesBeforeATokenOfAFile(t *testing.T) {
	path := file(t, "session.json", `{"host":"mine.example","token":"jwt-of-somebody"}`)
	s := load(t, map[string]string{"C8Y_SESSION": path, "C8Y_USER": "me", "C8Y_PASSWORD": "pw"}, nil)
	if got := s.Text(Token, ""); got != "" || len(s.Notes) != 1 {
		t.Errorf("token %q, notes %q; want none and one", got, s.Notes)
	}
}

func TestAnEncryptedSessionSaysSo(t *testing.T) {
	path := file(t, "session.json", `{"host":"mine.example","username":"me","password":"{encrypted}0123"}`)
	s := load(t, map[string]string{"C8Y_SESSION": path}, nil)
	if s.Text(Password, "") != "" || len(s.Notes) != 1 || !strings.Contains(s.Notes[0], "encrypted") {
		t.Errorf("password %q, notes %q", s.Text(Password, ""), s.Notes)
	}
}

func TestBaseURL(t *testing.T) {
	for text, want := range map[string]string{
		"example.com":                 "https://example.com",
		"https://example.com/a?b":     "https://example.com",
		"http://127.0.0.1:8080":       "http://127.0.0.1:8080",
		"http://porthole.localhost:1": "http://porthole.localhost:1",
		"[::1]:8443":                  "https://[::1]:8443",
		"":                            "",
		"ftp://example.com":           "",
		"https://":                    "",
		"https://u:p@example.com":     "",
		"https://example.com:0":       "",
		"https://example.com:99999":   "",
		"https://exa mple.com":        "",
	} {
		s := &Settings{values: map[Key]Value{Host: {Text: text, Source: "flag --host"}}}
		u, err := s.BaseURL()
		switch {
		case err == nil && u.String() != want:
			t.Errorf("%q: got %q, want %q", text, u, want)
		case err != nil && want != "":
			t.Errorf("%q: %v, want %q", text, err, want)
		case err != nil && strings.Contains(err.Error(), "u:p"):
			t.Errorf("%q: the error holds the password: %v", text, err)
		}
	}
}

func TestParseEnv(t *testing.T) {
	text := "\ufeff# comment\n\nA=1\n export B = two words # tail\nC='single # kept'\nD=\"a \\\"b\\\" c\"\nE=\nF=x=y\r\n"
	got, err := parseEnv(text)
	want := map[string]string{"A": "1", "B": "two words", "C": "single # kept", "D": `a "b" c`, "E": "", "F": "x=y"}
	if err != nil || len(got) != len(want) {
		t.Fatalf("got %q, %v", got, err)
	}
	for name, value := range want {
		if got[name] != value {
			t.Errorf("%s: got %q, want %q", name, got[name], value)
		}
	}
}

func FuzzParseEnv(f *testing.F) {
	f.Add("A=1\nexport B='x'\n# c\nC=\"\\\"\"")
	f.Fuzz(func(t *testing.T, text string) {
		vars, err := parseEnv(text)
		for name := range vars {
			if err == nil && (name == "" || strings.ContainsAny(name, " \t\n")) {
				t.Errorf("name %q", name)
			}
		}
	})
}

func FuzzParseConfig(f *testing.F) {
	f.Add([]byte("host: example.com\nuser: me\n"))
	f.Add([]byte("a: &a [*a]\nhost: {}\n"))
	f.Fuzz(func(t *testing.T, text []byte) {
		values, err := parseConfig(text)
		for key := range values {
			if err == nil && key.Secret() {
				t.Errorf("a secret was taken: %q", key)
			}
		}
	})
}

// FuzzSessionFile: whatever a session file holds, the secrets of one that names a host are
// for that host only.
func FuzzSessionFile(f *testing.F) {
	f.Add([]byte(`{"host":"mine.example","tenant":"t1","username":"me","password":"pw","settings":{"remoteaccess":{"sshuser":"pi"}}}`))
	f.Add([]byte(`{"host":["x"],"password":{"a":1}}`))
	f.Add([]byte(`{"password":"{encrypted}00","token":"{encrypted}11"}`))
	f.Add([]byte("\xef\xbb\xbf{}"))
	folder := f.TempDir()
	f.Fuzz(func(t *testing.T, text []byte) {
		path := filepath.Join(folder, "session.json")
		if err := os.WriteFile(path, text, 0o600); err != nil {
			t.Fatal(err)
		}
		vars := map[string]string{"C8Y_HOST": "https://other.example"}
		s, err := Load(Input{Flags: map[Key]string{}, Getenv: func(name string) string { return vars[name] }, Session: path})
		if err != nil {
			return
		}
		values, err := parseSession(text)
		if err != nil || values[Host] == "" || strings.Contains(strings.ToLower(values[Host]), "other.example") {
			return
		}
		if s.Text(Password, "") != "" || s.Text(Token, "") != "" {
			t.Errorf("a secret of %q goes to another host", values[Host])
		}
	})
}
