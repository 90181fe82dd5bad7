package server_test

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"net"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/txtar"
)

// replay is one client at one door.
type replay struct {
	t    *testing.T
	door door
	vars map[string]string
	seen []string // the fields that the client read, to be the same at every door

	conn   net.Conn
	reader *bufio.Reader
	answer *http.Response
	body   []byte
	fields any // the body, when it is JSON
}

// replayAt sends the requests of an archive one after the other, on one connection as
// long as the server keeps it, and checks the answers. The files of the archive are a
// request and, after it, what is expected:
//
//	status 200
//	header NAME VALUE        exactly; "~ VALUE" for a part of it
//	field PATH VALUE         a.0.b of the JSON, * for any element; ? for any text
//	body TEXT                somewhere in it
//	take NAME field PATH     {NAME} in later requests
//	take NAME cookie COOKIE
//	send CHUNK BYTES         random bytes in frames of CHUNK, which must come back
//	says TEXT                the device's bytes
//	ping                     which must be answered
//	close CODE               the client closes, 0 for no code, and is answered
//	closed CODE              the server closes, and is answered
//	cut                      the client goes without a word
func replayAt(t *testing.T, d door, vars map[string]string, archive *txtar.Archive) []string {
	t.Helper()
	p := &replay{t: t, door: d, vars: maps.Clone(vars)}
	p.vars["host"], p.vars["base"] = d.host(), d.base
	defer p.hangUp()
	for i := 0; i+1 < len(archive.Files); i += 2 {
		request, expect := archive.Files[i], archive.Files[i+1]
		p.send(string(request.Data))
		for line := range strings.Lines(string(expect.Data)) {
			if line = strings.TrimSpace(line); line == "" || line[0] == '#' {
				continue
			}
			if err := p.check(p.expand(line)); err != nil {
				t.Fatalf("%s: %s: %s: %v\nanswer: %v\n%s", d.name, request.Name, line, err, p.answer, p.body)
			}
		}
	}
	return p.seen
}

func (p *replay) hangUp() {
	if p.conn != nil {
		_ = p.conn.Close()
	}
	p.conn, p.reader = nil, nil
}

// expand puts in the variables; {length} is that of the body.
func (p *replay) expand(text string) string {
	for name, value := range p.vars {
		text = strings.ReplaceAll(text, "{"+name+"}", value)
	}
	return text
}

// send sends a request and reads the answer, of a websocket its head only.
func (p *replay) send(text string) {
	p.t.Helper()
	head, body, _ := strings.Cut(p.expand(strings.TrimSuffix(text, "\n")), "\n\n")
	head = strings.ReplaceAll(strings.TrimSuffix(head, "\n"), "{length}", strconv.Itoa(len(body)))
	if strings.Contains(head, "Transfer-Encoding: chunked") { // the whole body as one chunk
		if strings.HasPrefix(body, "{") {
			body += "\n" // as encoding/json ends it
		}
		body = fmt.Sprintf("%x\r\n%s\r\n0\r\n\r\n", len(body), body)
	}
	method, _, _ := strings.Cut(head, " ")
	upgrade := strings.Contains(strings.ToLower(head), "\nupgrade: websocket")
	if upgrade || p.conn == nil || p.answer.StatusCode == http.StatusSwitchingProtocols {
		p.hangUp()
		conn, err := p.door.dial()
		if err != nil {
			p.t.Fatalf("%s: %v", p.door.name, err)
		}
		p.conn, p.reader = conn, bufio.NewReader(conn)
	}
	_ = p.conn.SetDeadline(time.Now().Add(20 * time.Second))
	if _, err := io.WriteString(p.conn, strings.ReplaceAll(head, "\n", "\r\n")+"\r\n\r\n"+body); err != nil {
		p.t.Fatalf("%s: send: %v", p.door.name, err)
	}
	answer, err := http.ReadResponse(p.reader, &http.Request{Method: method})
	if err != nil {
		p.t.Fatalf("%s: read the answer: %v", p.door.name, err)
	}
	p.answer, p.body, p.fields = answer, nil, nil
	if answer.StatusCode == http.StatusSwitchingProtocols {
		return
	}
	p.readBody()
	if answer.Close || upgrade { // a client opens a connection for its upgrade alone
		p.hangUp()
	}
}

func (p *replay) readBody() {
	p.t.Helper()
	var body io.Reader = p.answer.Body
	if p.answer.Header.Get("Content-Encoding") == "gzip" {
		unpacked, err := gzip.NewReader(body)
		if err != nil {
			p.t.Fatal(err)
		}
		body = unpacked
	}
	data, err := io.ReadAll(body)
	if err != nil {
		p.t.Fatalf("%s: read the body: %v", p.door.name, err)
	}
	p.body = data
	decoder := json.NewDecoder(bytes.NewReader(data))
	decoder.UseNumber()
	if decoder.Decode(&p.fields) != nil {
		p.fields = nil // no JSON, which only a line that names a field minds
	}
}

// check is one line of what is expected.
func (p *replay) check(line string) error {
	verb, rest, _ := strings.Cut(line, " ")
	words := strings.Fields(rest)
	for len(words) < 3 {
		words = append(words, "")
	}
	switch verb {
	case "status":
		return want(strconv.Itoa(p.answer.StatusCode), rest)
	case "header":
		name, value, _ := strings.Cut(rest, " ")
		got := p.answer.Header.Get(name)
		p.see("header "+name, got)
		if part, ok := strings.CutPrefix(value, "~ "); ok {
			if !strings.Contains(got, part) {
				return fmt.Errorf("got %q", got)
			}
			return nil
		}
		return want(got, value)
	case "field":
		path, value, _ := strings.Cut(rest, " ")
		return p.checkField(path, value)
	case "body":
		if !strings.Contains(string(p.body), rest) {
			return errors.New("not in it")
		}
		return nil
	case "take":
		return p.take(words[0], words[1], words[2])
	case "send":
		chunk, _ := strconv.Atoi(words[0])
		size, _ := strconv.Atoi(words[1])
		return p.throughTheDevice(chunk, size)
	case "says":
		got, err := p.receive(len(rest))
		if err != nil {
			return err
		}
		return want(string(got), rest)
	case "ping", "close", "closed", "cut":
		code, _ := strconv.Atoi(words[0])
		return p.control(verb, code)
	default:
		return errors.New("no such line")
	}
}

func want(got, wanted string) error {
	if got != wanted {
		return fmt.Errorf("got %q, want %q", got, wanted)
	}
	return nil
}

// see notes a field, with the door's own address as {base}.
func (p *replay) see(name, value string) {
	p.seen = append(p.seen, name+": "+strings.ReplaceAll(value, p.door.base, "{base}"))
}

func (p *replay) checkField(path, value string) error {
	got := lookUp(p.fields, strings.Split(path, "."))
	if value == "?" {
		if len(got) == 0 || got[0] == "" {
			return errors.New("not there")
		}
		return nil
	}
	if !slices.Contains(got, value) {
		return fmt.Errorf("got %q, want %q", got, value)
	}
	p.see("field "+path, strings.Join(got, " "))
	return nil
}

// lookUp finds what a path leads to.
func lookUp(at any, path []string) []string {
	if len(path) == 0 {
		switch at.(type) {
		case nil, map[string]any, []any:
			return nil
		}
		return []string{fmt.Sprint(at)}
	}
	switch at := at.(type) {
	case map[string]any:
		return lookUp(at[path[0]], path[1:])
	case []any:
		if path[0] == "*" {
			var all []string
			for _, element := range at {
				all = append(all, lookUp(element, path[1:])...)
			}
			return all
		}
		if i, err := strconv.Atoi(path[0]); err == nil && i < len(at) {
			return lookUp(at[i], path[1:])
		}
	}
	return nil
}

// take keeps a value for later requests.
func (p *replay) take(name, kind, which string) error {
	value := ""
	switch kind {
	case "field":
		if got := lookUp(p.fields, strings.Split(which, ".")); len(got) > 0 {
			value = got[0]
		}
	case "cookie":
		for _, cookie := range p.answer.Cookies() {
			if cookie.Name == which {
				value = cookie.Value
			}
		}
	}
	if value == "" {
		return errors.New("not there")
	}
	p.vars[name] = value
	return nil
}
