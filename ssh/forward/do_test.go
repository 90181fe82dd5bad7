package forward

import (
	"fmt"
	"io"
	"net/http"
	"testing"
)

func TestSequentialRequestsShareOneConnection(t *testing.T) {
	d := newDevice(t).serve(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		fmt.Fprintf(w, "%s %s", r.Method, r.URL)
	}))
	f := d.forward(t)
	for i := range 50 {
		path := fmt.Sprintf("/page?n=%d", i)
		resp, body := fetch(t, f, get(path))
		if resp.Status != 200 || resp.StatusText != "OK" || body != "GET "+path {
			t.Fatalf("got %d %s %q", resp.Status, resp.StatusText, body)
		}
	}
	if n := d.dials.Load(); n != 1 {
		t.Errorf("got %d dials, want 1", n)
	}
	if s := f.Stats(); s.Connections != 1 || s.Dials != 1 || s.BytesIn == 0 || s.BytesOut == 0 {
		t.Errorf("got %+v", s)
	}
}

func TestUploadHasContentLength(t *testing.T) {
	d := newDevice(t).serve(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		n, err := io.Copy(io.Discard, r.Body)
		fmt.Fprint(w, r.ContentLength, n, err, r.TransferEncoding)
	}))
	f := d.forward(t)
	const size = 5 << 20
	_, body := fetch(t, f, &Request{Method: "POST", Path: "/", Body: io.LimitReader(zeros{}, size), Size: size})
	if want := fmt.Sprint(size, size, nil, []string{}); body != want {
		t.Errorf("got %s, want %s", body, want)
	}
	if _, body := fetch(t, f, &Request{Method: "POST", Path: "/", Size: 0}); body != fmt.Sprint(0, 0, nil, []string{}) {
		t.Errorf("got %s for an empty body", body)
	}
}

type zeros struct{}

func (zeros) Read(p []byte) (int, error) { clear(p); return len(p), nil }
