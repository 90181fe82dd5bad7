package ports

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"
)

func TestEveryToolsListIsRead(t *testing.T) {
	const linkLocal = "fe80::20c:29ff:fe4f:8e10%eth0"
	tests := map[string][]Listening{
		"ss-iproute2-6.1": {
			{"localhost", 22, "sshd", "SSH", No},
			{"127.0.0.53", 53, "systemd-resolve", "DNS", No},
			{"localhost", 80, "nginx", "nginx", Yes},
			{"192.168.10.20", 502, "plc gw", "Modbus", Never},
			{"localhost", 631, "", "CUPS", Yes},
			{"localhost", 1880, "node-red", "Node-RED", Yes},
			{linkLocal, 7000, "", "", Unknown},
			{"127.0.0.1", 0, "", "", ""},
			{"localhost", 9090, "systemd", "Cockpit or Prometheus", Yes},
		},
		"ss-iproute2-3.16": {
			{"localhost", 22, "sshd", "SSH", No},
			{"localhost", 25, "", "SMTP", No},
			{"localhost", 2812, "monit", "monit", Yes},
			{"fe80::1%eth0", 7000, "", "", Unknown},
		},
		"netstat-nettools-2.10": {
			{"localhost", 22, "", "SSH", No},
			{"localhost", 80, "nginx", "nginx", Yes},
			{"localhost", 631, "cupsd", "CUPS", Yes},
			{"localhost", 2812, "monit", "monit", Yes},
			{"fe80::a00:27ff:fe4", 7000, "python3", "", Unknown},
		},
		"netstat-busybox-1.36": {
			{"localhost", 22, "dropbear", "SSH", No},
			{"localhost", 53, "dnsmasq", "DNS", No},
			{"fe80::1", 53, "dnsmasq", "DNS", No},
			{"localhost", 80, "uhttpd", "Web server", Yes},
			{"localhost", 8000, "tedge-agent", "thin-edge.io file transfer", Yes},
		},
		"netstat-toybox-0.8": {
			{"localhost", 5037, "adbd", "", Unknown},
			{"localhost", 5555, "adbd", "Android Debug Bridge", No},
		},
		"proc-little-endian": {
			{"localhost", 22, "", "SSH", No},
			{"192.168.10.20", 502, "", "Modbus", Never},
			{"localhost", 631, "", "CUPS", Yes},
			{"localhost", 1880, "", "Node-RED", Yes},
			{"2001:db8::1", 7000, "", "", Unknown},
			{"localhost", 8001, "", "HTTP", Yes},
		},
		"proc-big-endian": {
			{"192.168.10.20", 502, "", "Modbus", Never},
			{"localhost", 1880, "", "Node-RED", Yes},
			{"2001:db8::1", 7000, "", "", Unknown},
			{"localhost", 8001, "", "HTTP", Yes},
		},
	}
	tests["ss-iproute2-6.1"][7] = Listening{"localhost", 8001, "tedge-mapper", "thin-edge.io Cumulocity proxy", Yes}
	for name, want := range tests {
		t.Run(name, func(t *testing.T) {
			got, ok := parse(sample(t, name))
			if !ok {
				t.Fatal("no section was seen")
			}
			if !reflect.DeepEqual(got, want) {
				t.Errorf("got\n%s\nwant\n%s", show(got), show(want))
			}
		})
	}
}

func TestOnlyWhatCommandPrintedCounts(t *testing.T) {
	for _, output := range []string{
		"",
		"LISTEN 0 128 0.0.0.0:22 0.0.0.0:*\n", // no section before it
		"% Invalid input detected at '^' marker.\n",
		"porthole-ports:proc\n\n", // no table could be read
	} {
		if got, ok := parse([]byte(output)); ok || len(got) > 0 {
			t.Errorf("parse(%q) = %v, %v; want nothing", output, got, ok)
		}
	}
}

func TestBrokenLinesAreNoPorts(t *testing.T) {
	sections := map[string][]string{
		sectionSS: {
			"LISTEN", "LISTEN 0 128", "LISTEN 0 128 0.0.0.0 *", "LISTEN 0 128 0.0.0.0:0 *", "LISTEN 0 128 0.0.0.0:65536 *",
			"LISTEN 0 128 0.0.0.0:-1 *", "LISTEN 0 128 999.0.0.1:80 *", "ESTAB 0 0 10.0.0.1:22 10.0.0.2:999",
			"LISTEN 0 128 [fe80::1%../../x]:80 *", "LISTEN 0 128 [fe80::1%eth0\x1b[2J]:80 *", "LISTEN 0 128 :::: *",
		},
		sectionNetstat: {
			"tcp", "tcp 0 0 0.0.0.0:80 0.0.0.0:*", "udp 0 0 0.0.0.0:80 0.0.0.0:* LISTEN 1/x", "tcp 0 0 1.2.3.4:5 6.7.8.9:1 ESTABLISHED 1/x",
			"unix 2 [ ACC ] STREAM LISTENING 1 /x", "tcp 0 0 0.0.0.0:http 0.0.0.0:* LISTEN 1/x",
		},
		sectionProc + "\n sl local_address": {
			"0: 0100007F:0016 00000000:0000 01", "0: 0100007F:0000 00000000:0000 0A", "0: 0100007F 00000000:0000 0A",
			"0: 01007F:0016 00000000:0000 0A", "0: XX00007F:0016 00000000:0000 0A", "0: 0100007F:10016 00000000:0000 0A", "0: :0016 x 0A",
		},
	}
	for section, lines := range sections {
		for _, line := range lines {
			if got, _ := parse([]byte(section + "\n" + line + "\n")); len(got) != 0 {
				t.Errorf("%q is read as %v", line, got)
			}
		}
	}
}

func TestNamesOfProgramsAreText(t *testing.T) {
	tests := map[string]string{
		"evil\x1b]0;owned\x07\x9b31m":  "evil]0;owned31m",
		"a\u202eb\u200bc":              "abc",
		"two  \t words":                "two words",
		"caf\xe9":                      "caf",
		strings.Repeat("x", 100):       strings.Repeat("x", 63) + "…",
		strings.Repeat("x", 64):        strings.Repeat("x", 64),
		"x" + strings.Repeat(" y", 50): "x" + strings.Repeat(" y", 31) + "…",
		"nginx: worker process":        "nginx",
		"sshd:":                        "sshd",
	}
	for name, want := range tests {
		line := "LISTEN 0 1 127.0.0.1:9999 *:* users:((\"" + name + "\",pid=1,fd=1))"
		got, _ := parse([]byte(sectionSS + "\n" + line))
		if len(got) != 1 || got[0].Program != want {
			t.Errorf("program %q is shown as %v, want %q", name, got, want)
		}
	}
}

func TestAHundredThousandLinesAreBounded(t *testing.T) {
	var b bytes.Buffer
	b.WriteString(sectionNetstat + "\n")
	for i := range 100_000 {
		fmt.Fprintf(&b, "tcp 0 0 10.%d.%d.%d:%d 0.0.0.0:* LISTEN 1/x\n", i>>16, i>>8&255, i&255, 65535-i%60000)
	}
	got, _ := parse(b.Bytes())
	if len(got) != maxListening {
		t.Fatalf("%d ports are listed, want %d", len(got), maxListening)
	}
	endless := append([]byte(sectionSS+"\n"), bytes.Repeat([]byte("LISTEN"), MaxOutput)...)
	if got, _ := parse(endless); len(got) != 0 {
		t.Errorf("an endless line is read as %v", got)
	}
}

func TestAPrinterOrAMachineIsNeverAsked(t *testing.T) {
	for _, port := range []int{102, 502, 802, 2404, 4840, 9100, 20000, 44818, 47808} {
		if name, http := service(port, ""); http != Never || name == "" {
			t.Errorf("port %d is %q, %s; want a name and never", port, name, http)
		}
	}
	if _, http := service(3001, "ser2net"); http != Never {
		t.Errorf("ser2net is %s, want never", http)
	}
	if name, http := service(9100, "node_exporter"); http != Yes {
		t.Errorf("the node exporter is %q, %s; want yes", name, http)
	}
}

func FuzzParse(f *testing.F) {
	files, err := filepath.Glob("testdata/*.txt")
	if err != nil || len(files) == 0 {
		f.Fatal("no samples", err)
	}
	for _, file := range files {
		f.Add(sample(f, strings.TrimSuffix(filepath.Base(file), ".txt")))
	}
	f.Fuzz(func(t *testing.T, output []byte) {
		list, _ := parse(output)
		seen := map[string]bool{}
		for i, l := range list {
			if l.Port < 1 || l.Port > 65535 || l.Host == "" || !isText(l.Host) || !isText(l.Program) {
				t.Errorf("unsound entry %+v", l)
			}
			if utf8.RuneCountInString(l.Program) > maxProgram {
				t.Errorf("long name %q", l.Program)
			}
			if i > 0 && list[i-1].Port > l.Port {
				t.Error("not in order of ports")
			}
			key := fmt.Sprint(l.Host, " ", l.Port)
			if seen[key] {
				t.Errorf("%s is there twice", key)
			}
			seen[key] = true
		}
	})
}

func isText(s string) bool {
	return utf8.ValidString(s) && !strings.ContainsFunc(s, func(r rune) bool {
		return unicode.IsControl(r) || unicode.Is(unicode.Cf, r)
	})
}

func sample(tb testing.TB, name string) []byte {
	tb.Helper()
	data, err := os.ReadFile(filepath.Join("testdata", name+".txt"))
	if err != nil {
		tb.Fatal(err)
	}
	return data
}

func show(list []Listening) string {
	var b strings.Builder
	for _, l := range list {
		fmt.Fprintf(&b, "  %+v\n", l)
	}
	return b.String()
}
