package settings

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"os"
	"path/filepath"
	"strings"
	"syscall"

	"go.yaml.in/yaml/v3"

	"porthole/ssh/cmd/porthole/fault"
)

// maxFile bounds a settings file, in bytes.
const maxFile = 1 << 20

// readFile reads a file of settings.
func readFile(path string) ([]byte, error) {
	file, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer func() { _ = file.Close() }()
	text, err := io.ReadAll(io.LimitReader(file, maxFile+1))
	if err == nil && len(text) > maxFile {
		err = fmt.Errorf("it is larger than %d KiB", maxFile>>10)
	}
	return text, err
}

func unreadable(what, path string, err error) error {
	if path, ok := errors.AsType[*os.PathError](err); ok {
		err = path.Err
	}
	return fault.Wrap(err, fault.Usage, "The %s %q cannot be read: %v.", what, path, err)
}

func fromFile(path string, values map[Key]string) source {
	return source{values: values, file: true, label: func(Key) string { return "file " + path }}
}

// envFile reads NAME=value lines, as c8ylp's --env-file has them.
func envFile(in Input, _ *Settings) (source, error) {
	path := in.EnvFile
	if path == "" {
		path = in.Getenv("C8YLP_ENV_FILE")
	}
	if path == "" {
		return source{}, nil
	}
	text, err := readFile(path)
	if err != nil {
		return source{}, unreadable("env file", path, err)
	}
	vars, err := parseEnv(string(text))
	if err != nil {
		return source{}, fault.Wrap(err, fault.Usage, "The env file %q cannot be understood: %v.", path, err)
	}
	values := fromVariables(func(name string) string { return vars[name] }, oldVariables, "").values
	maps.Copy(values, fromVariables(func(name string) string { return vars[name] }, variables, "").values)
	return fromFile(path, values), nil
}

// parseEnv reads NAME=value lines: comments, "export", single and double quotes.
func parseEnv(text string) (map[string]string, error) {
	vars := map[string]string{}
	number := 0
	for line := range strings.Lines(text) {
		number++
		line = strings.TrimSpace(strings.TrimPrefix(line, "\ufeff"))
		if line == "" || line[0] == '#' {
			continue
		}
		name, value, ok := strings.Cut(strings.TrimPrefix(line, "export "), "=")
		name = strings.TrimSpace(name)
		if !ok || name == "" || strings.ContainsAny(name, " \t'\"") {
			return nil, fmt.Errorf("line %d is not NAME=value", number)
		}
		value, err := unquote(strings.TrimSpace(value))
		if err != nil {
			return nil, fmt.Errorf("line %d %w", number, err)
		}
		vars[name] = value
	}
	return vars, nil
}

func unquote(value string) (string, error) {
	if value == "" || value[0] != '"' && value[0] != '\'' {
		if i := strings.Index(value, " #"); i >= 0 {
			value = strings.TrimSpace(value[:i])
		}
		return value, nil
	}
	quote := value[0]
	var b strings.Builder
	for i := 1; i < len(value); i++ {
		switch c := value[i]; {
		case c == quote:
			return b.String(), nil
		case c == '\\' && quote == '"' && i+1 < len(value):
			i++
			b.WriteByte(value[i])
		default:
			b.WriteByte(c)
		}
	}
	return "", errors.New("has a quote without an end")
}

// sessionFile reads a session file of go-c8y-cli.
func sessionFile(in Input, s *Settings) (source, error) {
	path, named := in.Session, true
	if path == "" {
		path, named = in.Getenv("C8Y_SESSION"), false
	}
	if path == "" {
		return source{}, nil
	}
	path = findSession(in, path)
	text, err := readFile(path)
	if err != nil {
		if !named && in.Getenv("C8Y_HOST") != "" && errors.Is(err, os.ErrNotExist) {
			// go-c8y-cli exports the values too; its file may live elsewhere.
			s.Notes = append(s.Notes, fmt.Sprintf("The session file %s of C8Y_SESSION is not there.", path))
			return source{}, nil
		}
		return source{}, unreadable("session file", path, err)
	}
	values, err := parseSession(text)
	if err != nil {
		return source{}, fault.Wrap(err, fault.Usage, "The session file %q cannot be understood: %v.", path, err)
	}
	for _, key := range []Key{Password, Token} {
		if strings.HasPrefix(values[key], "{encrypted}") {
			values[key] = ""
			s.Notes = append(s.Notes, fmt.Sprintf("The %s of the session file %s is encrypted and is not used: set C8Y_%s, or run `porthole login`.", key, path, strings.ToUpper(string(key))))
		}
	}
	return fromFile(path, values), nil
}

// parseSession reads what go-c8y-cli writes as JSON.
func parseSession(text []byte) (map[Key]string, error) {
	var session struct {
		Host, Tenant, Username, Password, Token string
		Settings                                struct {
			RemoteAccess struct {
				SSHUser string `json:"sshuser"`
			} `json:"remoteaccess"`
		}
	}
	if err := json.Unmarshal(text, &session); err != nil {
		return nil, err
	}
	return map[Key]string{
		Host: session.Host, Tenant: session.Tenant, User: session.Username, Password: session.Password,
		Token: session.Token, SSHUser: session.Settings.RemoteAccess.SSHUser,
	}, nil
}

// findSession looks for a session of that name in the folder of go-c8y-cli when there
// is no such file here.
func findSession(in Input, path string) string {
	if _, err := os.Stat(path); err == nil || filepath.IsAbs(path) {
		return path
	}
	home := in.Getenv("C8Y_SESSION_HOME")
	if home == "" {
		home = filepath.Join(in.Home, ".cumulocity")
	}
	for _, candidate := range []string{filepath.Join(home, path), filepath.Join(home, path+".json")} {
		if _, err := os.Stat(candidate); err == nil {
			return candidate
		}
	}
	return path
}

// ConfigPath is where our own file is.
func (in Input) ConfigPath() (path string, named bool) {
	if in.Config != "" {
		return in.Config, true
	}
	if path := in.Getenv("PORTHOLE_CONFIG"); path != "" {
		return path, true
	}
	if in.ConfigDir == "" {
		return "", false
	}
	return filepath.Join(in.ConfigDir, "porthole", "config.yaml"), false
}

// configFile reads our own config.yaml. Passwords and tokens have no place in it.
func configFile(in Input, _ *Settings) (source, error) {
	path, named := in.ConfigPath()
	if path == "" {
		return source{}, nil
	}
	text, err := readFile(path)
	if !named && (errors.Is(err, os.ErrNotExist) || errors.Is(err, syscall.ENOTDIR)) {
		return source{}, nil
	}
	if err != nil {
		return source{}, unreadable("configuration file", path, err)
	}
	values, err := parseConfig(text)
	if err != nil {
		return source{}, fault.Wrap(err, fault.Usage, "The configuration file %q cannot be understood: %v.", path, err)
	}
	return fromFile(path, values), nil
}

func parseConfig(text []byte) (map[Key]string, error) {
	var nodes map[string]yaml.Node
	if err := yaml.Unmarshal(text, &nodes); err != nil {
		return nil, errors.New(strings.ReplaceAll(strings.TrimPrefix(err.Error(), "yaml: "), "\n", " "))
	}
	known := map[Key]bool{}
	for _, key := range Keys() {
		known[key] = !key.Secret()
	}
	values := map[Key]string{}
	for name, node := range nodes {
		switch secretKnown, isKey := known[Key(name)]; {
		case isKey && !secretKnown:
			return nil, fmt.Errorf("line %d: a %s has no place in it; run `porthole login`", node.Line, name)
		case !isKey:
			return nil, fmt.Errorf("line %d: there is no setting %q", node.Line, name)
		case node.Kind != yaml.ScalarNode:
			return nil, fmt.Errorf("line %d: %s must be one value", node.Line, name)
		}
		values[Key(name)] = node.Value
	}
	return values, nil
}
