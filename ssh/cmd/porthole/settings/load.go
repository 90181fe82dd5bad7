package settings

import (
	"fmt"
	"strings"
)

// Input is where settings come from.
type Input struct {
	// Flags holds the flags that were given, by key.
	Flags map[Key]string
	// Getenv reads a variable; "" means that it is not set.
	Getenv func(string) string
	// EnvFile, Session and Config are the files that flags name; "" means none was named.
	EnvFile, Session, Config string
	// ConfigDir is the OS's folder for configurations, "" when there is none; Home is the
	// person's.
	ConfigDir, Home string
}

// source is one place with values.
type source struct {
	label  func(Key) string
	values map[Key]string
	file   bool
}

// variables are the names of each setting, the first that is set wins.
var variables = map[Key][]string{
	Host:         {"C8Y_HOST", "C8Y_BASEURL", "C8Y_URL"},
	Tenant:       {"C8Y_TENANT"},
	User:         {"C8Y_USER", "C8Y_USERNAME"},
	Password:     {"C8Y_PASSWORD"},
	Token:        {"C8Y_TOKEN"},
	TFACode:      {"C8Y_TFA_CODE"},
	Insecure:     {"PORTHOLE_INSECURE"},
	CertFile:     {"SSL_CERT_FILE"},
	SSHUser:      {"C8Y_SETTINGS_REMOTEACCESS_SSHUSER"},
	ExternalType: {"PORTHOLE_EXTERNAL_TYPE"},
}

// oldVariables are c8ylp's.
var oldVariables = map[Key][]string{
	Host:          {"C8YLP_HOST"},
	Tenant:        {"C8YLP_TENANT"},
	User:          {"C8YLP_USER"},
	Password:      {"C8YLP_PASSWORD"},
	Token:         {"C8YLP_TOKEN"},
	TFACode:       {"C8YLP_TFA_CODE"},
	Insecure:      {"C8YLP_IGNORE_SSL_VALIDATE"},
	ExternalType:  {"C8YLP_EXTERNAL_TYPE"},
	Configuration: {"C8YLP_CONFIG"},
	SSHUser:       {"C8YLP_SSH_USER"},
	PingInterval:  {"C8YLP_PING_INTERVAL"},
	BufferSize:    {"C8YLP_TCP_SIZE"},
}

// Load reads everything. A file that was named and cannot be read is an error; a file
// that only might be there is not.
func Load(in Input) (*Settings, error) {
	s := &Settings{values: map[Key]Value{}}
	sources := []source{
		{values: in.Flags, label: func(k Key) string { return "flag --" + string(k) }},
		fromVariables(in.Getenv, variables, "variable "),
		fromVariables(in.Getenv, oldVariables, "variable "),
	}
	for _, load := range []func(Input, *Settings) (source, error){envFile, sessionFile, configFile} {
		found, err := load(in, s)
		if err != nil {
			return nil, err
		}
		sources = append(sources, found)
	}
	for rank, from := range sources {
		for _, key := range Keys() {
			text := from.values[key]
			if _, taken := s.values[key]; taken || text == "" {
				continue
			}
			s.values[key] = Value{Text: text, Source: from.label(key), rank: rank}
		}
	}
	s.dropForeignSecrets(sources)
	s.chooseProof()
	return s, nil
}

func fromVariables(getenv func(string) string, names map[Key][]string, prefix string) source {
	values, found := map[Key]string{}, map[Key]string{}
	for key, candidates := range names {
		for _, name := range candidates {
			if text := getenv(name); text != "" {
				values[key], found[key] = text, name
				break
			}
		}
	}
	return source{values: values, label: func(k Key) string { return prefix + found[k] }}
}

// dropForeignSecrets leaves out secrets of files that belong to another host.
func (s *Settings) dropForeignSecrets(sources []source) {
	host := s.values[Host].Text
	for _, key := range Keys() {
		value, ok := s.values[key]
		if !ok || !key.Secret() || !sources[value.rank].file {
			continue
		}
		if own := sources[value.rank].values[Host]; own != "" && !sameHost(own, host) {
			delete(s.values, key)
			s.Notes = append(s.Notes, fmt.Sprintf("The %s of %s is not used: it belongs to %s.", key, strings.TrimPrefix(value.Source, "file "), own))
		}
	}
}

// chooseProof drops a token that stands behind user and password: those who set a
// password for this call mean that user, not whose token an older file still holds.
func (s *Settings) chooseProof() {
	token, hasToken := s.values[Token]
	password, hasPassword := s.values[Password]
	if hasToken && hasPassword && password.rank < token.rank {
		delete(s.values, Token)
		s.Notes = append(s.Notes, fmt.Sprintf("The token of %s is not used: the password of %s goes before it.",
			strings.TrimPrefix(token.Source, "file "), password.Source))
	}
}
