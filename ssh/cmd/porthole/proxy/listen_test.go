package proxy

import (
	"net"
	"os"
	"strings"
	"syscall"
	"testing"

	"porthole/ssh/cmd/porthole/fault"
)

func TestParseAddress(t *testing.T) {
	for text, want := range map[string]string{
		"127.0.0.1:0": "127.0.0.1:0", "[::1]:22": "[::1]:22", ":80": ":80", "localhost:1": "localhost:1", "[fe80::1%eth0]:1": "[fe80::1%eth0]:1",
		"unix:///tmp/x": "unix:///tmp/x", "unix://relative": "unix://relative",
		"": "", "x": "", "127.0.0.1": "", "::1:22": "", "127.0.0.1:x": "", "127.0.0.1:-1": "", "127.0.0.1:65536": "",
		"unix://": "", "unix://" + strings.Repeat("p", 104): "", "unix://a\x00b": "",
	} {
		got, err := ParseAddress(text)
		if (err == nil) != (want != "") || err == nil && got.String() != want {
			t.Errorf("%q: got %q, %v, want %q", text, got, err, want)
		}
	}
}

func TestWhatOthersReachIsPublic(t *testing.T) {
	for text, want := range map[string]bool{
		"127.0.0.1:1": false, "127.9.9.9:1": false, "[::1]:1": false, "[::ffff:127.0.0.1]:1": false, "localhost:1": false, "unix:///x": false,
		"0.0.0.0:1": true, "[::]:1": true, ":1": true, "192.0.2.1:1": true, "myhost:1": true,
	} {
		address, err := ParseAddress(text)
		if err != nil || address.Public() != want {
			t.Errorf("%q: %v, public %t, want %t", text, err, address.Public(), want)
		}
	}
}

func FuzzParseAddress(f *testing.F) {
	f.Add("[::1]:22")
	f.Add("unix:///tmp/x")
	f.Fuzz(func(t *testing.T, text string) {
		address, err := ParseAddress(text)
		if err != nil {
			return
		}
		if again, err := ParseAddress(address.String()); err != nil || again != address {
			t.Errorf("%q became %q, which became %v, %v", text, address, again, err)
		}
	})
}

func TestWhyAnAddressCannotBeHad(t *testing.T) {
	for cause, want := range map[syscall.Errno]string{
		syscall.EACCES:        "You may not listen on 127.0.0.1:80. Choose a port above 1023",
		syscall.EPERM:         "You may not listen on 127.0.0.1:80",
		syscall.EADDRINUSE:    "The address 127.0.0.1:80 is in use by another program",
		syscall.EADDRNOTAVAIL: "This machine has no address 127.0.0.1",
		syscall.EMFILE:        "Nothing can listen on 127.0.0.1:80: bind: too many open files",
	} {
		err := listenError(Address{Network: "tcp", Host: "127.0.0.1", Port: 80},
			&net.OpError{Op: "listen", Net: "tcp", Err: os.NewSyscallError("bind", cause)})
		if fault.Of(err) != fault.Local || !strings.HasPrefix(err.Error(), want) {
			t.Errorf("%v: got %v, want %q", cause, err, want)
		}
	}
}
