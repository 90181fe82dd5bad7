package commands

import (
	"testing"
)

func TestParseForward(t *testing.T) {
	for text, want := range map[string]string{ // local and remote
		"localhost:80":                "127.0.0.1:0 localhost:80",
		"8080:db.example:5432":        "127.0.0.1:8080 db.example:5432",
		"0.0.0.0:8080:10.0.0.1:80":    "0.0.0.0:8080 10.0.0.1:80",
		"[::1]:8080:[2001:db8::1]:80": "[::1]:8080 [2001:db8::1]:80",
		"[2001:db8::1]:80":            "127.0.0.1:0 [2001:db8::1]:80",
		"80":                          "", "": "", ":80": "", "h:0": "", "h:x": "", "x:h:1": "", "[::1:80": "", "[::1]x:80": "", "a:1:b:2:c": "", "h:80:": "",
	} {
		f, err := parseForward(text)
		switch {
		case err != nil && want != "":
			t.Errorf("%q: %v", text, err)
		case err == nil && f.local.String()+" "+f.address() != want:
			t.Errorf("%q: got %s %s, want %q", text, f.local, f.address(), want)
		}
	}
}

func FuzzParseForward(f *testing.F) {
	f.Add("[::1]:8080:[2001:db8::1]:80")
	f.Fuzz(func(t *testing.T, text string) {
		got, err := parseForward(text)
		if err == nil && (got.port < 1 || got.port > 65535 || got.host == "") {
			t.Errorf("%q: got %+v", text, got)
		}
	})
}

func TestWhatIsShownCannotMoveTheCursor(t *testing.T) {
	for name, want := range map[string]string{
		"plain": "plain", "two words": "two words", `a"b`: `"a\"b"`, "ünï": "ünï", "a\x1b[2Jb": `"a\x1b[2Jb"`, "\xff": `"\xff"`, "a\nb": `"a\nb"`,
	} {
		if got := visible(name); got != want {
			t.Errorf("%q: got %s, want %s", name, got, want)
		}
	}
}
