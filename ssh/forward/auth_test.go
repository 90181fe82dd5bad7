package forward

import (
	"crypto/md5"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"hash"
	"io"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"porthole/ssh/wire"
)

// protected asks for Basic at every path.
func protected(realm string, asked *atomic.Int64) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		user, password, _ := r.BasicAuth()
		if user != "admin" || password != "grüße:1" {
			asked.Add(1)
			w.Header().Set("WWW-Authenticate", `Basic realm="`+realm+`"`)
			w.WriteHeader(http.StatusUnauthorized)
			return
		}
		body, _ := io.ReadAll(r.Body)
		fmt.Fprintf(w, "%s", body)
	})
}

func TestBasicIsAskedOnceAndThenSentUnasked(t *testing.T) {
	var asked atomic.Int64
	f := newDevice(t).serve(t, protected("monit", &asked)).forward(t)
	resp, _ := fetch(t, f, get("/"))
	if c := resp.Challenge; resp.Status != 401 || c == nil || *c != (Challenge{Scheme: "basic", Realm: "monit"}) {
		t.Fatalf("got %d %+v", resp.Status, c)
	}
	f.SetCredential("admin", "wrong")
	resp, _ = fetch(t, f, get("/"))
	if c := resp.Challenge; c == nil || !c.Refused {
		t.Fatalf("got %+v, want it refused", c)
	}
	if resp, _ = fetch(t, f, get("/")); resp.Challenge == nil || resp.Challenge.Refused {
		t.Errorf("got %+v: a refused password was sent again", resp.Challenge)
	}
	f.SetCredential("admin", "grüße:1")
	before := asked.Load()
	for range 3 {
		if resp, body := fetch(t, f, post("/x", "body")); resp.Status != 200 || body != "body" {
			t.Fatalf("got %d %q", resp.Status, body)
		}
	}
	if n := asked.Load() - before; n != 0 {
		t.Errorf("the device asked %d times more", n)
	}
	f.Clear()
	if resp, _ := fetch(t, f, get("/")); resp.Challenge == nil {
		t.Error("the password outlived Clear")
	}
}

// TestABodyIsSentAgainAfterAChallenge, and a large one is not kept for that.
func TestABodyIsSentAgainAfterAChallenge(t *testing.T) {
	var asked atomic.Int64
	f := newDevice(t).serve(t, protected("x", &asked)).forward(t)
	f.SetCredential("admin", "grüße:1")
	if resp, body := fetch(t, f, post("/", "kept")); resp.Status != 200 || body != "kept" {
		t.Errorf("got %d %q", resp.Status, body)
	}
	g := newDevice(t).serve(t, protected("x", &asked)).forward(t)
	g.SetCredential("admin", "grüße:1")
	resp, _ := fetch(t, g, &Request{Method: "POST", Path: "/", Body: zeros{}, Size: maxReplay + 1})
	if resp.Status != 401 {
		t.Errorf("got %d for a body that is not kept, want the 401", resp.Status)
	}
}

func TestThePagesOwnAuthorizationPasses(t *testing.T) {
	d := newDevice(t).serve(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("WWW-Authenticate", `Basic realm="x"`)
		w.WriteHeader(http.StatusUnauthorized)
		fmt.Fprint(w, r.Header.Get("Authorization"))
	}))
	f := d.forward(t)
	f.SetCredential("admin", "x")
	r := get("/")
	r.Header = Header{"Authorization": {"Bearer page"}}
	if resp, body := fetch(t, f, r); resp.Status != 401 || body != "Bearer page" || resp.Challenge != nil {
		t.Errorf("got %d %q %+v", resp.Status, body, resp.Challenge)
	}
}

// TestAPasswordIsNotSentToAnotherRealm than the one that it was accepted for.
func TestAPasswordIsNotSentToAnotherRealm(t *testing.T) {
	var one, other atomic.Int64
	mux := http.NewServeMux()
	mux.Handle("/one/", protected("one", &one))
	var leaked atomic.Bool
	mux.HandleFunc("/other/", func(w http.ResponseWriter, r *http.Request) {
		other.Add(1)
		if r.Header.Get("Authorization") != "" {
			leaked.Store(true)
		}
		w.Header().Set("WWW-Authenticate", `Basic realm="other"`)
		w.WriteHeader(http.StatusUnauthorized)
	})
	f := newDevice(t).serve(t, mux).forward(t)
	fetch(t, f, get("/other/x"))
	fetch(t, f, get("/one/x")) // this one is what a person is asked for
	f.SetCredential("admin", "grüße:1")
	fetch(t, f, get("/other/x"))
	if resp, _ := fetch(t, f, get("/one/x")); resp.Status != 200 {
		t.Fatalf("got %d", resp.Status)
	}
	if resp, _ := fetch(t, f, get("/other/x")); resp.Challenge == nil || resp.Challenge.Realm != "other" || resp.Challenge.Refused {
		t.Errorf("got %+v", resp.Challenge)
	}
	if leaked.Load() {
		t.Error("the password of one realm was sent to another")
	}
}

func TestAChallengeThatNobodyCanAnswerIsAnAnswer(t *testing.T) {
	for _, header := range []string{"", "NTLM", "Negotiate abc=", `Digest realm="x", nonce="n", qop="auth-int"`, `Digest realm="x", nonce="n", algorithm=ROT13`} {
		answer := "HTTP/1.1 401 Unauthorized\r\nContent-Length: 0\r\nWWW-Authenticate: " + header + "\r\n\r\n"
		f := newDevice(t).answers(t, answer).forward(t)
		f.SetCredential("admin", "x")
		if resp, _ := fetch(t, f, get("/")); resp.Status != 401 || resp.Challenge != nil {
			t.Errorf("%q: got %d %+v", header, resp.Status, resp.Challenge)
		}
	}
}

// digestDevice checks Digest answers; each nonce is good for uses requests.
type digestDevice struct {
	hash      func() hash.Hash
	algorithm string
	qop       string
	uses      uint32
	quiet     bool // does not say stale

	mu    sync.Mutex
	nonce int
	count uint32
	asked int
	seen  string
}

func (d *digestDevice) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	d.mu.Lock()
	defer d.mu.Unlock()
	body, _ := io.ReadAll(r.Body)
	d.seen = r.Header.Get("Authorization")
	p := map[string]string{}
	if list := parseChallenges([]string{d.seen}); len(list) == 1 {
		p = list[0].params
	}
	nonce := fmt.Sprint("n", d.nonce)
	ok := p["username"] == "Mufasa" && p["response"] == d.expected(p, r)
	if ok && p["nonce"] == nonce && d.count < d.uses {
		d.count++
		if d.qop != "" && p["nc"] != fmt.Sprintf("%08x", d.count) {
			http.Error(w, "nc "+p["nc"], http.StatusBadRequest)
			return
		}
		_, _ = w.Write(body)
		return
	}
	d.asked++
	d.nonce++
	d.count = 0
	challenge := fmt.Sprintf(`Digest realm="a, \"b\"", nonce="n%d", opaque="o"`, d.nonce)
	if d.algorithm != "" {
		challenge += ", algorithm=" + d.algorithm
	}
	if d.qop != "" {
		challenge += fmt.Sprintf(", qop=%q", d.qop)
	}
	if ok && !d.quiet {
		challenge += ", stale=true"
	}
	w.Header().Set("WWW-Authenticate", challenge)
	w.WriteHeader(http.StatusUnauthorized)
}

func (d *digestDevice) expected(p map[string]string, r *http.Request) string {
	sum := func(s string) string {
		h := d.hash()
		_, _ = io.WriteString(h, s)
		return hex.EncodeToString(h.Sum(nil))
	}
	secret := sum(`Mufasa:a, "b":Circle of Life`)
	if strings.HasSuffix(d.algorithm, "-sess") {
		secret = sum(secret + ":" + p["nonce"] + ":" + p["cnonce"])
	}
	target := sum(r.Method + ":" + r.URL.RequestURI())
	if d.qop == "" {
		return sum(secret + ":" + p["nonce"] + ":" + target)
	}
	return sum(strings.Join([]string{secret, p["nonce"], p["nc"], p["cnonce"], "auth", target}, ":"))
}

func TestDigestInItsForms(t *testing.T) {
	for _, tt := range []*digestDevice{
		{algorithm: "", qop: "", hash: md5.New},
		{algorithm: "", qop: "auth", hash: md5.New},
		{algorithm: "MD5", qop: "auth,auth-int", hash: md5.New},
		{algorithm: "MD5-sess", qop: "auth", hash: md5.New},
		{algorithm: "SHA-256", qop: "auth", hash: sha256.New},
		{algorithm: "SHA-256-sess", qop: "auth", hash: sha256.New},
		{algorithm: "SHA-256", qop: "auth", hash: sha256.New, quiet: true},
	} {
		t.Run(fmt.Sprint(tt.algorithm, tt.qop, tt.quiet), func(t *testing.T) {
			tt.uses = 3
			f := newDevice(t).serve(t, tt).forward(t)
			resp, _ := fetch(t, f, get("/"))
			if c := resp.Challenge; c == nil || *c != (Challenge{Scheme: "digest", Realm: `a, "b"`}) {
				t.Fatalf("got %+v", c)
			}
			f.SetCredential("Mufasa", "wrong")
			if resp, _ := fetch(t, f, get("/")); resp.Challenge == nil || !resp.Challenge.Refused {
				t.Fatalf("got %d %+v for a wrong password, want it refused", resp.Status, resp.Challenge)
			}
			f.SetCredential("Mufasa", "Circle of Life")
			asked := tt.asked
			for i := range 7 {
				if resp, body := fetch(t, f, post("/x?y=1", "body")); resp.Status != 200 || body != "body" {
					t.Fatalf("request %d: got %d %q after %q", i, resp.Status, body, tt.seen)
				}
			}
			if n := tt.asked - asked; n != 2 {
				t.Errorf("the device asked %d times in 7 requests of 3 per nonce, want 2", n)
			}
		})
	}
}

// TestDigestOfTheRFC is the example of RFC 2617 §3.5, which RFC 7616 computes alike.
func TestDigestOfTheRFC(t *testing.T) {
	c := &challenge{scheme: "digest", params: map[string]string{
		"realm": "testrealm@host.com", "qop": "auth,auth-int",
		"nonce": "dcd98b7102dd2f0e8b11d0f600bfb0c093", "opaque": "5ccc069c403ebaf9f0171e9517f40e41",
	}}
	got := digest(c, "Mufasa", "Circle Of Life", "GET", "/dir/index.html", "0a4f113b", 1)
	want := `Digest username="Mufasa", realm="testrealm@host.com", nonce="dcd98b7102dd2f0e8b11d0f600bfb0c093", ` +
		`uri="/dir/index.html", qop=auth, nc=00000001, cnonce="0a4f113b", ` +
		`response="6629fae49393a05397450978507c4ef1", opaque="5ccc069c403ebaf9f0171e9517f40e41"`
	if got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
	c.params["userhash"] = "true" // RFC 7616 §3.4.4
	got = digest(c, "Mufasa", "Circle Of Life", "GET", "/", "0a4f113b", 1)
	if strings.Contains(got, "Mufasa") || !strings.Contains(got, "userhash=true") {
		t.Errorf("got %s, want the user's hash", got)
	}
}

func TestTheStrongestChallengeIsAnswered(t *testing.T) {
	h := Header{"Www-Authenticate": {
		`Negotiate, Basic realm="b"`,
		`Digest realm="d", nonce="1", algorithm=MD5, qop="auth", Digest realm="d", nonce="2", algorithm=SHA-256, qop="auth"`,
	}}
	if c := choose(h); c == nil || c.params["nonce"] != "2" {
		t.Errorf("got %+v", c)
	}
	h = Header{"Www-Authenticate": {`Newauth realm="apps", type=1, title="Login to \"apps\"", Basic realm="simple"`}}
	if c := choose(h); c == nil || c.scheme != "basic" || c.params["realm"] != "simple" {
		t.Errorf("got %+v", c)
	}
}

func TestErrorsHoldNoPassword(t *testing.T) {
	f := newDevice(t).answers(t, "garbage").forward(t)
	f.SetCredential("admin", "sesame")
	_, err := f.Do(testContext(t), get("/"))
	wantCode(t, err, wire.CodeForwardGarbage)
	if err != nil && strings.Contains(err.Error(), "sesame") {
		t.Errorf("got %v", err)
	}
}

func FuzzParseChallenges(f *testing.F) {
	for _, seed := range []string{
		`Basic realm="x"`, `Digest realm="a\"b", nonce=abc, qop="auth,auth-int", Basic`, `Negotiate YII=`, `a b="`, `,,=,`, "Digest nonce=\"\\",
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		if !isFieldValue(text) {
			return // no header can be that
		}
		if len(parseChallenges([]string{text, text})) > maxChallenges {
			t.Error("too many challenges")
		}
		c := choose(Header{"Www-Authenticate": {text}})
		if c == nil {
			return
		}
		s := &space{challenge: c}
		if p := s.prove(&credential{"u\"ser", "pass"}, get("/x")); !isFieldValue(p.header) {
			t.Errorf("got header %q", p.header)
		}
	})
}
