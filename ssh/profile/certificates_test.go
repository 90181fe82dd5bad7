package profile

import (
	"errors"
	"slices"
	"strings"
	"testing"

	"porthole/ssh/hostkey"
)

const (
	page1  = "[localhost.1234.t1]:8443"
	print1 = "SHA256:AAAA"
	print2 = "SHA256:BBBB"
)

func wantCertificates(t *testing.T, p *Profile, name string, want ...string) {
	t.Helper()
	got, err := p.Certificates(t.Context(), name)
	if err != nil || !slices.Equal(got, want) {
		t.Errorf("certificates of %s: %q, %v; want %q", name, got, err, want)
	}
}

func TestCertificatesAreKeptByName(t *testing.T) {
	p, memory := openMemory(t)
	wantCertificates(t, p, page1)
	for range 2 { // the second time changes nothing
		if err := p.AddCertificate(t.Context(), page1, print1); err != nil {
			t.Fatal(err)
		}
	}
	if err := p.AddCertificate(t.Context(), "[localhost.1234.t1]:9443", print2); err != nil {
		t.Fatal(err)
	}
	wantCertificates(t, openOn(t, memory), page1, print1)
	if err := p.RemoveCertificate(t.Context(), page1); err != nil {
		t.Fatal(err)
	}
	wantCertificates(t, p, page1)
	wantCertificates(t, p, "[localhost.1234.t1]:9443", print2)
}

func TestADevicesCertificatesAreListedAndNoOthers(t *testing.T) {
	p, _ := openMemory(t)
	name := hostkey.Name("t1", "1234", "192.168.0.7", 443)
	for _, other := range []string{
		page1, name, "[localhost.12345.t1]:8443", "[localhost.1234.t2]:8443", "[localhost.1234.t1]:", "[localhost.1234.t1]:x", "localhost.1234.t1:8443",
	} {
		if err := p.AddCertificate(t.Context(), other, print1); err != nil {
			t.Fatal(err)
		}
	}
	got, err := p.DeviceCertificates(t.Context(), "t1", "1234")
	if want := []KnownCertificate{{page1, print1}, {name, print1}}; err != nil || !slices.Equal(got, want) {
		t.Errorf("list %v, %v; want %v", got, err, want)
	}
}

func TestACertificateThatWouldNotBeFoundAgainIsRefused(t *testing.T) {
	p, memory := openMemory(t)
	for _, bad := range []KnownCertificate{
		{"", print1}, {"a b", print1}, {"#a", print1}, {"a\nb", print1}, {page1, ""}, {page1, "SHA256:"}, {page1, "MD5:x"}, {page1, "SHA256:a b"},
	} {
		if err := p.AddCertificate(t.Context(), bad.Name, bad.Fingerprint); !errors.Is(err, errCertificate) {
			t.Errorf("%q: %v", bad, err)
		}
	}
	if text, _ := read(memory, knownCertificatesFile); len(text) > 0 {
		t.Errorf("written: %q", text)
	}
}

func TestWhatElseStandsInKnownCertificatesStays(t *testing.T) {
	p, memory := openMemory(t)
	const odd = "# a comment\n\nnonsense\n" + page1 + " " + print1 // no line end
	if err := memory.WriteFile(knownCertificatesFile, []byte(odd)); err != nil {
		t.Fatal(err)
	}
	if err := p.AddCertificate(t.Context(), page1, print2); err != nil {
		t.Fatal(err)
	}
	wantCertificates(t, p, page1, print1, print2)
	if err := p.RemoveCertificate(t.Context(), page1); err != nil {
		t.Fatal(err)
	}
	if text, _ := read(memory, knownCertificatesFile); string(text) != "# a comment\n\nnonsense\n" {
		t.Errorf("left: %q", text)
	}
}

// An unreadable file must never look like an empty one: a changed certificate would be a
// new one then.
func TestUnreadableCertificatesAreAnError(t *testing.T) {
	_, memory := openMemory(t)
	p := openOn(t, &brokenFS{FS: memory, read: errors.New("device error")})
	if got, err := p.Certificates(t.Context(), page1); err == nil {
		t.Errorf("certificates %q, want an error", got)
	}
	if _, err := p.DeviceCertificates(t.Context(), "t1", "1234"); err == nil {
		t.Error("a list of what cannot be read")
	}
	if err := p.AddCertificate(t.Context(), page1, print1); err == nil {
		t.Error("added to what cannot be read")
	}
}

func TestAFullStorageKeepsCertificatesInMemory(t *testing.T) {
	p, memory := openMemory(t)
	if err := p.AddCertificate(t.Context(), page1, print1); err != nil {
		t.Fatal(err)
	}
	p = openOn(t, &brokenFS{FS: memory, write: errors.New("quota exceeded")})
	if err := p.UpdateKnownHosts(t.Context(), appendLine("one")); err != nil {
		t.Fatal(err)
	}
	wantCertificates(t, p, page1, print1)
}

// FuzzCertificates adds and removes in any file: what was added is found, what was removed
// is not, and no other line is touched.
func FuzzCertificates(f *testing.F) {
	f.Add("", page1, print1)
	f.Add("# c\n"+page1+" "+print1+"\nx y z\n", page1, print2)
	f.Add(page1+"\t"+print1+"\r\n\xff", page1, print1)
	f.Fuzz(func(t *testing.T, text, name, fingerprint string) {
		memory, err := Memory()
		if err != nil {
			t.Fatal(err)
		}
		if err := memory.WriteFile(knownCertificatesFile, []byte(text)); err != nil {
			t.Fatal(err)
		}
		p := openOn(t, memory)
		before, err := p.Certificates(t.Context(), name)
		if err != nil {
			t.Fatal(err)
		}
		if p.AddCertificate(t.Context(), name, fingerprint) != nil {
			return
		}
		after, err := p.Certificates(t.Context(), name)
		if err != nil || !slices.Contains(after, fingerprint) || len(after) > len(before)+1 {
			t.Fatalf("%q became %q, %v", before, after, err)
		}
		if grown, _ := read(memory, knownCertificatesFile); !strings.HasPrefix(string(grown), text) {
			t.Fatalf("%q became %q", text, grown)
		}
		if err := p.RemoveCertificate(t.Context(), name); err != nil {
			t.Fatal(err)
		}
		if left, err := p.Certificates(t.Context(), name); err != nil || len(left) > 0 {
			t.Fatalf("left %q, %v", left, err)
		}
	})
}
