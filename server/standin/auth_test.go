package standin_test

import (
	"encoding/base64"
	"encoding/json"
	"net/http"
	"net/url"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"porthole/server/standin"
)

func tokenClaims(tb testing.TB, token string) map[string]any {
	tb.Helper()
	parts := strings.Split(token, ".")
	if len(parts) != 3 {
		tb.Fatalf("token has %d parts", len(parts))
	}
	b, err := base64.RawURLEncoding.DecodeString(parts[1])
	if err != nil {
		tb.Fatal(err)
	}
	var cl map[string]any
	if err := json.Unmarshal(b, &cl); err != nil {
		tb.Fatal(err)
	}
	return cl
}

// ways are the ways of authentication, as path suffix and headers.
type way struct {
	query  string
	header []string
}

func (w *world) ways() map[string]way {
	jwt, xsrf := w.token("admin", "pw")
	b64 := base64.StdEncoding.EncodeToString([]byte("t12345/admin:pw"))
	return map[string]way{
		"Bearer":                   {"", []string{"Authorization", "Bearer " + jwt}},
		"Basic with tenant":        {"", []string{"Authorization", "Basic " + b64}},
		"Basic without tenant":     {"", []string{"Authorization", basic("admin", "pw")}},
		"cookie":                   {"", []string{"Cookie", "authorization=" + jwt + "; XSRF-TOKEN=" + xsrf, "X-XSRF-TOKEN", xsrf}},
		"cookie, token in query":   {"?XSRF-TOKEN=" + xsrf, []string{"Cookie", "authorization=" + jwt}},
		"query JWT":                {"?token=" + jwt, nil},
		"query Basic, escaped":     {"?token=" + url.QueryEscape(b64), nil},
		"query Basic, not escaped": {"?token=" + b64 + "&XSRF-TOKEN=" + xsrf, nil},
		"query whole header":       {"?token=Bearer%20" + jwt, nil},
		"query whole header, plus": {"?token=Bearer+" + jwt, nil},
	}
}

func TestEveryWayOfAuthentication(t *testing.T) {
	w := newWorld(t, nil)
	for name, way := range w.ways() {
		t.Run(name, func(*testing.T) {
			w.want(200, "GET", "/user/currentUser"+way.query, "", "", way.header...)
			w.want(405, "DELETE", "/user/currentUser"+way.query, "", "", way.header...) // past authentication
			c := w.dial(clientPath+way.query, "", way.header...)
			_ = c.CloseNow()
		})
	}
}

func TestEveryWayOfAuthenticationOnTheDeviceSocket(t *testing.T) {
	w := newWorld(t, nil)
	jwt, xsrf := w.token("device_dev01", "dw1")
	for name, way := range map[string]way{
		"Bearer":               {"", []string{"Authorization", "Bearer " + jwt}},
		"Basic with tenant":    {"", []string{"Authorization", asDev1}},
		"Basic without tenant": {"", []string{"Authorization", basic("device_dev01", "dw1")}},
		"cookie":               {"", []string{"Cookie", "authorization=" + jwt, "X-XSRF-TOKEN", xsrf}},
		"query":                {"?token=" + jwt, nil},
	} {
		t.Run(name, func(t *testing.T) {
			client := w.dial(clientPath, asAdmin)
			op := w.pending("1234")
			device := w.dial("/service/remoteaccess/device/"+op.Connect.ConnectionKey+way.query, "", way.header...)
			send(t, device, 2, []byte("x"))
			receive(t, client, []byte("x"))
			_ = client.CloseNow()
		})
	}
}

func TestBase64WithSlashAndPlusInTheQuery(t *testing.T) {
	const password = "\u00ff\u00fe?>?>~~~" // its base64 has + and /
	w := newWorld(t, func(o *standin.Options) {
		o.Users = append(o.Users, standin.User{Name: "odd", Password: password})
	})
	b64 := base64.StdEncoding.EncodeToString([]byte("odd:" + password))
	if !strings.ContainsAny(b64, "+/") {
		t.Fatalf("%s has neither", b64)
	}
	for _, token := range []string{b64, url.QueryEscape(b64), strings.TrimRight(b64, "="), base64.URLEncoding.EncodeToString([]byte("odd:" + password))} {
		w.want(200, "GET", "/user/currentUser?token="+token, "", "")
	}
}

// One wrong credential is never made good by another.
func TestWrongCredentialsAreRefused(t *testing.T) {
	w := newWorld(t, nil)
	jwt, _ := w.token("admin", "pw")
	for name, header := range map[string][]string{
		"none":                      nil,
		"wrong password":            {"Authorization", basic("admin", "wrong")},
		"foreign tenant":            {"Authorization", basic("t99999/admin", "pw")},
		"no colon":                  {"Authorization", "Basic " + base64.StdEncoding.EncodeToString([]byte("admin"))},
		"no base64":                 {"Authorization", "Basic !!!"},
		"unknown scheme":            {"Authorization", "Digest x"},
		"empty bearer":              {"Authorization", "Bearer "},
		"TFA user without code":     {"Authorization", basic("tfa", "tw")},
		"expired password":          {"Authorization", basic("late", "lw")},
		"wrong header, good cookie": {"Authorization", "Bearer x.y.z", "Cookie", "authorization=" + jwt},
		"tampered cookie":           {"Cookie", "authorization=" + jwt + "x"},
	} {
		t.Run(name, func(t *testing.T) {
			for _, path := range []string{"/user/currentUser", clientPath, "/service/remoteaccess/device/some-key", "/inventory/managedObjects"} {
				a := w.do("GET", path, "", "", header...)
				w.wantError(a, 401, "security/Unauthorized")
				if got := a.Header.Get("WWW-Authenticate"); got != `Basic realm="Cumulocity"` {
					t.Errorf("%s: WWW-Authenticate %q", path, got)
				}
			}
		})
	}
	w.want(200, "GET", "/user/currentUser", basic("tfa", "tw"), "", "TFAToken", "123456")
	w.want(401, "GET", "/user/currentUser?token=x", "", "", "Cookie", "authorization="+jwt)
}

// Attacks on tokens: another algorithm, another key, another tenant, changed claims.
func TestForgedTokensAreRefused(t *testing.T) {
	w := newWorld(t, nil)
	other := newWorld(t, nil) // the same names, another secret
	jwt, _ := w.token("admin", "pw")
	foreign, _ := other.token("admin", "pw")
	parts := strings.Split(jwt, ".")
	enc := func(s string) string { return base64.RawURLEncoding.EncodeToString([]byte(s)) }
	cl := tokenClaims(t, jwt)
	cl["sub"] = "tfa"
	changed, err := json.Marshal(cl)
	if err != nil {
		t.Fatal(err)
	}
	for name, token := range map[string]string{
		"alg none":                    enc(`{"alg":"none","typ":"JWT"}`) + "." + parts[1] + ".",
		"alg none, with signature":    enc(`{"alg":"none"}`) + "." + parts[1] + "." + parts[2],
		"signed with another secret":  foreign,
		"changed claims":              parts[0] + "." + enc(string(changed)) + "." + parts[2],
		"no signature":                parts[0] + "." + parts[1] + ".",
		"signature cut":               jwt[:len(jwt)-2],
		"two parts":                   parts[0] + "." + parts[1],
		"enormous":                    strings.Repeat("a", 100<<10) + "." + parts[1] + "." + parts[2],
		"signature of something else": parts[0] + "." + parts[2] + "." + parts[1],
	} {
		t.Run(name, func(*testing.T) {
			w.wantError(w.do("GET", "/user/currentUser", "Bearer "+token, ""), 401, "security/Unauthorized")
		})
	}
}

func TestTokenExpires(t *testing.T) {
	var shift atomic.Int64
	w := newWorld(t, func(o *standin.Options) {
		o.TokenLife = time.Minute
		o.Now = func() time.Time { return time.Now().Add(time.Duration(shift.Load())) }
	})
	jwt, _ := w.token("admin", "pw")
	w.want(200, "GET", "/user/currentUser", "Bearer "+jwt, "")
	shift.Store(int64(61 * time.Second))
	w.want(401, "GET", "/user/currentUser", "Bearer "+jwt, "")
	shift.Store(-int64(61 * time.Second))
	w.want(401, "GET", "/user/currentUser", "Bearer "+jwt, "")
}

// Attack: a foreign page lets the browser send the cookie along.
func TestCookieAloneChangesNothing(t *testing.T) {
	w := newWorld(t, nil)
	jwt, xsrf := w.token("admin", "pw")
	const path = "/service/remoteaccess/devices/1234/configurations"
	const body = `{"name":"x","hostname":"127.0.0.1","port":22,"protocol":"PASSTHROUGH"}`
	cookie := "authorization=" + jwt + "; XSRF-TOKEN=" + xsrf
	w.want(200, "GET", path, "", "", "Cookie", cookie)
	for _, header := range [][]string{
		{"Cookie", cookie},
		{"Cookie", cookie, "X-XSRF-TOKEN", ""},
		{"Cookie", cookie, "X-XSRF-TOKEN", xsrf[1:]},
	} {
		w.wantError(w.do("POST", path, "", body, header...), 401, "security/Unauthorized")
		w.wantError(w.do("DELETE", path+"/1", "", "", header...), 401, "security/Unauthorized")
	}
	w.want(201, "POST", path, "", body, "Cookie", cookie, "X-XSRF-TOKEN", xsrf)
	w.want(201, "POST", path+"?XSRF-TOKEN="+xsrf, "", body, "Cookie", cookie)
}

// Attack: a foreign page opens a websocket, for which browsers ask nobody.
func TestCookieAloneOpensNoWebsocketFromAnotherOrigin(t *testing.T) {
	w := newWorld(t, nil)
	jwt, xsrf := w.token("admin", "pw")
	cookie := []string{"Cookie", "authorization=" + jwt + "; XSRF-TOKEN=" + xsrf}
	foreign := append([]string{"Origin", "https://elsewhere.example.com"}, cookie...)
	if _, res, err := w.tryDial(clientPath, "", foreign...); err == nil || res == nil || res.StatusCode != http.StatusUnauthorized {
		t.Fatalf("got %v, %v", res, err)
	}
	if ops := w.operations(asAdmin, "deviceId=1234"); len(ops) != 0 {
		t.Fatalf("it made an operation: %+v", ops)
	}
	_ = w.dial(clientPath+"?XSRF-TOKEN="+xsrf, "", foreign...).CloseNow()
	_ = w.dial(clientPath, "", append([]string{"Origin", w.srv.URL}, cookie...)...).CloseNow()
}

func TestManyForeignCookiesDoNotHideOurs(t *testing.T) {
	w := newWorld(t, nil)
	jwt, _ := w.token("admin", "pw")
	cookie := "a=" + strings.Repeat("x", 100<<10) + "; authorization=stale; authorization=" + jwt
	w.want(200, "GET", "/user/currentUser", "", "", "Cookie", cookie)
}
