package ssh

import (
	"context"
	"errors"
	"fmt"
	"net"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	gossh "golang.org/x/crypto/ssh"

	"porthole/ssh/sshtest"
	"porthole/ssh/wire"
)

// tryConnect connects with the prompts and closes again.
func tryConnect(t *testing.T, server *sshtest.Server, p *prompts, change ...func(*Config)) error {
	t.Helper()
	config := Config{User: "root", Prompter: p, HostKey: trust(server.HostKey()), KeepAlive: -1}
	for _, f := range change {
		f(&config)
	}
	client, err := Connect(testContext(t), serve(t, server), config)
	if err == nil {
		_ = client.Close()
	}
	return err
}

func keyFirst(c *Config) { c.Credential = CredentialKey }

func TestWrongPasswordAsksAgain(t *testing.T) {
	p := &prompts{passwords: []string{"wrong", "wrong", "wrong", "secret"}}
	if err := tryConnect(t, passwordServer(t), p); err != nil {
		t.Fatal(err)
	}
	want := []PasswordQuestion{{"root", 1}, {"root", 2}, {"root", 3}, {"root", 4}}
	if !slices.Equal(p.password, want) {
		t.Errorf("got %v, want %v", p.password, want)
	}
}

func TestWrongPasswordUpToTheServersLimit(t *testing.T) {
	server := newServer(t, sshtest.Options{Passwords: map[string]string{"root": "secret"}, MaxAuthTries: 3})
	p := &prompts{passwords: slices.Repeat([]string{"wrong-Pa55"}, 20)}
	e := wantError(t, tryConnect(t, server, p), wire.CodeAuthFailed, "after 3 tries", "password")
	if methods, _ := e.Detail["methods"].([]string); e.Detail["attempts"] != 3 || !slices.Equal(methods, []string{"password"}) {
		t.Errorf("got detail %v", e.Detail)
	}
	if strings.Contains(fmt.Sprintf("%v %+v", e, e), "wrong-Pa55") {
		t.Errorf("the error holds the password: %v", e)
	}
	if len(p.password) != 3 {
		t.Errorf("asked %d times, want 3", len(p.password))
	}
}

// TestUnknownSSHUser reads like a wrong password: a server does not tell.
func TestUnknownSSHUser(t *testing.T) {
	server := newServer(t, sshtest.Options{Passwords: map[string]string{"root": "secret"}, MaxAuthTries: 2})
	p := &prompts{passwords: []string{"secret", "secret", "secret"}}
	err := tryConnect(t, server, p, func(c *Config) { c.User = "nobody" })
	wantError(t, err, wire.CodeAuthFailed, "after 2 tries", "Check the SSH user")
}

func TestCancelAtEachQuestion(t *testing.T) {
	key := newUserKey(t)
	server := newServer(t, sshtest.Options{
		Passwords: map[string]string{"root": "secret"}, Keys: map[string][]gossh.PublicKey{"root": {key.public}},
		Questions: map[string][]sshtest.Round{"asked": {{Prompts: []sshtest.Prompt{{Text: "Code: "}}}}},
	})
	wantError(t, tryConnect(t, server, &prompts{}), wire.CodeCancelled)
	wantError(t, tryConnect(t, server, &prompts{passwords: []string{"wrong"}}), wire.CodeCancelled)
	wantError(t, tryConnect(t, server, &prompts{}, keyFirst), wire.CodeCancelled)
	wantError(t, tryConnect(t, server, &prompts{keys: []string{key.locked(t, "x")}}, keyFirst), wire.CodeCancelled)
	wantError(t, tryConnect(t, server, &prompts{passwords: []string{"a", "b"}}, func(c *Config) { c.User = "asked" }), wire.CodeCancelled)
}

func TestNoPrompterHasNoCredential(t *testing.T) {
	err := tryConnect(t, passwordServer(t), nil, func(c *Config) { c.Prompter = nil })
	wantError(t, err, wire.CodeAuthFailed)
}

func TestUserWithoutProofIsNotAsked(t *testing.T) {
	p := &prompts{}
	if err := tryConnect(t, newServer(t, sshtest.Options{NoAuth: []string{"root"}}), p); err != nil || len(p.asked) != 0 {
		t.Errorf("got %v, asked %v", err, p.asked)
	}
}

// TestTFAAsked: several prompts in several rounds, echo as the server wants it, and a
// round without prompts that nobody has to answer.
func TestTFAAsked(t *testing.T) {
	server := newServer(t, sshtest.Options{Questions: map[string][]sshtest.Round{"root": {
		{Name: "Sign\x1b[2J in", Instruction: "Two\r\nlines", Prompts: []sshtest.Prompt{
			{Text: "Password: ", Answer: "secret"}, {Text: "Name of your dog: ", Echo: true, Answer: "Rex"},
		}},
		{Instruction: "The code is on its way."},
		{Prompts: []sshtest.Prompt{{Text: "Code: ", Echo: true, Answer: "123456"}}},
	}}})
	p := &prompts{answers: [][]string{{"secret", "Rex"}, {"123456"}}}
	var banners []string
	if err := tryConnect(t, server, p, func(c *Config) { c.Banner = func(s string) { banners = append(banners, s) } }); err != nil {
		t.Fatal(err)
	}
	if len(p.questions) != 2 {
		t.Fatalf("asked %v, want two rounds", p.questions)
	}
	first := Questions{
		Name: "Sign[2J in", Instruction: "Two\nlines",
		Prompts: []Prompt{{"Password: ", false}, {"Name of your dog: ", true}},
	}
	if got := p.questions[0]; got.Name != first.Name || got.Instruction != first.Instruction || !slices.Equal(got.Prompts, first.Prompts) {
		t.Errorf("got %+v, want %+v", got, first)
	}
	if !slices.Equal(banners, []string{"The code is on its way."}) {
		t.Errorf("got banners %q, want what the empty round said", banners)
	}
}

func TestExpiredPasswordAsked(t *testing.T) {
	server := newServer(t, sshtest.Options{Questions: map[string][]sshtest.Round{"root": sshtest.ExpiredPassword("old", nil)}})
	p := &prompts{answers: [][]string{{"old"}, {"old"}, {"new", "new"}}}
	if err := tryConnect(t, server, p); err != nil {
		t.Fatal(err)
	}
	if got := p.questions[1].Instruction; !strings.Contains(got, "password expired") {
		t.Errorf("got instruction %q", got)
	}
}

func TestWrongAnswersAskAgain(t *testing.T) {
	server := newServer(t, sshtest.Options{Questions: map[string][]sshtest.Round{
		"root": {{Prompts: []sshtest.Prompt{{Text: "Password: ", Answer: "secret"}}}},
	}})
	if err := tryConnect(t, server, &prompts{answers: [][]string{{"a"}, {"b"}, {"secret"}}}); err != nil {
		t.Fatal(err)
	}
	err := tryConnect(t, server, &prompts{answers: slices.Repeat([][]string{{"a"}}, 20)})
	wantError(t, err, wire.CodeAuthFailed, "after 6 tries")
}

// TestTwoFactorsBehindAPasswordMethod: the server offers both, but lets nobody in by
// the plain password.
func TestTwoFactorsBehindAPasswordMethod(t *testing.T) {
	server := newServer(t, sshtest.Options{
		Passwords: map[string]string{"other": "x"},
		Questions: map[string][]sshtest.Round{"root": {{Prompts: []sshtest.Prompt{
			{Text: "Password: ", Answer: "secret"}, {Text: "Code: ", Answer: "1"},
		}}}},
	})
	p := &prompts{passwords: []string{"secret", "secret", "secret"}, answers: [][]string{{"secret", "1"}}}
	if err := tryConnect(t, server, p); err != nil {
		t.Fatal(err)
	}
	if want := []string{"password", "password", "questions"}; !slices.Equal(p.asked, want) {
		t.Errorf("asked %v, want %v", p.asked, want)
	}
}

// TestQuestionsThatAskNothingAreNotRepeated: else client and server would talk for ever.
func TestQuestionsThatAskNothingAreNotRepeated(t *testing.T) {
	refuse := errors.New("no")
	server := newServer(t, sshtest.Options{Questions: map[string][]sshtest.Round{
		"root": {{Instruction: "hm", Check: func([]string) error { return refuse }}},
	}, MaxAuthTries: 50})
	p := &prompts{}
	wantError(t, tryConnect(t, server, p), wire.CodeAuthFailed)
	if len(p.asked) != 0 {
		t.Errorf("asked %v", p.asked)
	}
}

func TestAnswersWithoutQuestionsAreAnError(t *testing.T) {
	server := newServer(t, sshtest.Options{Questions: map[string][]sshtest.Round{
		"root": {{Prompts: []sshtest.Prompt{{Text: "a"}, {Text: "b"}}}},
	}})
	wantError(t, tryConnect(t, server, &prompts{answers: [][]string{{"only one"}}}), wire.CodeInternal)
}

func TestServerThatWantsAKeyGetsOneAlthoughAPasswordWasChosen(t *testing.T) {
	key := newUserKey(t)
	server := newServer(t, sshtest.Options{Keys: map[string][]gossh.PublicKey{"root": {key.public}}})
	p := &prompts{keys: []string{key.open(t)}}
	if err := tryConnect(t, server, p); err != nil {
		t.Fatal(err)
	}
	if want := []string{"key"}; !slices.Equal(p.asked, want) {
		t.Errorf("asked %v, want %v", p.asked, want)
	}
}

func TestRefusedKeyIsAskedForAgain(t *testing.T) {
	right, wrong := newUserKey(t), newUserKey(t)
	server := newServer(t, sshtest.Options{Keys: map[string][]gossh.PublicKey{"root": {right.public}}})
	p := &prompts{keys: []string{wrong.open(t), "nonsense", wrong.open(t), right.open(t)}}
	if err := tryConnect(t, server, p, keyFirst); err != nil {
		t.Fatal(err)
	}
	if len(p.key) != 4 {
		t.Fatalf("asked %v, want 4 questions", p.key)
	}
	for i, want := range []string{"", "does not accept this key", "not a private key", "does not accept this key"} {
		if q := p.key[i]; q.Attempt != i+1 || !strings.Contains(q.Error, want) || want == "" && q.Error != "" {
			t.Errorf("question %d: got %+v, want %q", i, q, want)
		}
	}
}

func TestKeysUpToTheServersLimit(t *testing.T) {
	server := newServer(t, sshtest.Options{Keys: map[string][]gossh.PublicKey{"root": {newUserKey(t).public}}, MaxAuthTries: 2})
	wrong := newUserKey(t).open(t)
	err := tryConnect(t, server, &prompts{keys: []string{wrong, wrong, wrong, wrong}}, keyFirst)
	wantError(t, err, wire.CodeAuthFailed, "after 2 tries", "publickey")
}

// TestKeyThenPassword is multi-factor authentication by partial success (RFC 4252 §5.1).
func TestKeyThenPassword(t *testing.T) {
	key := newUserKey(t)
	config := &gossh.ServerConfig{PublicKeyCallback: func(gossh.ConnMetadata, gossh.PublicKey) (*gossh.Permissions, error) {
		return nil, &gossh.PartialSuccessError{Next: gossh.ServerAuthCallbacks{
			PasswordCallback: func(_ gossh.ConnMetadata, password []byte) (*gossh.Permissions, error) {
				if string(password) != "secret" {
					return nil, errors.New("wrong")
				}
				return &gossh.Permissions{}, nil
			},
		}}
	}}
	config.AddHostKey(rsaHostKey(t))
	for _, first := range []Credential{CredentialKey, CredentialPassword} {
		nc := speak(t, func(device net.Conn) { rawServer(device, config, nil) })
		p := &prompts{keys: []string{key.open(t)}, passwords: []string{"wrong", "secret"}}
		client, err := Connect(testContext(t), nc, Config{
			User: "root", Credential: first, Prompter: p,
			HostKey: trust(rsaHostKey(t).PublicKey()),
		})
		if err != nil {
			t.Fatal(err)
		}
		_ = client.Close()
		if want := []string{"key", "password", "password"}; !slices.Equal(p.asked, want) {
			t.Errorf("asked %v, want %v", p.asked, want)
		}
	}
}

func TestServerWithMethodsWeDoNotSpeak(t *testing.T) {
	config := &gossh.ServerConfig{GSSAPIWithMICConfig: &gossh.GSSAPIWithMICConfig{
		AllowLogin: func(gossh.ConnMetadata, string) (*gossh.Permissions, error) { return nil, errors.New("no") },
		Server:     noGSSAPI{},
	}}
	config.AddHostKey(rsaHostKey(t))
	nc := speak(t, func(device net.Conn) { rawServer(device, config, nil) })
	_, err := Connect(testContext(t), nc, Config{User: "root", Prompter: noPrompts{t}, HostKey: trust(rsaHostKey(t).PublicKey())})
	e := wantError(t, err, wire.CodeAuthFailed, "gssapi-with-mic")
	if methods, _ := e.Detail["methods"].([]string); !slices.Equal(methods, []string{"gssapi-with-mic"}) {
		t.Errorf("got detail %v", e.Detail)
	}
}

// noGSSAPI refuses.
type noGSSAPI struct{}

func (noGSSAPI) AcceptSecContext([]byte) ([]byte, string, bool, error) {
	return nil, "", false, errors.New("no")
}
func (noGSSAPI) VerifyMIC([]byte, []byte) error { return errors.New("no") }
func (noGSSAPI) DeleteSecContext() error        { return nil }

func TestBannerTextIsShownWithoutEscapes(t *testing.T) {
	server := newServer(t, sshtest.Options{
		Passwords: map[string]string{"root": "secret"}, Banner: "Property of\r\n\x1b[31mus\u202e\x07\n",
	})
	var got []string
	err := tryConnect(t, server, &prompts{passwords: []string{"secret"}},
		func(c *Config) { c.Banner = func(text string) { got = append(got, text) } })
	if err != nil || !slices.Equal(got, []string{"Property of\n[31mus\n"}) {
		t.Errorf("got %q, %v", got, err)
	}
}

func TestEndlessBannerEnds(t *testing.T) {
	config := &gossh.ServerConfig{}
	config.PasswordCallback = func(gossh.ConnMetadata, []byte) (*gossh.Permissions, error) {
		return nil, &gossh.BannerError{Err: errors.New("no"), Message: strings.Repeat("again ", 20_000)}
	}
	config.MaxAuthTries = -1
	config.AddHostKey(rsaHostKey(t))
	nc := speak(t, func(device net.Conn) { rawServer(device, config, nil) })
	longest := 0
	_, err := Connect(testContext(t), nc, Config{
		User: "root", HostKey: trust(rsaHostKey(t).PublicKey()),
		Prompter: &prompts{passwords: slices.Repeat([]string{"x"}, 60)},
		Banner:   func(text string) { longest = max(longest, len(text)) },
	})
	wantError(t, err, wire.CodeLost, "banner")
	if longest > maxBannerText+len("…") {
		t.Errorf("got a banner of %d bytes", longest)
	}
}

func TestCancelledContextAtEachStage(t *testing.T) {
	server := passwordServer(t)
	t.Run("before", func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		_, err := Connect(ctx, serve(t, server), passwordConfig(server))
		wantError(t, err, wire.CodeCancelled)
	})
	t.Run("waiting for the device", func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		nc := speak(t, func(device net.Conn) {
			_, _ = device.Read(make([]byte, 1))
			cancel()
			_, _ = device.Read(make([]byte, 100))
			_, _ = device.Read(make([]byte, 100))
		})
		_, err := Connect(ctx, nc, passwordConfig(server))
		wantError(t, err, wire.CodeCancelled)
	})
	t.Run("host key question", func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		config := passwordConfig(server)
		config.HostKey = func(ctx context.Context, _ gossh.PublicKey) error {
			cancel()
			<-ctx.Done()
			return ctx.Err()
		}
		_, err := Connect(ctx, serve(t, server), config)
		wantError(t, err, wire.CodeCancelled)
	})
	t.Run("password question", func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		config := passwordConfig(server)
		config.Progress = func(s State) {
			if s == StateAuthenticating {
				cancel()
			}
		}
		config.Prompter = &prompts{block: make(chan struct{})}
		_, err := Connect(ctx, serve(t, server), config)
		wantError(t, err, wire.CodeCancelled)
	})
	t.Run("deadline", func(t *testing.T) {
		ctx, cancel := context.WithTimeout(t.Context(), time.Millisecond)
		defer cancel()
		nc := speak(t, func(device net.Conn) {
			for {
				if _, err := device.Read(make([]byte, 100)); err != nil {
					return
				}
			}
		})
		_, err := Connect(ctx, nc, passwordConfig(server))
		wantError(t, err, wire.CodeDeviceTimeout)
	})
}

// TestDeviceGoesWhileAPasswordIsAsked: the question ends with the connection, and the
// sentence says that no credential was at fault.
func TestDeviceGoesWhileAPasswordIsAsked(t *testing.T) {
	server := passwordServer(t)
	config := passwordConfig(server)
	var once sync.Once
	config.Progress = func(s State) {
		if s == StateAuthenticating {
			once.Do(func() { time.AfterFunc(50*time.Millisecond, server.DropConnections) })
		}
	}
	config.Prompter = &prompts{block: make(chan struct{})}
	_, err := Connect(testContext(t), serve(t, server), config)
	wantError(t, err, wire.CodeLost)
}

// TestLoginGraceTimeOfTheDevice: a person who takes two minutes finds the question gone.
func TestLoginGraceTimeOfTheDevice(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		server := passwordServer(t)
		config := passwordConfig(server)
		config.Prompter = &prompts{block: make(chan struct{})}
		_, err := Connect(t.Context(), serve(t, server), config)
		wantError(t, err, wire.CodeLost, "waited for a credential")
	})
}
