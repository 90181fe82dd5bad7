// Package openssh writes what the programs of OpenSSH are called with: a ProxyCommand
// that leads to a device, and the name under which its host key is checked.
//
// Names of devices come from the tenant, where somebody else may have chosen them: none
// of them reaches a shell, an option or a configuration file unless it is harmless.
package openssh

import (
	"runtime"
	"strings"

	"porthole/ssh/cmd/porthole/tenant"
)

// Target is what the programs are to reach.
type Target struct {
	// Proxy is the command that carries the bytes: program and arguments.
	Proxy []string
	// KeyName is the name of the host key (ssh/hostkey.Name).
	KeyName string
	// KnownHosts is the file in which the host key is looked up and pinned.
	KnownHosts string
	// User is the SSH user; "" leaves it to OpenSSH's configuration.
	User string
}

// Options are the -o options, without what a person may want to decide.
func (t Target) Options() []string {
	options := []string{
		"ProxyCommand=" + ProxyCommand(t.Proxy),
		"HostKeyAlias=" + t.KeyName,
		"UserKnownHostsFile=" + quoteValue(t.KnownHosts),
		"HashKnownHosts=no",
		"CheckHostIP=no",
		// A shared connection is found by the label, which devices of two tenants may have
		// in common: the command would go to the wrong one, with no host key to tell.
		"ControlPath=none",
	}
	if t.User != "" {
		options = append(options, "User="+quoteValue(t.User))
	}
	args := make([]string, 0, 2*len(options))
	for _, option := range options {
		args = append(args, "-o", option)
	}
	return args
}

// Unchecked tells whether what `ssh -G` shows leaves host keys unchecked.
func Unchecked(shown string) bool {
	for line := range strings.Lines(shown) {
		switch strings.TrimSpace(line) {
		case "stricthostkeychecking false", "stricthostkeychecking no", "stricthostkeychecking off":
			return true
		}
	}
	return false
}

// Host is a block of ssh_config(5).
func (t Target) Host(names ...string) string {
	lines := []string{"Host " + strings.Join(names, " ")}
	add := func(key, value string) {
		if value != "" {
			lines = append(lines, "    "+key+" "+value)
		}
	}
	add("User", quoteValue(t.User))
	add("HostKeyAlias", t.KeyName)
	add("UserKnownHostsFile", quoteValue(t.KnownHosts))
	add("HashKnownHosts", "no")
	add("CheckHostIP", "no")
	add("ServerAliveInterval", "30")
	add("ProxyCommand", ProxyCommand(t.Proxy))
	return strings.Join(lines, "\n") + "\n"
}

// ProxyCommand writes a command for the shell that OpenSSH runs it with. A percent sign
// would be a token of OpenSSH's.
func ProxyCommand(command []string) string {
	words := make([]string, 0, len(command))
	for _, word := range command {
		words = append(words, strings.ReplaceAll(quote(word), "%", "%%"))
	}
	return strings.Join(words, " ")
}

// quote quotes a word for the shell.
func quote(word string) string {
	if word != "" && !strings.ContainsFunc(word, special) {
		return word
	}
	if runtime.GOOS == "windows" {
		return `"` + strings.ReplaceAll(word, `"`, `\"`) + `"`
	}
	return "'" + strings.ReplaceAll(word, "'", `'\''`) + "'"
}

func special(r rune) bool {
	return !harmless(r) && !strings.ContainsRune("/:,=@", r)
}

func harmless(r rune) bool {
	return r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' || strings.ContainsRune("._-+", r)
}

// quoteValue quotes a value of ssh_config(5).
func quoteValue(value string) string {
	value = strings.ReplaceAll(value, "%", "%%")
	if !strings.ContainsFunc(value, func(r rune) bool { return r == ' ' || r == '"' || r == '\\' || r == '\t' || r == '#' }) {
		return value
	}
	return `"` + strings.NewReplacer(`\`, `\\`, `"`, `\"`).Replace(value) + `"`
}

// Label is a host name for a device that OpenSSH's programs take as nothing else.
func Label(device tenant.Device) string { return labelPrefix + string(device.ID) }

const labelPrefix = "device-"

// HostNames are the names of a device's Host block: its own, where that is harmless,
// its id, and its label. A device says itself what its name is: "git.example.com", or the
// id of another one, would lead there who means that host. So such a name counts only where
// the person has typed it.
func HostNames(device tenant.Device, typed string) []string {
	var names []string
	bad := func(r rune) bool { return !harmless(r) && r != '@' }
	name := device.Name
	if name != "" && !strings.ContainsFunc(name, bad) && name[0] != '-' && name != string(device.ID) && (name == typed || !othersToo(name)) {
		names = append(names, name)
	}
	return append(names, string(device.ID), Label(device))
}

// othersToo tells whether a name may be that of another host.
func othersToo(name string) bool {
	return strings.ContainsAny(name, ".@") || strings.Trim(name, "0123456789") == "" ||
		strings.EqualFold(name, "localhost") || strings.HasPrefix(strings.ToLower(name), labelPrefix)
}

// SplitRemote splits DEVICE:path as scp does: a colon before any slash. ok is false for
// a path of this machine.
func SplitRemote(text string) (device, path string, ok bool) {
	colon := strings.IndexByte(text, ':')
	slash := strings.IndexByte(text, '/')
	if colon <= 0 || slash >= 0 && slash < colon {
		return "", "", false
	}
	if runtime.GOOS == "windows" && colon == 1 { // a drive
		return "", "", false
	}
	return text[:colon], text[colon+1:], true
}
