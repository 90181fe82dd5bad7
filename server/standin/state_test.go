package standin_test

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"porthole/server/platform"
	"porthole/server/standin"
	"porthole/ssh/wire"
)

// restart closes a world and starts its successor on the same state file.
func (w *world) restart(t *testing.T, change func(*standin.Options)) *world {
	t.Helper()
	if err := w.p.Close(); err != nil {
		t.Fatal(err)
	}
	return newWorld(t, change)
}

func TestStateSurvivesARestart(t *testing.T) {
	file := filepath.Join(t.TempDir(), "state", "platform.json")
	at := func(o *standin.Options) { o.StateFile = file }
	w := newWorld(t, at)
	jwt, _ := w.token("admin", "pw")
	w.want(201, "POST", configurationsPath, asAdmin, `{"name":"kept","hostname":"h","port":80,"protocol":"PASSTHROUGH"}`)
	w.want(204, "DELETE", configurationsPath+"/1", asAdmin, "")
	w.want(200, "GET", "/devicecontrol/operations?agentId=1234", asDev1, "")
	seen := w.object("1234").Availability.LastMessage

	// Nothing is seeded: all of it comes from the file.
	w = w.restart(t, func(o *standin.Options) { at(o); o.Users, o.Devices = nil, nil })
	for _, auth := range []string{asAdmin, asReader, asDev1, "Bearer " + jwt} {
		w.want(200, "GET", "/user/currentUser", auth, "")
		w.want(200, "GET", "/user/currentUser", auth, "") // by the fast check
	}
	w.want(401, "GET", "/user/currentUser", basic("admin", "wrong"), "")
	w.want(401, "GET", "/user/currentUser", basic("late", "lw"), "")
	w.want(401, "GET", "/user/currentUser", basic("tfa", "tw"), "")
	w.want(200, "GET", "/user/currentUser", basic("tfa", "tw"), "", "TFAToken", "123456")
	mo := w.object("1234")
	if mo.Name != "dev01" || len(mo.RemoteAccessList) != 2 || mo.RemoteAccessList[1].Name != "kept" || mo.Availability.LastMessage.Before(seen) {
		t.Errorf("got %+v", mo)
	}
	w.want(200, "GET", "/identity/externalIds/c8y_Serial/dev02", asAdmin, "")
	// The id of a deleted configuration is still not given again.
	var cfg platform.Configuration
	w.want(201, "POST", configurationsPath, asAdmin, `{"name":"n","hostname":"h","port":80,"protocol":"PASSTHROUGH"}`).json(t, &cfg)
	if cfg.ID != "4" {
		t.Errorf("new id %s", cfg.ID)
	}
}

// Options seed what the state does not know, and refresh passwords.
func TestOptionsDoNotOverwriteTheState(t *testing.T) {
	file := filepath.Join(t.TempDir(), "platform.json")
	w := newWorld(t, func(o *standin.Options) { o.StateFile, o.Users = file, o.Users[:1] })
	w.want(204, "DELETE", configurationsPath+"/1", asAdmin, "")
	w = w.restart(t, func(o *standin.Options) {
		o.StateFile, o.Users = file, o.Users[:1]
		o.Users[0].Password = "new"
		o.Devices[0].Password = "dnew"
		o.Devices[0].Name = "renamed"
		o.Devices = append(o.Devices, standin.Device{Name: "third", Serial: "dev03", Password: "dw3"}, standin.Device{Name: "again", Serial: "dev02", Password: "dw2"})
	})
	w.want(401, "GET", "/user/currentUser", asAdmin, "")
	w.want(401, "GET", "/user/currentUser", asDev1, "")
	w.want(200, "GET", "/user/currentUser", basic("device_dev01", "dnew"), "")
	w.want(200, "GET", "/user/currentUser", asDev2, "")
	admin := basic("admin", "new")
	if a := w.want(200, "GET", configurationsPath, admin, ""); strings.Contains(string(a.body), "Passthrough") {
		t.Errorf("the deleted configuration is back: %s", a.body)
	}
	l := w.devices(admin, "pageSize=100")
	if len(l.ManagedObjects) != 3 || l.ManagedObjects[0].Name != "third" || l.ManagedObjects[1].Name != "dev01" {
		t.Errorf("got %+v", l.ManagedObjects)
	}
}

func TestStateFileKeepsSecretsToItself(t *testing.T) {
	dir := t.TempDir()
	file := filepath.Join(dir, "platform.json")
	w := newWorld(t, func(o *standin.Options) {
		o.StateFile = file
		o.Devices[0].Password = "device-secret"
		o.Users = []standin.User{{Name: "admin", Password: "pw-very-secret", Roles: []string{wire.RoleRemoteAccess}, TFA: "tfa-very-secret"}}
	})
	w.want(200, "GET", "/user/currentUser", basic("admin", "pw-very-secret"), "", "TFAToken", "tfa-very-secret")
	data, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	for _, secret := range []string{"very-secret", "device-secret"} {
		if bytes.Contains(data, []byte(secret)) {
			t.Errorf("the state file holds %q", secret)
		}
	}
	info, err := os.Stat(file)
	if err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("mode %v, %v", info.Mode(), err)
	}
	entries, err := os.ReadDir(dir)
	if err != nil || len(entries) != 1 {
		t.Errorf("files left behind: %v, %v", entries, err)
	}
}

func TestBrokenStateFileIsNamedAndKept(t *testing.T) {
	for name, content := range map[string]string{
		"empty": "", "no JSON": "{", "garbage": "\x00\x01", "other version": `{"version":99}`, "no secret": `{"version":1,"tenant":"t12345"}`,
		"other tenant": `{"version":1,"tenant":"t99999","secret":"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA="}`,
		"bad id":       `{"version":1,"tenant":"t12345","secret":"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=","devices":[{"id":"x"}]}`,
		"same id":      `{"version":1,"tenant":"t12345","secret":"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=","devices":[{"id":"1"},{"id":"1"}]}`,
		"same user":    `{"version":1,"tenant":"t12345","secret":"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=","users":[{"name":"a"},{"name":"a"}]}`,
	} {
		t.Run(name, func(t *testing.T) {
			file := filepath.Join(t.TempDir(), "platform.json")
			if err := os.WriteFile(file, []byte(content), 0o600); err != nil {
				t.Fatal(err)
			}
			o := defaults()
			o.StateFile = file
			p, err := standin.New(o)
			if err == nil {
				_ = p.Close()
				t.Fatal("it was taken")
			}
			if !strings.Contains(err.Error(), file) {
				t.Errorf("the error does not name the file: %v", err)
			}
			if got, err := os.ReadFile(file); err != nil || string(got) != content {
				t.Errorf("the file was changed to %q, %v", got, err)
			}
		})
	}
}

// A change that cannot be saved is refused and undone.
func TestUnsavableChangeIsUndone(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "d")
	w := newWorld(t, func(o *standin.Options) { o.StateFile, o.Users = filepath.Join(dir, "platform.json"), o.Users[:1] })
	// A file in place of the folder stops root as well.
	if err := os.Rename(dir, dir+".away"); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(dir, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	a := w.do("DELETE", configurationsPath+"/1", asAdmin, "")
	if w.wantError(a, 500, "general/internalError"); strings.Contains(string(a.body), dir) {
		t.Errorf("the answer names the file: %s", a.body)
	}
	w.want(200, "GET", configurationsPath+"/1", asAdmin, "")
	if err := os.Remove(dir); err != nil {
		t.Fatal(err)
	}
	w.want(204, "DELETE", configurationsPath+"/1", asAdmin, "")
}

// Contact alone does not write.
func TestContactIsNotWrittenOnEachRequest(t *testing.T) {
	file := filepath.Join(t.TempDir(), "platform.json")
	w := newWorld(t, func(o *standin.Options) { o.StateFile, o.Users = file, o.Users[:1] })
	before, err := os.Stat(file)
	if err != nil {
		t.Fatal(err)
	}
	for range 10 {
		w.want(200, "GET", "/devicecontrol/operations?agentId=1234", asDev1, "")
	}
	after, err := os.Stat(file)
	if err != nil || !os.SameFile(before, after) || before.ModTime() != after.ModTime() {
		t.Errorf("the file was written: %v", err)
	}
}

func TestWrongOptionsAreReportedAtOnce(t *testing.T) {
	_, err := standin.New(standin.Options{
		DeviceWait: -1, BufferLimit: -1, TokenLife: -time.Second,
		Users:   []standin.User{{Name: "a:b", Password: "x"}, {Name: "c"}},
		Devices: []standin.Device{{ID: "x"}, {ID: "1", User: "a/b"}},
	})
	if err == nil {
		t.Fatal("accepted")
	}
	for _, name := range []string{"DeviceWait", "BufferLimit", "TokenLife", "user 0", "user 1", "device 0", "device 1"} {
		if !strings.Contains(err.Error(), name) {
			t.Errorf("%s is missing in %v", name, err)
		}
	}
	for name, devices := range map[string][]standin.Device{
		"serial":       {{ID: "1", Serial: "s"}, {ID: "2", Serial: "s"}},
		"name":         {{ID: "1", User: "u", Password: "p"}, {ID: "2", User: "u", Password: "p"}},
		"port":         {{ID: "1", Configurations: []platform.Configuration{{Name: "x", Hostname: "h", Protocol: "PASSTHROUGH"}}}},
		"its id \"1\"": {{ID: "1", Configurations: []platform.Configuration{{ID: "1", Name: "x", Hostname: "h", Port: 1, Protocol: "TCP"}, {ID: "1", Name: "y", Hostname: "h", Port: 1, Protocol: "TCP"}}}},
		"is empty":     {{ID: "1", User: "", Serial: "a:b", Password: "p"}},
	} {
		if _, err := standin.New(standin.Options{Devices: devices}); err == nil || !strings.Contains(err.Error(), name) {
			t.Errorf("%s: got %v", name, err)
		}
	}
}
