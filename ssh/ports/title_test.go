package ports

import (
	"strings"
	"testing"
	"unicode/utf8"
)

func TestTitles(t *testing.T) {
	const head = "HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n\r\n"
	tests := map[string]struct{ answer, want string }{
		"plain":           {head + "<title>Node-RED</title>", "Node-RED"},
		"upper case":      {head + "<HTML><TITLE LANG=en>Router</TITLE>", "Router"},
		"other tag first": {head + "<titlebar>no</titlebar><title>yes</title>", "yes"},
		"white space":     {head + "<title>\r\n  two\t words \n</title>", "two words"},
		"entities":        {head + "<title>A&amp;B &lt;1&gt; &#8364;&#x1F600; &Uuml;&nbsp;&bogus; &#0; &</title>", "A&B <1> €😀 Ü &bogus; &"},
		"Latin-1":         {head + "<title>Gef\xe4\xdf</title>", "Gefäß"},
		"UTF-8":           {head + "<title>Gefäß</title>", "Gefäß"},
		"escapes":         {head + "<title>a\x1b[31mb&#27;[0m\u202ec</title>", "a[31mb[0mc"},
		"long":            {head + "<title>" + strings.Repeat("ü", 200) + "</title>", strings.Repeat("ü", 79) + "…"},
		"cut":             {head + "<title>Node", ""},
		"in the head":     {"HTTP/1.1 200 OK\r\nX: <title>no</title>", ""},
		"chunked": {
			"HTTP/1.1 200 OK\r\nTransfer-Encoding:  Chunked\r\n\r\n9\r\n<title>No\r\n5;x=1\r\nde-RE\r\n9\r\nD</title>\r\n0\r\n\r\n",
			"Node-RED",
		},
		"chunks out of order": {"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nZ\r\n<title>No</title>", ""},
		"lower case grows":    {head + strings.Repeat("\u2126\u212a", 50) + "<TITLE>kept</TITLE>", "kept"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			if got := title([]byte(test.answer)); got != test.want {
				t.Errorf("got %q, want %q", got, test.want)
			}
		})
	}
}

func FuzzAnswer(f *testing.F) {
	f.Add([]byte("HTTP/1.1 200 OK\r\n\r\n<title>a&amp;b</title>"))
	f.Add([]byte("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n9\r\n<title>No\r\n5;x=1\r\nde-RE\r\n9\r\nD</title>\r\n0\r\n\r\n"))
	f.Add([]byte("HTTP/1.1 400 Bad\r\n\r\nClient sent an HTTP request to an HTTPS server."))
	f.Add([]byte("\x15\x03\x01\x00\x02\x02\x46"))
	f.Fuzz(func(t *testing.T, b []byte) {
		got := classify(b)
		if !isText(got.Title) || utf8.RuneCountInString(got.Title) > maxTitle {
			t.Errorf("title %q", got.Title)
		}
		if (got.Status != 0) != (got.Kind == KindHTTP) {
			t.Errorf("unsound result %+v", got)
		}
		enough(b, len(b)/2)
	})
}
