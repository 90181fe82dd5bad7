package demodevice

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/coder/websocket"
)

func TestForwardsReachThePageAndNothingAway(t *testing.T) {
	d := newDouble(t)
	device := demo(t, d, nil)
	c := mustSignIn(t, d, device)
	for _, away := range []string{"192.0.2.1:80", "0.0.0.0:80", "[::]:80", ":80", "[::ffff:192.0.2.1]:80", "169.254.169.254:80"} {
		if conn, err := c.Dial("tcp", away); err == nil {
			_ = conn.Close()
			t.Errorf("%s: a forward to another machine was opened", away)
		}
	}
	client := &http.Client{Transport: &http.Transport{
		DialContext:       func(_ context.Context, network, address string) (net.Conn, error) { return c.Dial(network, address) },
		DisableKeepAlives: true,
	}}
	base := "http://localhost:" + fmt.Sprint(device.PageAddr.Port)
	resp, err := client.PostForm(base+"/label", url.Values{"label": {"<b>Pump 7</b>"}})
	if err != nil {
		t.Fatal(err)
	}
	body, err := io.ReadAll(resp.Body)
	_ = resp.Body.Close()
	if err != nil || resp.StatusCode != http.StatusOK || !strings.Contains(string(body), "&lt;b&gt;Pump 7&lt;/b&gt;") {
		t.Errorf("got %d %q, %v, want the page with the label escaped", resp.StatusCode, body, err)
	}
	resp, err = client.Get(base + "/events")
	if err != nil {
		t.Fatal(err)
	}
	line, err := bufio.NewReader(resp.Body).ReadString('\n')
	_ = resp.Body.Close()
	if err != nil || !strings.HasPrefix(line, `data: {"uptime":"`) {
		t.Errorf("got event %q, %v", line, err)
	}
}

func TestThePagesWebsocketTellsTheTimeAndSendsBack(t *testing.T) {
	p, addr, err := startPage(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer p.close()
	target := "ws://" + addr.String() + "/ws"
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
	defer cancel()
	if conn, _, err := websocket.Dial(ctx, target, &websocket.DialOptions{HTTPHeader: http.Header{"Origin": {"https://evil.example"}}}); err == nil {
		_ = conn.CloseNow()
		t.Error("a foreign page may open the websocket")
	}
	conn, _, err := websocket.Dial(ctx, target, nil)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = conn.CloseNow() }()
	if err := conn.Write(ctx, websocket.MessageText, []byte("said hello")); err != nil {
		t.Fatal(err)
	}
	told, said := 0, false
	for !said || told < 2 {
		_, data, err := conn.Read(ctx)
		if err != nil {
			t.Fatalf("read: %v", err)
		}
		if strings.HasPrefix(string(data), "time ") {
			told++
		}
		said = said || string(data) == "said hello"
	}
	p.close() // ends the websocket too, or the test has a leak
	if _, _, err := conn.Read(ctx); err == nil {
		t.Error("the websocket outlived the page")
	}
}

func TestThePageCountsTheVisitsOfABrowser(t *testing.T) {
	p, addr, err := startPage(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer p.close()
	jar, err := cookiejar.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	client := &http.Client{Jar: jar, Transport: &http.Transport{DisableKeepAlives: true}}
	for _, want := range []string{"1", "2", "3"} {
		resp, err := client.Get("http://" + addr.String() + "/")
		if err != nil {
			t.Fatal(err)
		}
		body, err := io.ReadAll(resp.Body)
		_ = resp.Body.Close()
		if err != nil || !strings.Contains(string(body), `id="visits">`+want+`<`) {
			t.Errorf("visit %s: got %q, %v", want, body, err)
		}
	}
}

func TestPageAnswersToItselfOnly(t *testing.T) {
	p := &page{}
	for name, c := range map[string]struct {
		host, origin string
		label        string
		want         int
	}{
		"loopback name":       {"localhost:1", "", "ok", http.StatusSeeOther},
		"loopback address":    {"[::1]:1", "", "ok", http.StatusSeeOther},
		"DNS rebinding":       {"evil.example", "", "ok", http.StatusMisdirectedRequest},
		"foreign page's form": {"localhost:1", "https://evil.example", "ok", http.StatusForbidden},
		"empty label":         {"localhost:1", "", "", http.StatusBadRequest},
		"label too long":      {"localhost:1", "", strings.Repeat("x", maxLabel+1), http.StatusBadRequest},
		"form too large":      {"localhost:1", "", strings.Repeat("x", 5000), http.StatusRequestEntityTooLarge},
	} {
		t.Run(name, func(t *testing.T) {
			r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, "/label", strings.NewReader(url.Values{"label": {c.label}}.Encode()))
			if err != nil {
				t.Fatal(err)
			}
			r.Host = c.host
			r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
			if c.origin != "" {
				r.Header.Set("Origin", c.origin)
			}
			w := httptest.NewRecorder()
			p.handler().ServeHTTP(w, r)
			if w.Code != c.want {
				t.Errorf("got %d, want %d", w.Code, c.want)
			}
		})
	}
}

// A name passes the first check, because nobody knows yet where it leads: what it
// resolved to is checked when it is dialled.
func TestANameThatLeadsAwayIsNotDialled(t *testing.T) {
	if err := directToSelf("device.example", 80); err != nil {
		t.Fatalf("names are decided by the dial: %v", err)
	}
	conn, err := dialSelf(t.Context(), "tcp", "192.0.2.1:80")
	if err == nil {
		_ = conn.Close()
	}
	if err == nil || !strings.Contains(err.Error(), errForwardAway.Error()) {
		t.Errorf("got %v, want %v", err, errForwardAway)
	}
}
