package hostkey

import (
	"bytes"
	"crypto/ed25519"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha1"
	"encoding/base64"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	gossh "golang.org/x/crypto/ssh"
)

const device1 = "[localhost.1234.t1]:22"

func newSigner(tb testing.TB) gossh.Signer {
	tb.Helper()
	_, private, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		tb.Fatal(err)
	}
	signer, err := gossh.NewSignerFromKey(private)
	if err != nil {
		tb.Fatal(err)
	}
	return signer
}

func newKey(tb testing.TB) gossh.PublicKey {
	tb.Helper()
	return newSigner(tb).PublicKey()
}

func keyText(key gossh.PublicKey) string {
	return strings.TrimSpace(string(gossh.MarshalAuthorizedKey(key)))
}

func hashed(name string) string {
	salt := []byte("0123456789abcdefghij")
	mac := hmac.New(sha1.New, salt)
	mac.Write([]byte(name))
	enc := base64.StdEncoding.EncodeToString
	return "|1|" + enc(salt) + "|" + enc(mac.Sum(nil))
}

func TestDecide(t *testing.T) {
	key, other := newKey(t), newKey(t)
	const k, o = "KEY", "OTHER"
	tests := map[string]struct {
		text string
		want Outcome
	}{
		"empty":                     {"", Unknown},
		"comments":                  {"# hello\n\n   \n", Unknown},
		"known":                     {device1 + " " + k + "\n", Match},
		"known, with comment":       {device1 + " " + k + " written by hand, 2026\n", Match},
		"known, no line end":        {device1 + " " + k, Match},
		"known, CRLF":               {device1 + " " + k + "\r\n", Match},
		"known, upper case":         {strings.ToUpper(device1) + " " + k, Match},
		"known among others":        {"a,b," + device1 + ",c " + k, Match},
		"changed":                   {device1 + " " + o, Changed},
		"known and another":         {device1 + " " + o + "\n" + device1 + " " + k, Match},
		"other port":                {"[localhost.1234.t1]:2222 " + o, Unknown},
		"other device":              {"[localhost.1235.t1]:22 " + o, Unknown},
		"plain localhost":           {"localhost " + o, Unknown},
		"wildcard":                  {"[*.t1]:22 " + k, Match},
		"wildcard, changed":         {"* " + o, Changed},
		"question mark":             {"[localhost.123?.t1]:22 " + k, Match},
		"negated":                   {"*,!" + device1 + " " + o, Unknown},
		"negated before":            {"!" + device1 + ",* " + o, Unknown},
		"negated, of another":       {"*,!example " + k, Match},
		"hashed":                    {hashed(device1) + " " + k, Match},
		"hashed, changed":           {hashed(device1) + " " + o, Changed},
		"hashed, other":             {hashed("other") + " " + o, Unknown},
		"broken hash":               {"|1|AAAA " + o, Unknown},
		"unknown hash":              {"|2|AAAA|AAAA " + o, Unknown},
		"revoked":                   {"@revoked " + device1 + " " + k, Revoked},
		"revoked, although known":   {device1 + " " + k + "\n@revoked * " + k, Revoked},
		"revoked, another key":      {"@revoked * " + o + "\n" + device1 + " " + k, Match},
		"revoked, another device":   {"@revoked other " + k, Unknown},
		"authority, plain key":      {"@cert-authority * " + k, Unknown},
		"unknown marker":            {"@trusted * " + k, Unknown},
		"bad line, then a good":     {"nonsense\n" + device1 + " " + k, Match},
		"bad base64, then a good":   {device1 + " ssh-ed25519 %%%%\n" + device1 + " " + k, Match},
		"type and key contradict":   {device1 + " " + o + "\n" + device1 + " ssh-rsa " + strings.Fields(keyText(key))[1], Changed},
		"name without key":          {device1, Unknown},
		"line of a hundred kB":      {device1 + " " + k + " " + strings.Repeat("x", 100_000), Unknown},
		"lines after it still hold": {strings.Repeat("x", 100_000) + "\n" + device1 + " " + k, Match},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			text := strings.NewReplacer(k, keyText(key), o, keyText(other)).Replace(test.text)
			f := Parse([]byte(text))
			if got := f.Decide(device1, key); got.Outcome != test.want {
				t.Errorf("got %v, want %v for\n%s", got.Outcome, test.want, text)
			} else if got.Outcome == Changed && got.Known[0].Fingerprint != gossh.FingerprintSHA256(other) {
				t.Errorf("got known %v, want the other key", got.Known)
			}
			if !bytes.Equal(f.text(), []byte(text)) {
				t.Errorf("the text changed by parsing")
			}
		})
	}
}

func TestBadLinesAreWarnedOfByNumber(t *testing.T) {
	f := Parse([]byte("# fine\nnonsense\n@odd * " + keyText(newKey(t)) + "\n" + device1 + " ssh-ed25519 AAAA\n"))
	if len(f.Warnings) != 3 {
		t.Fatalf("got warnings %v, want 3", f.Warnings)
	}
	for i, want := range []string{"line 2", "line 3", "line 4"} {
		if !strings.Contains(f.Warnings[i].Error(), want) {
			t.Errorf("got %q, want it to name %s", f.Warnings[i], want)
		}
	}
}

func hostCertificate(t *testing.T, ca gossh.Signer, change func(*gossh.Certificate)) *gossh.Certificate {
	t.Helper()
	cert := &gossh.Certificate{
		Key: newKey(t), CertType: gossh.HostCert, ValidPrincipals: []string{device1},
		ValidAfter: 0, ValidBefore: gossh.CertTimeInfinity,
	}
	change(cert)
	if err := cert.SignCert(rand.Reader, ca); err != nil {
		t.Fatal(err)
	}
	return cert
}

func TestHostCertificates(t *testing.T) {
	ca, stranger := newSigner(t), newSigner(t)
	authority := "@cert-authority * " + keyText(ca.PublicKey()) + "\n"
	now := uint64(time.Now().Unix())
	tests := map[string]struct {
		text   string
		ca     gossh.Signer
		change func(*gossh.Certificate)
		want   Outcome
	}{
		"the whole name":       {authority, ca, func(*gossh.Certificate) {}, Match},
		"without port":         {authority, ca, func(c *gossh.Certificate) { c.ValidPrincipals = []string{"x", "localhost.1234.t1"} }, Match},
		"just localhost":       {authority, ca, func(c *gossh.Certificate) { c.ValidPrincipals = []string{"localhost"} }, BadCertificate},
		"another device":       {authority, ca, func(c *gossh.Certificate) { c.ValidPrincipals = []string{"localhost.1235.t1"} }, BadCertificate},
		"made out to nobody":   {authority, ca, func(c *gossh.Certificate) { c.ValidPrincipals = nil }, BadCertificate},
		"for a user":           {authority, ca, func(c *gossh.Certificate) { c.CertType = gossh.UserCert }, BadCertificate},
		"expired":              {authority, ca, func(c *gossh.Certificate) { c.ValidBefore = now - 60 }, BadCertificate},
		"not valid yet":        {authority, ca, func(c *gossh.Certificate) { c.ValidAfter = now + 3600 }, BadCertificate},
		"unknown authority":    {authority, stranger, func(*gossh.Certificate) {}, Unknown},
		"revoked authority":    {"@revoked * " + keyText(ca.PublicKey()) + "\n" + authority, ca, func(*gossh.Certificate) {}, Revoked},
		"authority of another": {"@cert-authority other " + keyText(ca.PublicKey()), ca, func(*gossh.Certificate) {}, Unknown},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			cert := hostCertificate(t, test.ca, test.change)
			got := Parse([]byte(test.text)).Decide(device1, cert)
			if got.Outcome != test.want {
				t.Errorf("got %v (%s), want %v", got.Outcome, got.Reason, test.want)
			}
		})
	}
	t.Run("forged signature", func(t *testing.T) {
		cert := hostCertificate(t, ca, func(*gossh.Certificate) {})
		cert.ValidPrincipals = append(cert.ValidPrincipals, "more")
		if got := Parse([]byte(authority)).Decide(device1, cert).Outcome; got != BadCertificate {
			t.Errorf("got %v, want %v", got, BadCertificate)
		}
	})
	t.Run("revoked key within", func(t *testing.T) {
		cert := hostCertificate(t, ca, func(*gossh.Certificate) {})
		text := authority + "@revoked * " + keyText(cert.Key) + "\n"
		if got := Parse([]byte(text)).Decide(device1, cert).Outcome; got != Revoked {
			t.Errorf("got %v, want %v", got, Revoked)
		}
	})
	t.Run("pinned key within, no authority", func(t *testing.T) {
		cert := hostCertificate(t, ca, func(*gossh.Certificate) {})
		text := Add(nil, device1, cert)
		if got := Parse(text).Decide(device1, cert).Outcome; got != Match {
			t.Errorf("got %v, want %v", got, Match)
		}
	})
	t.Run("host of a configuration that is no loopback", func(t *testing.T) {
		cert := hostCertificate(t, ca, func(c *gossh.Certificate) { c.ValidPrincipals = []string{"plc.example"} })
		f := Parse([]byte(authority))
		if got := f.Decide(Name("t1", "1234", "plc.example", 22), cert).Outcome; got != Match {
			t.Errorf("got %v, want %v", got, Match)
		}
	})
}

func TestKnownAlgorithms(t *testing.T) {
	key := newKey(t)
	f := Parse([]byte(device1 + " " + keyText(key) + "\n" + device1 + " " + keyText(newKey(t)) + "\nother " + keyText(newKey(t))))
	if got := f.KnownAlgorithms(device1); !slices.Equal(got, []string{"ssh-ed25519"}) {
		t.Errorf("got %v", got)
	}
	if got := f.KnownAlgorithms("nobody"); len(got) != 0 {
		t.Errorf("got %v of an unknown name", got)
	}
	f = Parse([]byte("@cert-authority [*.t1]:* " + keyText(key)))
	if got := f.KnownAlgorithms(device1); !slices.Contains(got, gossh.CertAlgoED25519v01) {
		t.Errorf("got %v, want certificates asked for", got)
	}
}

func TestAddRemoveList(t *testing.T) {
	key1, key2 := newKey(t), newKey(t)
	const odd = "# a comment\n  \nnonsense that stays\n@cert-authority * "
	start := odd + keyText(newKey(t)) + " the CA\nshared," + device1 + " " + keyText(key1) + "  note" // no line end
	text := Add([]byte(start), device1, key2)
	if got, want := string(text), start+"\n"+device1+" "+keyText(key2)+"\n"; got != want {
		t.Fatalf("got\n%s\nwant\n%s", got, want)
	}
	if again := Add(text, device1, key2); !bytes.Equal(again, text) {
		t.Errorf("a known key was added again")
	}
	text = Add(text, "[localhost.1234.t1]:2222", key2)
	text = Add(text, "[localhost.12345.t1]:22", key2)
	text = append(text, hashed(device1)+" "+keyText(key2)+"\n"...)

	got := Parse(text).List("t1", "1234")
	want := []KnownHost{knownHost(device1, key1), knownHost(device1, key2), knownHost("[localhost.1234.t1]:2222", key2)}
	if !slices.Equal(got, want) {
		t.Errorf("got list %v, want %v", got, want)
	}

	text, n := Remove(text, device1, gossh.FingerprintSHA256(key2))
	if n != 2 { // the plain line and the hashed one
		t.Errorf("removed %d lines, want 2", n)
	}
	if v := Parse(text).Decide(device1, key2); v.Outcome != Changed || len(v.Known) != 1 {
		t.Errorf("got %+v after removal, want the first key only", v)
	}
	text, n = Remove(text, device1, "")
	if n != 1 || Parse(text).Decide(device1, key1).Outcome != Unknown {
		t.Errorf("removed %d lines, want the rest gone", n)
	}
	for _, kept := range []string{odd, " the CA\n", "shared " + keyText(key1) + "  note\n", "[localhost.1234.t1]:2222 ", "[localhost.12345.t1]:22 "} {
		if !strings.Contains(string(text), kept) {
			t.Errorf("lost %q from\n%s", kept, text)
		}
	}
	if _, n = Remove(text, device1, ""); n != 0 {
		t.Errorf("removed %d lines of an unknown name", n)
	}
}

func TestRemoveLeavesWhatOthersMeant(t *testing.T) {
	key := keyText(newKey(t))
	text := "* " + key + "\n@revoked " + device1 + " " + key + "\n@cert-authority " + device1 + " " + key + "\n"
	if out, n := Remove([]byte(text), device1, ""); n != 0 || string(out) != text {
		t.Errorf("removed %d lines:\n%s", n, out)
	}
}

func FuzzKnownHosts(f *testing.F) {
	key := newKey(f)
	f.Add([]byte(device1 + " " + keyText(key) + "\n"))
	f.Add([]byte("@revoked *,!a " + keyText(key) + "\r\n\n#\n|1|a|b x y"))
	f.Add([]byte(fmt.Sprintf("%s,a?b*c %s", hashed("x"), keyText(key))))
	f.Fuzz(func(t *testing.T, text []byte) {
		parsed := Parse(text)
		if !bytes.Equal(parsed.text(), text) {
			t.Fatalf("text changed by parsing")
		}
		before := parsed.Decide(device1, key).Outcome
		parsed.KnownAlgorithms(device1)
		parsed.List("t1", "1234")
		added := Add(text, device1, key)
		if after := Parse(added).Decide(device1, key).Outcome; after != Match && after != Revoked {
			t.Errorf("got %v after Add, %v before", after, before)
		}
		if !bytes.HasPrefix(added, text) {
			t.Errorf("Add changed what was there")
		}
		removed, _ := Remove(added, device1, "")
		for _, known := range Parse(removed).List("t1", "1234") {
			if known.Name == device1 {
				t.Errorf("still listed after Remove: %v", known)
			}
		}
	})
}

func FuzzWildcards(f *testing.F) {
	f.Add("a*b?c", "axxbyc")
	f.Add("***", "")
	f.Fuzz(func(t *testing.T, pattern, name string) {
		if len(pattern) > 200 || len(name) > 200 {
			return // too long for the plain way
		}
		if got, want := matchWildcards(pattern, name), plainMatch(pattern, name, map[[2]int]bool{}); got != want {
			t.Errorf("%q with %q: got %v, want %v", pattern, name, got, want)
		}
	})
}

// plainMatch is the definition.
func plainMatch(pattern, name string, no map[[2]int]bool) bool {
	at := [2]int{len(pattern), len(name)}
	if no[at] {
		return false
	}
	ok := false
	switch {
	case pattern == "":
		ok = name == ""
	case pattern[0] == '*':
		ok = plainMatch(pattern[1:], name, no) || name != "" && plainMatch(pattern, name[1:], no)
	case name != "" && (pattern[0] == '?' || pattern[0] == name[0]):
		ok = plainMatch(pattern[1:], name[1:], no)
	}
	no[at] = !ok
	return ok
}
