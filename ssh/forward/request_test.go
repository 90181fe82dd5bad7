package forward

import (
	"bufio"
	"io"
	"net"
	"strings"
	"testing"
)

// headOfRequest gives the bytes of the head that the device got.
func headOfRequest(t *testing.T, r *Request, change ...func(*Config)) string {
	t.Helper()
	got := make(chan string, 1)
	d := newDevice(t).script(t, func(c net.Conn, r *bufio.Reader) {
		var head strings.Builder
		for {
			line, err := r.ReadString('\n')
			head.WriteString(line)
			if err != nil || line == "\r\n" {
				break
			}
		}
		got <- head.String()
		_, _ = io.WriteString(c, "HTTP/1.1 204 No Content\r\n\r\n")
		_, _ = io.Copy(io.Discard, r)
	})
	fetch(t, d.forward(t, change...), r)
	return <-got
}

func TestTheDeviceSeesABrowserThatAskedItDirectly(t *testing.T) {
	tests := []struct {
		name    string
		request *Request
		has     []string
		not     []string
	}{
		{
			name: "a page's GET",
			request: &Request{
				Method: "GET", Path: "/a%20b?c=d&e", Size: -1, Referrer: ownOrigin + "/from?x#part",
				Header: Header{
					"User-Agent": {"Browser/1"}, "Accept-Language": {"de"}, "X-Own": {"1"},
					"Sec-Fetch-Mode": {"cors"}, "Sec-Ch-Ua": {"x"}, "Connection": {"X-Hop"}, "X-Hop": {"1"},
					"Proxy-Authorization": {"x"}, "Cookie": {"own=1"}, "Host": {"evil"}, "Te": {"trailers"},
					"Expect": {"100-continue"}, "Transfer-Encoding": {"chunked"}, "Content-Length": {"5"},
				},
			},
			has: []string{
				"GET /a%20b?c=d&e HTTP/1.1\r\nHost: localhost:1880\r\n", "User-Agent: Browser/1\r\n", "Accept-Language: de\r\n",
				"X-Own: 1\r\n", "Accept-Encoding: gzip\r\n", "Referer: http://localhost:1880/from?x\r\n",
			},
			not: []string{"Sec-", "Hop", "Proxy", "Cookie", "evil", "Te:", "Expect", "Transfer", "Content-Length", "Origin"},
		},
		{
			name: "a form of the page", request: &Request{Method: "POST", Path: "/", Body: strings.NewReader("x"), Size: 1, Referrer: ownOrigin + "/"},
			has: []string{"Origin: http://localhost:1880\r\n", "Referer: http://localhost:1880/\r\n", "Content-Length: 1\r\n"},
			not: []string{"User-Agent"},
		},
		{
			name: "the forward's own Origin", request: &Request{Method: "GET", Path: "/", Size: -1, Header: Header{"Origin": {ownOrigin}}},
			has: []string{"Origin: http://localhost:1880\r\n"},
			not: []string{"Referer"},
		},
		{
			name: "a foreign Origin and Referer",
			request: &Request{
				Method: "POST", Path: "/", Size: 0, Referrer: ownOrigin + ".evil.example/",
				Header: Header{"Origin": {"https://evil.example"}},
			},
			has: []string{"Origin: https://evil.example\r\n", "Content-Length: 0\r\n"},
			not: []string{"Referer"},
		},
		{
			name: "a range", request: &Request{Method: "GET", Path: "/", Size: -1, Header: Header{"Range": {"bytes=0-1"}}},
			has: []string{"Range: bytes=0-1\r\n", "Accept-Encoding: identity\r\n"},
		},
		{name: "a path of two slashes", request: get("//double/x?y"), has: []string{"GET //double/x?y HTTP/1.1\r\n"}},
		{name: "encoded bytes after two slashes", request: get("//a%2fb|c"), has: []string{"GET //a%2fb|c HTTP/1.1\r\n"}},
		{name: "bytes that browsers leave alone", request: get("/a|b[c]?{\"q\"}"), has: []string{"GET /a|b[c]?{\"q\"} HTTP/1.1\r\n"}},
		{
			name: "a header outside ASCII", request: &Request{Method: "GET", Path: "/", Size: -1, Header: Header{"X": {"Gr\xfc\xdfe"}}},
			has: []string{"X: Gr\xfc\xdfe\r\n"},
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			head := headOfRequest(t, tt.request)
			for _, want := range tt.has {
				if !strings.Contains(head, want) {
					t.Errorf("got %q, want %q in it", head, want)
				}
			}
			for _, not := range tt.not {
				if strings.Contains(head, not) {
					t.Errorf("got %q, want no %q in it", head, not)
				}
			}
		})
	}
}

func TestHostHasThePortUnlessItIsTheSchemesOwn(t *testing.T) {
	for want, target := range map[string]Target{
		"localhost":      {"http", "localhost", 80},
		"[::1]":          {"http", "::1", 80},
		"[::1]:8080":     {"http", "::1", 8080},
		"router.lan:443": {"http", "router.lan", 443},
		"[fe80::1]:8080": {"http", "fe80::1%eth0", 8080},
	} {
		head := headOfRequest(t, get("/"), func(c *Config) { c.Target = target })
		if !strings.Contains(head, "\r\nHost: "+want+"\r\n") {
			t.Errorf("got %q, want Host %s", head, want)
		}
	}
}

func TestHopByHopHeadersOfAnAnswerStayHere(t *testing.T) {
	f := newDevice(t).answers(t, "HTTP/1.1 200 OK\r\nConnection: X-Hop\r\nX-Hop: 1\r\nKeep-Alive: timeout=5\r\nUpgrade: h2c\r\n"+
		"Set-Cookie: a=b\r\nX-Own: 1\r\nContent-Length: 0\r\n\r\n").forward(t)
	resp, _ := fetch(t, f, get("/"))
	for _, name := range []string{"Connection", "X-Hop", "Keep-Alive", "Upgrade", "Set-Cookie"} {
		if resp.Header[name] != nil {
			t.Errorf("got %s: %v", name, resp.Header[name])
		}
	}
	if resp.Header.Get("X-Own") != "1" || resp.Header.Get("Content-Length") != "0" {
		t.Errorf("got %v", resp.Header)
	}
}

func TestNewRefusesWhatIsNoTarget(t *testing.T) {
	dial := newDevice(t).dial
	for name, c := range map[string]Config{
		"another scheme":       {Target: Target{"ftp", "localhost", 21}, Dial: dial},
		"no host":              {Target: Target{"http", "", 80}, Dial: dial},
		"a host with a path":   {Target: Target{"http", "a/b", 80}, Dial: dial},
		"a host of two lines":  {Target: Target{"http", "a\r\nX: y", 80}, Dial: dial},
		"a host as it is said": {Target: Target{"http", "gerät.lan", 80}, Dial: dial}, // browsers have it in ASCII
		"no port":              {Target: Target{"http", "localhost", 0}, Dial: dial},
		"too high a port":      {Target: Target{"http", "localhost", 65536}, Dial: dial},
		"no dialer":            {Target: Target{"http", "localhost", 80}},
	} {
		_, err := New(c)
		t.Run(name, func(t *testing.T) { wantCode(t, err, "invalid") })
	}
}
