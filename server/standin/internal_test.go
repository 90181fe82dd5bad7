package standin

import (
	"bytes"
	"net/http"
	"net/url"
	"testing"
	"testing/synctest"
	"time"
)

// FuzzQuery: any text is refused or gives a query that can be evaluated.
func FuzzQuery(f *testing.F) {
	for _, s := range []string{
		"(name eq 'dev01') and has(c8y_IsDevice)", "$filter=name eq 'a''b*' $orderby=name desc,id", "not(a.b eq 1 or c le true)",
		"creationTime.date gt '2020-01-01T00:00:00+01:00'", "((((", "'", "$orderby=", "name eq nan", "has(has)", "\xff eq '\xff'",
	} {
		f.Add(s)
	}
	d := &device{id: "1", number: 1, name: "it's", kind: "t", serial: "s"}
	f.Fuzz(func(t *testing.T, s string) {
		q, err := parseQuery(s)
		if err != nil {
			if err.Error() == "" {
				t.Error("an error without text")
			}
			return
		}
		r := record{d, time.Time{}}
		if q.filter != nil {
			q.filter.match(r)
		}
		sortRecords([]record{r, r}, q.order)
	})
}

// FuzzCredentials: no text signs anybody in, and none panics.
func FuzzCredentials(f *testing.F) {
	for _, s := range []string{"Basic x", "Bearer a.b.c", "Basic ZGVtbzpwdw==", "token", "%zz", "Bearer+x", "basic "} {
		f.Add(s)
	}
	p, err := New(Options{Users: []User{{Name: "demo", Password: "a password that no fuzzer finds"}}})
	if err != nil {
		f.Fatal(err)
	}
	f.Cleanup(func() { _ = p.Close() })
	f.Fuzz(func(t *testing.T, s string) {
		for _, r := range []*http.Request{
			{Header: http.Header{"Authorization": {s}}, URL: &url.URL{}},
			{Header: http.Header{}, URL: &url.URL{RawQuery: "token=" + s}},
			{Header: http.Header{"Cookie": {"authorization=" + s}}, URL: &url.URL{}},
		} {
			if who, err := p.authenticate(r); err == nil {
				t.Errorf("%q signed in %s", s, who.name)
			}
		}
	})
}

func TestBacklogKeepsOrderAndBound(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		const limit = 100_000
		b := newBacklog(limit)
		data := bytes.Repeat([]byte("0123456789abcdef"), 40_000)
		go func() {
			for rest := data; len(rest) > 0; {
				n := min(len(rest), 7001)
				if !b.write(rest[:n]) {
					t.Error("write refused")
				}
				rest = rest[n:]
			}
			b.finish()
		}()
		synctest.Wait() // the writer is stopped
		if b.size != limit {
			t.Errorf("holds %d bytes, want %d", b.size, limit)
		}
		var got []byte
		for {
			c, ok := b.next()
			if !ok {
				break
			}
			got = append(got, c.payload()...)
			chunks.Put(c)
			if b.mu.Lock(); b.size > limit {
				t.Errorf("holds %d bytes", b.size)
			}
			b.mu.Unlock()
		}
		if !bytes.Equal(got, data) {
			t.Errorf("%d bytes came out of %d, or in another order", len(got), len(data))
		}
		if b.queue != nil {
			t.Error("an empty backlog holds buffers")
		}
	})
}

func TestBacklogSharesChunksAmongKeystrokes(t *testing.T) {
	b := newBacklog(1000)
	for range 1000 {
		b.write([]byte{'k'})
	}
	if len(b.queue) != 1 {
		t.Errorf("1000 keystrokes hold %d chunks", len(b.queue))
	}
}

func TestClosedBacklogUnblocksEverybody(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		full, empty := newBacklog(1), newBacklog(1)
		ends := make(chan bool, 2)
		go func() { ends <- full.write([]byte("ab")) }()
		go func() { _, ok := empty.next(); ends <- ok }()
		synctest.Wait()
		full.close()
		empty.close()
		if first, second := <-ends, <-ends; first || second {
			t.Error("a closed backlog reported success")
		}
		if full.size != 0 || full.write([]byte("c")) {
			t.Error("a closed backlog holds or takes bytes")
		}
	})
}

func TestPageCut(t *testing.T) {
	for _, tc := range []struct{ size, current, n, from, to int }{
		{5, 1, 0, 0, 0}, {5, 1, 3, 0, 3}, {5, 2, 10, 5, 10}, {5, 3, 10, 10, 10}, {5, 2, 7, 5, 7}, {2000, 1 << 30, 7, 7, 7}, {1, 7, 7, 6, 7},
	} {
		if from, to := (page{size: tc.size, current: tc.current}).cut(tc.n); from != tc.from || to != tc.to {
			t.Errorf("%+v: got %d, %d", tc, from, to)
		}
	}
}
