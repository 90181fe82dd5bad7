package standin_test

import (
	"fmt"
	"strings"
	"testing"

	"porthole/server/platform"
	"porthole/server/standin"
)

const configurationsPath = "/service/remoteaccess/devices/1234/configurations"

// A bare array whatever pageSize says; the body of go-c8y-cli is flat, the answer
// nested.
func TestConfigurationsAreListedAndCreated(t *testing.T) {
	w := newWorld(t, nil)
	for _, path := range []string{configurationsPath, configurationsPath + "?pageSize=1", configurationsPath + "/"} {
		var list []platform.Configuration
		w.want(200, "GET", path, asAdmin, "", "Accept", "application/json", "User-Agent", "go-client").json(t, &list)
		if len(list) != 2 {
			t.Fatalf("%s: %+v", path, list)
		}
	}
	a := w.want(201, "POST", configurationsPath, asAdmin,
		`{"credentialsType":"NONE","hostname":"127.0.0.1","name":"x","port":2222,"protocol":"PASSTHROUGH"}`, "Content-Type", "application/json")
	var got map[string]any
	a.json(t, &got)
	want := map[string]any{
		"id": "3", "name": "x", "hostname": "127.0.0.1", "port": 2222.0, "protocol": "PASSTHROUGH",
		"credentials": map[string]any{
			"type": "NONE", "username": nil, "password": nil, "publicKey": nil, "privateKey": nil, "hostKey": nil, "certificate": nil,
		},
	}
	if fmt.Sprint(got) != fmt.Sprint(want) {
		t.Errorf("got  %v\nwant %v", got, want)
	}
	if a.Header.Get("Location") != w.srv.URL+configurationsPath+"/3" {
		t.Errorf("Location %q", a.Header.Get("Location"))
	}
	var mo platform.ManagedObject
	w.want(200, "GET", "/inventory/managedObjects/1234", asAdmin, "").json(t, &mo)
	if len(mo.RemoteAccessList) != 3 || mo.RemoteAccessList[2].Port != 2222 {
		t.Errorf("the mirror has %+v", mo.RemoteAccessList)
	}
	if a := w.want(200, "GET", "/service/remoteaccess/devices/1235/configurations", asAdmin, ""); string(a.body) != "[]" {
		t.Errorf("a device without any: %s", a.body)
	}
}

// The path that go-c8y-cli asks for when it found no device must not be there.
func TestConfigurationsOfNoDevice(t *testing.T) {
	w := newWorld(t, nil)
	for _, path := range []string{
		"/service/remoteaccess/devices/configurations", "/service/remoteaccess/devices/configurations?pageSize=50",
		"/service/remoteaccess/devices//configurations", "/service/remoteaccess/client//configurations/1",
	} {
		w.wantError(w.do("GET", path, asAdmin, ""), 404, "general/Not Found")
	}
	w.wantError(w.do("GET", "/service/remoteaccess/devices/99/configurations", asAdmin, ""), 404, "inventory/Not Found")
}

// Row 9.
func TestConfigurationIsReadChangedAndDeleted(t *testing.T) {
	w := newWorld(t, nil)
	var cfg platform.Configuration
	w.want(200, "GET", configurationsPath+"/1", asAdmin, "").json(t, &cfg)
	if cfg.Name != "Passthrough" || cfg.Credentials == nil || cfg.Credentials.Type != "NONE" {
		t.Fatalf("got %+v", cfg)
	}
	w.want(200, "PUT", configurationsPath+"/1", asAdmin, `{"name":"y"}`).json(t, &cfg)
	if cfg.Name != "y" || cfg.Hostname != "127.0.0.1" || cfg.Port != 22 || cfg.ID != "1" {
		t.Errorf("after PUT %+v", cfg)
	}
	if a := w.want(204, "DELETE", configurationsPath+"/1", asAdmin, ""); len(a.body) != 0 {
		t.Errorf("DELETE answered %q", a.body)
	}
	for _, method := range []string{"GET", "PUT", "DELETE"} {
		w.wantError(w.do(method, configurationsPath+"/1", asAdmin, "{}"), 404, "remoteaccess/Not Found")
	}
	// The id of a deleted configuration does not come back.
	w.want(200, "GET", configurationsPath+"/2", asAdmin, "")
	w.want(204, "DELETE", configurationsPath+"/2", asAdmin, "")
	var next platform.Configuration
	w.want(201, "POST", configurationsPath, asAdmin, `{"name":"z","hostname":"h","port":1,"protocol":"passthrough","id":"1"}`).json(t, &next)
	if next.ID == "1" || next.ID == "2" || next.Protocol != "PASSTHROUGH" {
		t.Errorf("new %+v", next)
	}
}

func TestConfigurationsAreValidated(t *testing.T) {
	w := newWorld(t, nil)
	good := map[string]string{"name": `"x"`, "hostname": `"127.0.0.1"`, "port": "22", "protocol": `"PASSTHROUGH"`, "credentialsType": `"NONE"`}
	body := func(field, value string) string {
		var parts []string
		for k, v := range good {
			if k == field {
				v = value
			}
			if v != "" {
				parts = append(parts, fmt.Sprintf("%q:%s", k, v))
			}
		}
		return "{" + strings.Join(parts, ",") + "}"
	}
	for _, tc := range []struct{ field, value string }{
		{"name", ""},
		{"name", `" "`},
		{"name", `"` + strings.Repeat("n", 256) + `"`},
		{"name", `"a\nb"`},
		{"hostname", ""},
		{"hostname", `""`},
		{"hostname", `"a b"`},
		{"hostname", `"http://x"`},
		{"hostname", `"a\u0000"`},
		{"port", ""},
		{"port", "0"},
		{"port", "-1"},
		{"port", "65536"},
		{"protocol", ""},
		{"protocol", `"RDP"`},
		{"credentialsType", `"MAGIC"`},
	} {
		b := body(tc.field, tc.value)
		w.wantError(w.do("POST", configurationsPath, asAdmin, b), 422, "remoteaccess/Unprocessable Entity")
		if tc.value != "" {
			w.wantError(w.do("PUT", configurationsPath+"/1", asAdmin, "{"+fmt.Sprintf("%q:%s", tc.field, tc.value)+"}"), 422, "remoteaccess/Unprocessable Entity")
		}
	}
	for _, b := range []string{"", "{", "[]", `"x"`, `{"port":"22"}`, `{"port":1.5}`, `{} {}`} {
		w.wantError(w.do("POST", configurationsPath, asAdmin, b), 400, "remoteaccess/Bad Request")
	}
	w.want(413, "POST", configurationsPath, asAdmin, `{"name":"`+strings.Repeat("x", 100<<10)+`"}`)
	var list []platform.Configuration
	w.want(200, "GET", configurationsPath, asAdmin, "").json(t, &list)
	if len(list) != 2 || list[0].Name != "Passthrough" || list[0].Port != 22 {
		t.Errorf("refused requests left %+v", list)
	}
}

func TestOnlyTheRemoteAccessRoleChangesConfigurations(t *testing.T) {
	w := newWorld(t, nil)
	const body = `{"name":"x","hostname":"h","port":1,"protocol":"PASSTHROUGH"}`
	for _, auth := range []string{asReader, asNobody, asDev1} {
		w.want(200, "GET", configurationsPath, auth, "")
		w.want(200, "GET", configurationsPath+"/1", auth, "")
		w.wantError(w.do("POST", configurationsPath, auth, body), 403, "security/Forbidden")
		w.wantError(w.do("PUT", configurationsPath+"/1", auth, body), 403, "security/Forbidden")
		w.wantError(w.do("DELETE", configurationsPath+"/1", auth, ""), 403, "security/Forbidden")
		w.wantError(w.do("GET", clientPath, auth, ""), 403, "security/Forbidden")
	}
}

// The web UI stores passwords here; they are never shown again.
func TestStoredSecretsAreNotShown(t *testing.T) {
	w := newWorld(t, nil)
	a := w.want(201, "POST", configurationsPath, asAdmin,
		`{"name":"webssh","hostname":"h","port":22,"protocol":"SSH","credentialsType":"USER_PASS","username":"u","password":"s3cret-word","privateKey":"s3cret-key","attrs":{}}`)
	all := string(a.body) + string(w.do("GET", configurationsPath, asAdmin, "").body) + string(w.do("GET", "/inventory/managedObjects/1234", asAdmin, "").body)
	if strings.Contains(all, "s3cret") || !strings.Contains(all, `"password":"{cipher}`) || !strings.Contains(all, `"username":"u"`) {
		t.Errorf("got %s", all)
	}
}

// Row 10, and a tenant that has no remote access: 404 on all.
func TestHealthAndSubscription(t *testing.T) {
	w := newWorld(t, nil)
	if a := w.want(200, "HEAD", "/service/remoteaccess/health", asAdmin, ""); len(a.body) != 0 {
		t.Errorf("HEAD has a body")
	}
	w.want(200, "GET", "/service/remoteaccess/health", asAdmin, "")
	not := newWorld(t, func(o *standin.Options) { o.NotSubscribed = true })
	not.want(404, "HEAD", "/service/remoteaccess/health", asAdmin, "")
	for _, path := range []string{"/service/remoteaccess/health", configurationsPath, configurationsPath + "/1", clientPath, "/service/remoteaccess/device/key"} {
		for _, auth := range []string{asAdmin, asDev1} {
			not.wantError(not.do("GET", path, auth, ""), 404, "remoteaccess/Not Found")
		}
	}
	not.want(200, "GET", "/inventory/managedObjects/1234", asAdmin, "")
}
