package weblogin

import (
	"context"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
)

// FuzzCallback: whoever does not know the state ends nothing, and nothing of a request
// stands in the page that answers it.
func FuzzCallback(f *testing.F) {
	const state = "w7Yq3lbn0PzvX1sMdkq9AQ"
	f.Add("127.0.0.1:7", callbackPath, "state="+state+"&code=abc")
	f.Add("127.0.0.1:7", callbackPath, "state="+state+"&error=access_denied")
	f.Add("127.0.0.1:7", callbackPath, "state="+state+"&state=x&code=abc")
	f.Add("evil.example", callbackPath, "state="+state+"&code=abc")
	f.Add("127.0.0.1:7", "/", "code=<script>alert(1)</script>")
	f.Add("127.0.0.1:7", callbackPath, "state=&code=%00;code=x")
	f.Fuzz(func(t *testing.T, host, path, query string) {
		redeemed := ""
		c := &callback{
			host: "127.0.0.1:7", state: state, done: make(chan error, 1),
			redeem: func(_ context.Context, a Answer) error {
				redeemed = a.Code
				return nil
			},
		}
		r := httptest.NewRequest(http.MethodGet, "http://127.0.0.1:7/", nil)
		r.Host, r.URL = host, &url.URL{Path: path, RawQuery: query}
		w := httptest.NewRecorder()
		c.ServeHTTP(w, r)
		ended := len(c.done) > 0
		values, _ := url.ParseQuery(query)
		knows := host == c.host && path == callbackPath && len(values["state"]) == 1 && values.Get("state") == state
		if ended && !knows || redeemed != "" && (redeemed != values.Get("code") || !knows) {
			t.Errorf("ended %t, redeemed %q by a request to %s %s?%s", ended, redeemed, host, path, query)
		}
		if !ended && w.Code < 400 {
			t.Errorf("status %d for what changed nothing", w.Code)
		}
		if strings.Contains(w.Body.String(), "<script") {
			t.Error("the page has what the request said")
		}
	})
}
