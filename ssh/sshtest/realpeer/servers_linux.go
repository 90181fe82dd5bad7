package realpeer

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
)

// configureOpenSSH writes sshd's files and decides how it is called.
func (p *Peer) configureOpenSSH(o Options, hostKeyFile string) error {
	sshd, err := program("sshd", "openssh-server")
	if err != nil {
		return err
	}
	pam, err := library("libpam_wrapper.so", "libpam-wrapper")
	if err != nil {
		return err
	}
	matrix, err := library("pam_wrapper/pam_matrix.so", "libpam-wrapper")
	if err != nil {
		return err
	}
	services := filepath.Join(p.dir, "pam")
	if err := os.Mkdir(services, 0o700); err != nil {
		return fmt.Errorf("make folder: %w", err)
	}
	passdb := filepath.Join(p.dir, "passdb")
	var service strings.Builder
	for _, kind := range []string{"auth", "account", "password", "session"} {
		fmt.Fprintf(&service, "%s required %s passdb=%s\n", kind, matrix, passdb)
	}
	config := filepath.Join(p.dir, "sshd_config")
	for path, text := range map[string]string{
		passdb:                           p.User + ":" + p.Password + ":sshd\n",
		filepath.Join(services, "sshd"):  service.String(),
		filepath.Join(services, "other"): service.String(),
		filepath.Join(p.dir, "banner"):   o.Banner,
		config:                           p.sshdConfig(o, hostKeyFile),
	} {
		if err := write(path, text); err != nil {
			return err
		}
	}
	if os.Geteuid() == 0 {
		// A folder that the service's own start makes, and sshd only wants to exist.
		if err := os.MkdirAll("/run/sshd", 0o755); err != nil {
			return fmt.Errorf("make sshd's folder: %w", err)
		}
	}
	p.command = []string{sshd, "-i", "-e", "-f", config}
	for i, e := range p.environ {
		if strings.HasPrefix(e, "LD_PRELOAD=") {
			p.environ[i] = e + " " + pam
		}
	}
	p.environ = append(p.environ, "PAM_WRAPPER=1", "PAM_WRAPPER_SERVICE_DIR="+services, "PAM_WRAPPER_DEBUGLEVEL=0")
	return nil
}

// sshdConfig is sshd_config(5).
func (p *Peer) sshdConfig(o Options, hostKeyFile string) string {
	methods := o.Methods
	if methods == nil {
		methods = []string{"publickey", "password", "keyboard-interactive"}
	}
	has := func(method string) bool {
		return slices.Contains(methods, method)
	}
	lines := []string{
		"HostKey " + hostKeyFile,
		"AuthorizedKeysFile " + filepath.Join(p.Home, ".ssh/authorized_keys"),
		"PidFile none",
		"UsePAM yes",
		"StrictModes no", // temporary folders may be anybody's to write
		"PermitRootLogin yes",
		"UseDNS no",
		"PrintMotd no",
		"PrintLastLog no",
		"AcceptEnv LANG LC_*",
		"PubkeyAuthentication " + yes(has("publickey")),
		"PasswordAuthentication " + yes(has("password")),
		"KbdInteractiveAuthentication " + yes(has("keyboard-interactive")),
		"PermitTTY " + yes(!o.NoTTY),
		"AllowTcpForwarding " + yes(!o.NoTCPForwarding),
	}
	if !o.NoSFTP {
		lines = append(lines, "Subsystem sftp internal-sftp")
	}
	if o.Banner != "" {
		lines = append(lines, "Banner "+filepath.Join(p.dir, "banner"))
	}
	if o.MaxAuthTries > 0 {
		lines = append(lines, "MaxAuthTries "+strconv.Itoa(o.MaxAuthTries))
	}
	if o.MaxSessions > 0 {
		lines = append(lines, fmt.Sprint("MaxSessions ", o.MaxSessions))
	}
	if o.ForceCommand != "" {
		lines = append(lines, "ForceCommand "+o.ForceCommand)
	}
	if o.OldAlgorithms {
		lines = append(lines, "KexAlgorithms diffie-hellman-group14-sha1", "HostKeyAlgorithms ssh-rsa",
			"Ciphers aes128-cbc", "MACs hmac-sha1", "PubkeyAcceptedAlgorithms +ssh-rsa")
	}
	return strings.Join(lines, "\n") + "\n"
}

func yes(b bool) string {
	if b {
		return "yes"
	}
	return "no"
}

// withoutSFTP does what the device's shell does where dropbear's SFTP server is not
// installed: dropbear takes the subsystem all the same and runs its path.
const withoutSFTP = `#!/bin/sh
case $SSH_ORIGINAL_COMMAND in
*/sftp-server) echo "$SSH_ORIGINAL_COMMAND: not found" >&2; exit 127 ;;
'') exec "${SHELL:-/bin/sh}" -l ;;
*) exec "${SHELL:-/bin/sh}" -c "$SSH_ORIGINAL_COMMAND" ;;
esac
`

// configureDropbear converts the host key and decides how dropbear is called.
func (p *Peer) configureDropbear(ctx context.Context, o Options, hostKeyFile string) error {
	if o.OldAlgorithms || o.NoTTY || o.Methods != nil {
		return errors.New("dropbear cannot restrict algorithms, terminals or methods when it runs")
	}
	dropbear, err := program("dropbear", "dropbear-bin")
	if err != nil {
		return err
	}
	converter, err := program("dropbearconvert", "dropbear-bin")
	if err != nil {
		return err
	}
	converted := hostKeyFile + ".dropbear"
	out, err := exec.CommandContext(ctx, converter, "openssh", "dropbear", hostKeyFile, converted).CombinedOutput()
	if err != nil {
		return fmt.Errorf("convert host key: %w: %s", err, bytes.TrimSpace(out))
	}
	// -i serves the connection on stdin; it does not go with -E, which logs to stderr.
	p.command = []string{dropbear, "-i", "-r", converted}
	if o.Banner != "" {
		banner := filepath.Join(p.dir, "banner")
		if err := write(banner, o.Banner); err != nil {
			return err
		}
		p.command = append(p.command, "-b", banner)
	}
	if o.MaxAuthTries > 0 {
		p.command = append(p.command, "-T", strconv.Itoa(o.MaxAuthTries))
	}
	command := o.ForceCommand
	if o.NoSFTP {
		if command != "" {
			return errors.New("dropbear without SFTP takes no forced command: it needs its own")
		}
		command = filepath.Join(p.dir, "no-sftp")
		if err := os.WriteFile(command, []byte(withoutSFTP), 0o700); err != nil {
			return fmt.Errorf("write dropbear's command: %w", err)
		}
	}
	if command != "" {
		p.command = append(p.command, "-c", command)
	}
	if o.NoTCPForwarding {
		p.command = append(p.command, "-j", "-k")
	}
	return nil
}
