package main

import (
	"fmt"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"syscall"
	"testing"
	"text/tabwriter"
	"time"

	"porthole/ssh/cmd/porthole/tenant"
	"porthole/ssh/sshtest/realpeer"
)

// manual is the page whose steps are run. With -update it gets what they print.
const manual = "../../../docs/cli.md"

// step is a command of the manual, and what it shows there.
type step struct{ command, output string }

// steps are the commands of the blocks marked as console, and where each output stands.
func steps(t *testing.T) (lines []string, found []step, at [][2]int) {
	t.Helper()
	text, err := os.ReadFile(manual)
	if err != nil {
		t.Fatal(err)
	}
	lines = strings.Split(strings.TrimSuffix(string(text), "\n"), "\n")
	inside, begin := false, -1
	end := func(i int) {
		if begin >= 0 {
			found[len(found)-1].output = strings.Join(lines[begin:i], "\n")
			at = append(at, [2]int{begin, i})
		}
		begin = -1
	}
	for i, line := range lines {
		switch command, ok := strings.CutPrefix(line, "$ "); {
		case line == "```console":
			inside = true
		case inside && line == "```":
			end(i)
			inside = false
		case inside && ok:
			end(i)
			found, begin = append(found, step{command: command}), i+1
		}
	}
	return lines, found, at
}

// reader is somebody who does what the manual says.
type reader struct {
	*typist
	real  *strings.Replacer // what stands for words of the manual's commands
	free  int               // a free port, in place of 9000
	asked map[string]bool   // the names whose host key was asked about
}

// newReader is in a world whose device has no configuration yet, with a key in the agent.
func newReader(t *testing.T) *reader {
	t.Helper()
	p := newTypist(t, realpeer.Options{})
	base, err := url.Parse(p.w.server.URL)
	if err != nil {
		t.Fatal(err)
	}
	client := tenant.New(tenant.Options{BaseURL: base, User: "admin", Password: "pw"})
	defer client.Close()
	configurations, err := client.Configurations(t.Context(), "1234")
	if err != nil {
		t.Fatal(err)
	}
	for _, configuration := range configurations {
		if err := client.Delete(t.Context(), "1234", configuration.ID); err != nil {
			t.Fatal(err)
		}
	}
	p.agent()
	if out, code := p.alone("ssh-add", p.file("key", p.w.sshd.PrivateKey)); code != 0 {
		t.Fatal(out)
	}
	p.set("C8Y_SETTINGS_REMOTEACCESS_SSHUSER", "XDG_CONFIG_HOME="+filepath.Join(p.home, ".config"))
	p.file(".config/porthole/config.yaml", nil)
	p.file(".ssh/config", nil)
	p.file("show-target", []byte("#!/bin/sh\necho \"TARGET: $TARGET\"\necho \"PORT: $PORT\"\n"))
	if err := os.Chmod(filepath.Join(p.home, "show-target"), 0o700); err != nil {
		t.Fatal(err)
	}
	p.file("unixcat", []byte(unixcat))
	free, err := freePort()
	if err != nil {
		t.Fatal(err)
	}
	return &reader{typist: p, free: free, asked: map[string]bool{}, real: strings.NewReplacer(
		"--port 22", fmt.Sprintf("--port %d", p.w.sshd.Port), "ssh-user: admin", "ssh-user: "+p.w.sshd.User,
		"--user admin", "--user "+p.w.sshd.User, "admin@", p.w.sshd.User+"@", "rpi4-abc632486800", "serial-1",
		"127.0.0.1:9000", fmt.Sprintf("127.0.0.1:%d", free), "/tmp/", p.home+"/",
		"socat - UNIX-CLIENT:", "perl "+p.home+"/unixcat ",
	)}
}

// unixcat does what socat - UNIX-CLIENT:PATH does, for machines without socat.
const unixcat = `use IO::Socket::UNIX;
use IO::Select;
my $socket = IO::Socket::UNIX->new(Peer => $ARGV[0]) or die "connect: $!";
my %to = (fileno(STDIN) => $socket, fileno($socket) => \*STDOUT);
my $select = IO::Select->new(\*STDIN, $socket);
while (1) {
    for my $from ($select->can_read) {
        my $n = sysread($from, my $data, 65536);
        exit 0 unless $n;
        syswrite($to{fileno($from)}, $data);
    }
}
`

// agent starts an SSH agent of the person's.
func (p *typist) agent() {
	p.t.Helper()
	socket := filepath.Join(p.home, "agent")
	agent := exec.Command("ssh-agent", "-D", "-a", socket)
	if err := agent.Start(); err != nil {
		p.t.Fatal(err)
	}
	p.t.Cleanup(func() {
		_ = agent.Process.Kill()
		_ = agent.Wait()
	})
	p.set("SSH_AUTH_SOCK=" + socket)
	for until := time.Now().Add(patience); ; {
		conn, err := dialLocal("unix://" + socket)
		if err == nil {
			_ = conn.Close()
			return
		}
		if time.Now().After(until) {
			p.t.Fatal(err)
		}
		time.Sleep(time.Millisecond) // between two looks
	}
}

// does runs a command of the manual at a terminal and gives what it shows, as the manual
// has it. A server goes on until the test ends.
func (r *reader) does(command string) string {
	r.t.Helper()
	line := r.real.Replace(command)
	name := "" // whose host key is asked about
	switch rest, plain := strings.CutPrefix(line, "ssh "); {
	case plain && strings.Contains(rest, "ProxyCommand"): // OpenSSH does not look at HOME
		words := strings.Fields(rest)
		line, name = "ssh -F none -o UserKnownHostsFile="+r.home+"/.ssh/known_hosts "+rest, words[len(words)-2]
	case plain:
		line = "ssh -F " + r.home + "/.ssh/config " + rest
	case strings.HasPrefix(command, "porthole ssh "), strings.HasPrefix(command, "porthole connect ssh "):
		name = "porthole's own"
	}
	running := r.types("bash", "-c", line)
	if strings.HasPrefix(command, "porthole proxy ") || strings.HasPrefix(command, "porthole server ") {
		running.await("listening on")
		running.await("\n")
		r.t.Cleanup(func() {
			if running.cmd.Process.Signal(syscall.SIGINT) == nil {
				running.end(0)
			}
		})
		running.mu.Lock()
		defer running.mu.Unlock()
		return r.shown(running.output)
	}
	if name != "" && !r.asked[name] {
		r.asked[name] = true
		running.answer("(yes/no/[fingerprint])? ", "yes\n", true)
	}
	return r.shown(running.end(0))
}

// shown puts the manual's words in the place of this run's.
func (r *reader) shown(output string) string {
	output = strings.ReplaceAll(output, "\r", "") // OpenSSH adds one to the terminal's
	for _, pair := range [][2]string{
		{regexp.QuoteMeta(r.w.server.URL), "https://example.cumulocity.com"},
		{`(?m)  127\.0\.0\.1$`, "  example.cumulocity.com"},
		{regexp.QuoteMeta(r.home) + `/example`, "/tmp/example"},
		{regexp.QuoteMeta(r.home), "/home/me"},
		{fmt.Sprintf(`\b%d\b`, r.w.sshd.Port), "22"},
		{fmt.Sprintf(`\b%d\b`, r.free), "9000"},
		{`User ` + regexp.QuoteMeta(r.w.sshd.User), "User admin"},
	} {
		output = regexp.MustCompile(pair[0]).ReplaceAllString(output, pair[1])
	}
	if strings.HasPrefix(output, "SETTING ") {
		output = aligned(output)
	}
	return strings.TrimRight(output, "\n")
}

// aligned puts the columns of a table below each other again.
func aligned(table string) string {
	var b strings.Builder
	w := tabwriter.NewWriter(&b, 0, 0, 2, ' ', 0)
	_, _ = w.Write([]byte(regexp.MustCompile(` {2,}`).ReplaceAllString(table, "\t"))) // into memory
	_ = w.Flush()
	return b.String()
}

// varying is what differs from run to run.
var varying = regexp.MustCompile(`SHA256:[A-Za-z0-9+/]+|127\.0\.0\.1:\d+|PORT: \d+|\d{4}-\d\d-\d\d \d\d:\d\d:\d\d|[ \t]+`)

func same(a, b string) bool {
	constant := func(text string) string {
		return varying.ReplaceAllStringFunc(text, func(found string) string {
			name, _, _ := strings.Cut(strings.TrimSpace(found), ":")
			return name + " "
		})
	}
	return constant(a) == constant(b)
}

func TestTheStepsOfTheManualShowWhatItSays(t *testing.T) {
	lines, found, at := steps(t)
	if len(found) < 12 {
		t.Fatalf("%d steps in %s", len(found), manual)
	}
	r := newReader(t)
	for i, step := range found {
		got := r.does(step.command)
		found[i].output = got
		if !*update && !same(got, step.output) {
			t.Errorf("$ %s\nshows\n%s\nand the manual says\n%s", step.command, got, step.output)
		}
	}
	if !*update {
		return
	}
	for i, place := range slices.Backward(at) {
		var output []string
		if found[i].output != "" {
			output = strings.Split(found[i].output, "\n")
		}
		lines = slices.Concat(lines[:place[0]], output, lines[place[1]:])
	}
	if err := os.WriteFile(manual, []byte(strings.Join(lines, "\n")+"\n"), 0o644); err != nil {
		t.Fatal(err)
	}
}
