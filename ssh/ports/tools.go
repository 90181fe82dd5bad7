package ports

import "strings"

const listen = "LISTEN"

// readSS reads a line of "ss -ltnp":
//
//	LISTEN 0  511  127.0.0.1:1880  0.0.0.0:*  users:(("node-red",pid=812,fd=19))
//
// Some versions put the protocol in front, some nothing behind the peer's address, and
// old ones write the users as (("sshd",889,3)).
func readSS(line string) (found, bool) {
	fields := strings.Fields(line)
	if len(fields) > 0 && strings.HasPrefix(fields[0], "tcp") {
		fields = fields[1:]
	}
	if len(fields) < 4 || fields[0] != listen {
		return found{}, false
	}
	address, ok := readEndpoint(fields[3])
	if !ok {
		return found{}, false
	}
	_, users, _ := strings.Cut(line, `users:(("`)
	program, _, quoted := strings.Cut(users, `",`)
	if !quoted {
		program = ""
	}
	return found{address, programName(program)}, true
}

// readNetstat reads a line of "netstat -ltnp" of net-tools, BusyBox or Toybox:
//
//	tcp   0  0  127.0.0.1:2812  0.0.0.0:*  LISTEN  631/monit
//	tcp6  0  0  :::80           :::*       LISTEN  903/nginx: master p
//
// The last column is "-" for other users' programs and missing without -p.
func readNetstat(line string) (found, bool) {
	fields := strings.Fields(line)
	if len(fields) < 6 || !strings.HasPrefix(fields[0], "tcp") || fields[5] != listen {
		return found{}, false
	}
	address, ok := readEndpoint(fields[3])
	if !ok {
		return found{}, false
	}
	_, program, _ := strings.Cut(strings.Join(fields[6:], " "), "/")
	return found{address, programName(program)}, true
}

// programName drops what a program says about itself behind its name, as in
// "nginx: master process" or "sshd: /usr/sbin/sshd -D".
func programName(text string) string {
	name, _, _ := strings.Cut(text, ": ")
	return cleanText(strings.TrimSuffix(name, ":"), maxProgram)
}
