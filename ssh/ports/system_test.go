//go:build linux

package ports

import (
	"context"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// Each row is a device: what sh is there, and which tools stand in front of the system's.
func TestThisMachineListsItsPorts(t *testing.T) {
	const missing = "#!/bin/sh\nexit 127\n"
	busybox := func(applet string) string { return "#!/bin/sh\nexec busybox " + applet + " \"$@\"\n" }
	tests := map[string]struct {
		shell   []string
		tools   map[string]string
		by      string // what is to be in the output
		program bool   // the list names this test's own process
	}{
		"ss in the login shell's sh": {[]string{"sh", "-c"}, nil, sectionSS, true},
		"ss in bash":                 {[]string{"bash", "-c"}, nil, sectionSS, true},
		"net-tools":                  {[]string{"sh", "-c"}, map[string]string{"ss": missing}, sectionNetstat, true},
		"BusyBox": {
			[]string{"busybox", "sh", "-c"},
			map[string]string{"ss": missing, "netstat": busybox("netstat"), "sh": busybox("sh")},
			sectionNetstat, false,
		},
		"neither ss nor netstat": {
			[]string{"sh", "-c"},
			map[string]string{"ss": missing, "netstat": missing},
			sectionProc + "\n" + elfMagic, false,
		},
		"BusyBox without netstat": {
			[]string{"busybox", "sh", "-c"},
			map[string]string{
				"ss": missing, "netstat": missing, "sh": busybox("sh"), "dd": busybox("dd"), "cat": busybox("cat"),
			},
			sectionProc + "\n" + elfMagic, false,
		},
		"ss that finds nothing": {[]string{"sh", "-c"}, map[string]string{"ss": "#!/bin/sh\nexit 0\n"}, sectionNetstat, true},
	}
	loopback, wildcard := listenOn(t, "127.0.0.1:0"), listenOn(t, "0.0.0.0:0")
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			path := t.TempDir()
			for tool, script := range test.tools {
				if err := os.WriteFile(filepath.Join(path, tool), []byte(script), 0o700); err != nil {
					t.Fatal(err)
				}
			}
			list, err := Find(t.Context(), func(ctx context.Context, command string) ([]byte, error) {
				argv := append(slices.Clone(test.shell), command)
				cmd := exec.CommandContext(ctx, argv[0], argv[1:]...)
				// No sbin: the command has to look there by itself.
				cmd.Env = []string{"PATH=" + path + ":/usr/bin:/bin"}
				output, err := cmd.Output()
				if !strings.Contains(string(output), test.by) {
					t.Errorf("the output is not of %q:\n%.200q", test.by, output)
				}
				return output, err
			})
			if err != nil {
				t.Fatal(err)
			}
			for _, port := range []int{loopback, wildcard} {
				at := slices.IndexFunc(list, func(l Listening) bool { return l.Port == port })
				if at < 0 {
					t.Fatalf("port %d is not listed: %v", port, portsOf(list))
				}
				got := list[at]
				if got.Host != localhost || got.HTTP != Unknown {
					t.Errorf("the port is shown as %+v", got)
				}
				if named := got.Program != ""; named != test.program {
					t.Errorf("the program is %q", got.Program)
				}
			}
		})
	}
}

func listenOn(tb testing.TB, address string) int {
	tb.Helper()
	listener, err := net.Listen("tcp4", address)
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() { _ = listener.Close() })
	return listener.Addr().(*net.TCPAddr).Port
}

func portsOf(list []Listening) []int {
	var ports []int
	for _, l := range list {
		ports = append(ports, l.Port)
	}
	return slices.Compact(ports)
}
