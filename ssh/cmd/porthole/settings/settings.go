// Package settings finds out what the person wants from flags, variables and files, and
// remembers where each value came from.
//
// Order, first wins: flags, variables (C8Y_…, then C8YLP_…), the file of --env-file, a
// go-c8y-cli session file (--session or C8Y_SESSION), our own config.yaml.
//
// A password or token of a file belongs to the host of that file. When the host comes
// from elsewhere, and is another one, the secret is not used: it must not travel to a
// server that was never meant to see it.
package settings

import (
	"net"
	"net/url"
	"strconv"
	"strings"

	"porthole/ssh/cmd/porthole/fault"
)

// Value is a setting and where it came from.
type Value struct {
	Text string
	// Source is for people: "variable C8Y_HOST", "file …/config.yaml", "flag --host".
	Source string
	rank   int // of its source; lower goes first
}

// Key names a setting.
type Key string

// The settings there are.
const (
	Host          Key = "host"
	Tenant        Key = "tenant"
	User          Key = "user"
	Password      Key = "password"
	Token         Key = "token"
	TFACode       Key = "tfa-code"
	Insecure      Key = "insecure"
	CertFile      Key = "cert-file"
	ExternalType  Key = "external-type"
	Configuration Key = "configuration"
	SSHUser       Key = "ssh-user"
	PingInterval  Key = "ping-interval"
	BufferSize    Key = "buffer-size"
)

// Keys lists them in the order in which whoami shows them.
func Keys() []Key {
	return []Key{Host, Tenant, User, Password, Token, TFACode, Insecure, CertFile, ExternalType, Configuration, SSHUser, PingInterval, BufferSize}
}

// Secret tells whether the value must not be shown.
func (k Key) Secret() bool { return k == Password || k == Token || k == TFACode }

// Settings are all values that somebody set.
type Settings struct {
	values map[Key]Value
	// Notes say, in sentences, what was found and not used.
	Notes []string
}

// Get gives a setting; the zero Value when nobody set it.
func (s *Settings) Get(k Key) Value { return s.values[k] }

// Text gives the text of a setting, or a default.
func (s *Settings) Text(k Key, otherwise string) string {
	if v, ok := s.values[k]; ok && v.Text != "" {
		return v.Text
	}
	return otherwise
}

// Bool reads a setting as yes or no.
func (s *Settings) Bool(k Key) (bool, error) {
	v, ok := s.values[k]
	if !ok || v.Text == "" {
		return false, nil
	}
	switch strings.ToLower(v.Text) {
	case "1", "true", "yes", "on":
		return true, nil
	case "0", "false", "no", "off":
		return false, nil
	}
	return false, fault.New(fault.Usage, "The setting %s is %q (%s), which is neither true nor false.", k, v.Text, v.Source)
}

// BaseURL reads the host as an address. Without a scheme it is https.
func (s *Settings) BaseURL() (*url.URL, error) {
	v := s.values[Host]
	if v.Text == "" {
		return nil, fault.New(fault.Usage, "No host is set. Name the tenant or gateway by --host or C8Y_HOST, such as https://example.cumulocity.com.")
	}
	return parseHost(v)
}

func parseHost(v Value) (*url.URL, error) {
	bad := func(why string) error {
		return fault.New(fault.Usage, "The host of %s %s. Write it as https://example.cumulocity.com.", v.Source, why)
	}
	text := v.Text
	if !strings.Contains(text, "://") {
		text = "https://" + text
	}
	u, err := url.Parse(text)
	switch {
	case err != nil || u.Hostname() == "":
		return nil, bad("cannot be understood")
	case u.Scheme != "https" && u.Scheme != "http":
		return nil, bad("is neither https nor http")
	case u.User != nil:
		return nil, bad("holds a user or password, which belong into C8Y_USER and C8Y_PASSWORD")
	}
	if port := u.Port(); port != "" {
		if n, err := strconv.Atoi(port); err != nil || n < 1 || n > 65535 {
			return nil, bad("has a port that is none")
		}
	}
	return &url.URL{Scheme: u.Scheme, Host: u.Host}, nil
}

// sameHost tells whether two hosts are the same server.
func sameHost(a, b string) bool {
	ua, errA := parseHost(Value{Text: a})
	ub, errB := parseHost(Value{Text: b})
	return errA == nil && errB == nil && endpoint(ua) == endpoint(ub)
}

func endpoint(u *url.URL) string {
	port := u.Port()
	if port == "" {
		port = map[string]string{"http": "80", "https": "443"}[u.Scheme]
	}
	return u.Scheme + " " + net.JoinHostPort(strings.ToLower(u.Hostname()), port)
}
