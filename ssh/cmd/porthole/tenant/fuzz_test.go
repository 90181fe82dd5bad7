package tenant

import (
	"io"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"
	"unicode"
)

// answers is a tenant that gives the same answer to everything.
type answers struct {
	status int
	body   string
}

// RoundTrip implements http.RoundTripper.
func (a answers) RoundTrip(r *http.Request) (*http.Response, error) {
	header := http.Header{"Content-Type": {"application/json"}, "Set-Cookie": {"authorization=e30.e30.e30"}, "Date": {a.body}}
	return &http.Response{StatusCode: a.status, Header: header, Body: io.NopCloser(strings.NewReader(a.body)), Request: r}, nil
}

// CloseIdleConnections is for Client.Close.
func (a answers) CloseIdleConnections() {}

// FuzzAnswers: whatever a tenant answers, what is shown of it holds no control character,
// and a device that was found has an id.
func FuzzAnswers(f *testing.F) {
	for _, body := range []string{
		`{"managedObjects":[{"id":"1","name":"a\u001b[31m","c8y_SupportedOperations":["x"],"c8y_Availability":{"lastMessage":"now"}}]}`,
		`{"id":"1234","name":"pump"}`, `{"managedObject":{"id":"../7"}}`, `{"managedObjects":[{},{}]}`, `{"managedObjects":[{}]}`,
		`[{"id":"1","name":"ssh","hostname":"h","port":22,"protocol":"PASSTHROUGH"},{"id":2}]`,
		`{"operations":[{"id":"7","status":"FAILED","failureReason":"no\u0007","c8y_RemoteAccessConnect":{"hostname":"h","port":22}}]}`,
		`{"loginOptions":[{"type":"OAUTH2_INTERNAL","initRequest":"%zz?tenant_id=\u0000"}]}`,
		`{"access_token":"pht_x","token_type":"Bearer","expires_in":28800,"user":"m\u0007e","tenant":"t1"}`,
		`{"userName":"me","effectiveRoles":[{"id":"ROLE"}],"name":"t1"}`, `{"error":"x","message":"\u202e\u0000"}`, `null`, `[]`, `"x"`, `{`,
	} {
		f.Add(200, body)
		f.Add(401, body)
		f.Add(302, body)
	}
	f.Fuzz(func(t *testing.T, status int, body string) {
		if status < 200 || status > 599 {
			return // the transport makes these of no answer
		}
		c := New(Options{BaseURL: &url.URL{Scheme: "https", Host: "tenant.example"}, User: "me", Password: "pw", Timeout: time.Minute})
		c.http.Transport = answers{status, body}
		shown := func(texts ...string) {
			t.Helper()
			for _, text := range texts {
				if i := strings.IndexFunc(text, unicode.IsControl); i >= 0 || strings.ContainsRune(text, '\u202e') {
					t.Errorf("%q would be shown", text)
				}
			}
		}
		problem := func(err error) {
			t.Helper()
			if err != nil {
				shown(err.Error())
			}
		}
		for _, meant := range []string{"1234", "pump*"} {
			device, err := c.FindDevice(t.Context(), meant, "c8y_Serial", false)
			problem(err)
			shown(device.Name, device.Type, device.Status, device.LastSeen, string(device.ID))
			if err == nil && device.ID == "" {
				t.Errorf("found a device without an id: %+v", device)
			}
		}
		configuration, err := c.FindConfiguration(t.Context(), Device{ID: "1", Name: "pump"}, Wanted{})
		problem(err)
		shown(configuration.Name, configuration.Hostname, string(configuration.ID))
		who, err := c.Identify(t.Context())
		problem(err)
		shown(who.User, string(who.Tenant))
		_, err = c.SignIn(t.Context(), Credentials{User: "me", Password: "pw"})
		problem(err)
		_, reason := c.Watch(Device{ID: "1"}, configuration, time.Minute).look(t.Context())
		shown(reason)
		grant, err := c.Redeem(t.Context(), "code", "verifier", "http://127.0.0.1:1/callback")
		problem(err)
		shown(grant.User, grant.Tenant)
		if err == nil && !OfGateway(grant.Token) {
			t.Errorf("took the token %q", grant.Token)
		}
		reached, err := c.Reach(t.Context())
		problem(err)
		shown(reached.Version)
	})
}
