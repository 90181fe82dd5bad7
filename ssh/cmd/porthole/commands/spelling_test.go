package commands

import (
	"slices"
	"strings"
	"testing"
)

func TestLinesOfC8YRemoteaccessAreUnderstood(t *testing.T) {
	for line, want := range map[string]string{
		"server --device d --listen -":                          "proxy d --listen -",
		"server --listen unix:///s --device=d":                  "proxy d --listen unix:///s",
		"connect ssh --device d --user u":                       "ssh d --ssh-user u",
		"connect ssh --device d --user=u -- uname --user x":     "ssh d --ssh-user=u -- uname --user x",
		"connect run --device d -- cmd --device %h %p":          "run d -- cmd --device %h %p",
		"run --device d --":                                     "run d --",
		"configurations list --device d":                        "configurations list d",
		"configurations get --id 3 --device d":                  "configurations get d 3",
		"configurations update --device d --id 3 --newName n":   "configurations update d 3 --name n",
		"configurations create-passthrough --device d --name n": "configurations create-passthrough d --name n",
		// Ours stay as they are.
		"proxy d --listen -":          "proxy d --listen -",
		"ssh d -l u -- ls --device x": "ssh d -l u -- ls --device x",
		"devices get --device":        "devices get --device",
		"connect":                     "connect",
		"configurations --help":       "configurations --help",
		"server --device":             "proxy --device",
		"":                            "",
	} {
		if got := strings.Join(asC8Y(strings.Fields(line)), " "); got != want {
			t.Errorf("%q: got %q, want %q", line, got, want)
		}
	}
	value := []string{"ssh", "--device", "two words", "--user", "--device"}
	before := slices.Clone(value)
	if got := asC8Y(value); got[1] != "two words" || !slices.Equal(value, before) {
		t.Errorf("got %q; the words that came are %q", got, value)
	}
}
