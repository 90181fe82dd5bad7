package keep

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/zalando/go-keyring"

	"porthole/ssh/cmd/porthole/fault"
)

const address = "https://tenant.example"

var login = Login{User: "me", Tenant: "t1", Token: "secret-token"}

func TestTheKeyringGoesBeforeTheFile(t *testing.T) {
	keyring.MockInit()
	s := Store{Folder: filepath.Join(t.TempDir(), "porthole")}
	if where, err := s.Put(address, login); err != nil || where != "keyring" {
		t.Fatalf("kept in %q, %v", where, err)
	}
	if _, err := os.Stat(s.path()); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("there is a file as well: %v", err)
	}
	if got, where, ok := s.Get(address); !ok || got != login || where != "keyring" {
		t.Errorf("got %+v of %q, %t", got, where, ok)
	}
	if _, _, ok := s.Get("https://other.example"); ok {
		t.Error("a token for another host was given")
	}
	if was, err := s.Remove(address); !was || err != nil {
		t.Errorf("remove: %t, %v", was, err)
	}
	if _, _, ok := s.Get(address); ok {
		t.Error("it is still there")
	}
}

func TestWithoutAKeyringAPrivateFileKeepsTheToken(t *testing.T) {
	keyring.MockInitWithError(errors.New("no keyring here"))
	s := Store{Folder: filepath.Join(t.TempDir(), "porthole")}
	where, err := s.Put(address, login)
	if err != nil || where != s.path() {
		t.Fatalf("kept in %q, %v", where, err)
	}
	for path, want := range map[string]os.FileMode{s.Folder: 0o700, s.path(): 0o600} {
		if info, err := os.Stat(path); err != nil || info.Mode().Perm() != want {
			t.Errorf("%s: %v, %v, want %v", path, info.Mode(), err, want)
		}
	}
	if err := os.Chmod(s.path(), 0o644); err != nil { // copied from elsewhere
		t.Fatal(err)
	}
	if got, _, ok := s.Get(address); !ok || got != login {
		t.Errorf("got %+v, %t", got, ok)
	}
	if info, err := os.Stat(s.path()); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("others can read the tokens: %v, %v", info.Mode(), err)
	}
	if was, err := s.Remove(address); !was || err != nil {
		t.Errorf("remove: %t, %v", was, err)
	}
	if text, err := os.ReadFile(s.path()); err != nil || strings.Contains(string(text), "secret") {
		t.Errorf("left behind: %q, %v", text, err)
	}
}

func TestAFileThatIsDamagedIsNamed(t *testing.T) {
	s := Store{Folder: t.TempDir(), NoKeyring: true}
	if err := os.WriteFile(s.path(), []byte("{"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := s.Put(address, login); fault.Of(err) != fault.Local || !strings.Contains(err.Error(), "tokens.json") {
		t.Errorf("got %v", err)
	}
	if _, err := (Store{NoKeyring: true}).Put(address, login); fault.Of(err) != fault.Local {
		t.Errorf("without a folder: got %v", err)
	}
}

// FuzzTokensFile: a file that somebody else wrote is read or refused, never half kept.
func FuzzTokensFile(f *testing.F) {
	f.Add([]byte(`{"https://tenant.example":{"user":"me","tenant":"t1","token":"x"}}`))
	f.Add([]byte(`null`))
	f.Add([]byte(`{"https://tenant.example":null}`))
	f.Add([]byte(`[`))
	folder := f.TempDir()
	f.Fuzz(func(t *testing.T, text []byte) {
		s := Store{Folder: folder, NoKeyring: true}
		if err := os.WriteFile(s.path(), text, 0o600); err != nil {
			t.Fatal(err)
		}
		_, _, _ = s.Get(address)
		if _, err := s.Put(address, login); err != nil {
			if left, err := os.ReadFile(s.path()); err != nil || !bytes.Equal(left, text) {
				t.Errorf("what could not be understood was changed to %q, %v", left, err)
			}
			return
		}
		if got, _, ok := s.Get(address); !ok || got != login {
			t.Errorf("kept %+v, %t", got, ok)
		}
	})
}

func TestAKeyringThatDoesNotAnswerIsAskedOnceAndTheFileServes(t *testing.T) {
	defer hung.Store(false)
	var said []string
	s := Store{Folder: t.TempDir(), wait: 10 * time.Millisecond, Say: func(format string, args ...any) {
		said = append(said, fmt.Sprintf(format, args...))
	}}
	never := make(chan struct{})
	defer close(never)
	if err := s.keyring(func() error { <-never; return nil }); !errors.Is(err, errHung) {
		t.Fatalf("got %v", err)
	}
	asked := false
	_ = s.keyring(func() error { asked = true; return nil })
	if asked {
		t.Error("it was asked again")
	}
	if where, err := s.Put(address, login); err != nil || where != s.path() {
		t.Errorf("kept in %q, %v", where, err)
	}
	if got, _, ok := s.Get(address); !ok || got != login {
		t.Errorf("got %+v, %t", got, ok)
	}
	if was, err := s.Remove(address); !was || fault.Of(err) != fault.Local {
		t.Errorf("remove: %t, %v; what is in the keyring is not removed", was, err)
	}
	if _, _, ok := s.Get(address); ok {
		t.Error("it is still in the file")
	}
	if len(said) != 1 || !strings.Contains(said[0], "did not answer within 10ms") {
		t.Errorf("said %q", said)
	}
}
