package tenant

import (
	"strings"
	"testing"

	"porthole/ssh/wire"
)

func configuration(id, name, protocol string, port int) Configuration {
	return Configuration{ID: wire.ConfigurationID(id), Name: name, Hostname: "127.0.0.1", Port: port, Protocol: protocol}
}

func TestAnErrorListsSomeOfManyConfigurations(t *testing.T) {
	text := has(make([]Configuration, 10_000))
	if len(text) > 1000 || strings.Count(text, "(") != maxCandidates || !strings.HasSuffix(text, ", ….") {
		t.Errorf("the error has %d bytes", len(text))
	}
}

func TestWhichConfigurationIsChosen(t *testing.T) {
	ssh := configuration("1", "native-ssh", "PASSTHROUGH", 2022)
	web := configuration("2", "http", "passthrough", 80)
	port22 := configuration("3", "shell", "PASSTHROUGH", 22)
	vnc := configuration("4", "vnc", "VNC", 5900)
	number := configuration("5", "1", "PASSTHROUGH", 99)
	for name, tt := range map[string]struct {
		all  []Configuration
		want Wanted
		id   string // "" means a problem
	}{
		"the only one":                   {[]Configuration{vnc, web}, Wanted{}, "2"},
		"port 22":                        {[]Configuration{web, ssh, port22}, Wanted{}, "3"},
		"ssh in the name":                {[]Configuration{web, ssh}, Wanted{}, "1"},
		"the first":                      {[]Configuration{web, number}, Wanted{}, "2"},
		"by name, whatever case":         {[]Configuration{web, ssh, port22}, Wanted{Name: "HTTP"}, "2"},
		"by id":                          {[]Configuration{web, ssh, port22}, Wanted{Name: "3"}, "3"},
		"a name goes before an id":       {[]Configuration{ssh, number}, Wanted{Name: "1"}, "5"},
		"by wildcard":                    {[]Configuration{web, ssh}, Wanted{Name: "*-ssh"}, "1"},
		"by port":                        {[]Configuration{web, ssh, port22}, Wanted{Port: 80}, "2"},
		"none":                           {nil, Wanted{}, ""},
		"none carries TCP":               {[]Configuration{vnc}, Wanted{}, ""},
		"no such name":                   {[]Configuration{web}, Wanted{Name: "ssh"}, ""},
		"no such port":                   {[]Configuration{web}, Wanted{Port: 81}, ""},
		"a wildcard that fits several":   {[]Configuration{web, ssh}, Wanted{Name: "*"}, ""},
		"a name of another protocol":     {[]Configuration{web, vnc}, Wanted{Name: "vnc"}, ""},
		"name and port that do not meet": {[]Configuration{web, ssh}, Wanted{Name: "http", Port: 2022}, ""},
	} {
		t.Run(name, func(t *testing.T) {
			got, problem := choose(tt.all, tt.want)
			if string(got.ID) != tt.id || (problem == "") != (tt.id != "") {
				t.Errorf("got %q, %q, want %q", got.ID, problem, tt.id)
			}
		})
	}
}

func FuzzReadClaims(f *testing.F) {
	f.Add("e30.eyJzdWIiOiJtZSIsInRlbiI6InQxIiwiZXhwIjoxfQ.x")
	f.Add("a.b.c")
	f.Fuzz(func(_ *testing.T, token string) {
		_, _ = ReadClaims(token) // no panic
	})
}
