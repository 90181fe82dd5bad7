package realpeer

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"

	gossh "golang.org/x/crypto/ssh"
)

// program finds a program that lies in /usr/sbin, which an ordinary user's PATH may lack.
func program(name, debianPackage string) (string, error) {
	if path, err := exec.LookPath(name); err == nil {
		return path, nil
	}
	for _, dir := range []string{"/usr/sbin", "/usr/bin", "/sbin"} {
		if path, err := exec.LookPath(filepath.Join(dir, name)); err == nil {
			return path, nil
		}
	}
	return "", fmt.Errorf("%s is not installed: apt-get install %s", name, debianPackage)
}

// library finds a shared library in the folder of whatever architecture this is.
func library(name, debianPackage string) (string, error) {
	for _, pattern := range []string{"/usr/lib/*/" + name, "/usr/lib/" + name, "/usr/lib64/" + name} {
		if found, err := filepath.Glob(pattern); err == nil && len(found) > 0 {
			return found[0], nil
		}
	}
	return "", fmt.Errorf("%s is not installed: apt-get install %s", name, debianPackage)
}

// makeAccount writes the account's files, and the home folder with authorized_keys.
func (p *Peer) makeAccount() error {
	p.Home = filepath.Join(p.dir, "home")
	if err := os.MkdirAll(filepath.Join(p.Home, ".ssh"), 0o700); err != nil {
		return fmt.Errorf("make home folder: %w", err)
	}
	hash, err := crypt(p.Password)
	if err != nil {
		return err
	}
	nss, err := library("libnss_wrapper.so", "libnss-wrapper")
	if err != nil {
		return err
	}
	uid, gid := os.Getuid(), os.Getgid()
	files := map[string]string{
		// sshd as root looks up the user "sshd" for its unprivileged half.
		"passwd": fmt.Sprintf("%s:x:%d:%d:operator:%s:/bin/sh\nsshd:x:65533:65534::/run/sshd:/usr/sbin/nologin\n",
			p.User, uid, gid, p.Home),
		"shadow": fmt.Sprintf("%s:%s:19000:0:99999:7:::\n", p.User, hash),
		"group":  fmt.Sprintf("%s:x:%d:\nnogroup:x:65534:\n", p.User, gid),
		// Programs of a login shell start with a prompt that tests can wait for.
		"home/.profile":             "PS1='ready> '\n",
		"home/.ssh/authorized_keys": string(gossh.MarshalAuthorizedKey(p.Key.PublicKey())),
	}
	for name, text := range files {
		if err := write(filepath.Join(p.dir, name), text); err != nil {
			return err
		}
	}
	p.environ = []string{
		"PATH=/usr/local/bin:/usr/bin:/bin:/usr/sbin:/sbin",
		"LD_PRELOAD=" + nss,
		"NSS_WRAPPER_PASSWD=" + filepath.Join(p.dir, "passwd"),
		"NSS_WRAPPER_GROUP=" + filepath.Join(p.dir, "group"),
		"NSS_WRAPPER_SHADOW=" + filepath.Join(p.dir, "shadow"),
	}
	return nil
}

// crypt makes a SHA-512 hash as in shadow(5), by the C library's crypt(3): Go has none.
// The password goes over standard input, because arguments can be seen by others.
func crypt(password string) (string, error) {
	perl, err := program("perl", "perl-base")
	if err != nil {
		return "", err
	}
	cmd := exec.Command(perl, "-e", `$_ = <STDIN>; chomp; print crypt($_, '$6$porthole$')`) //nolint:noctx // a constant script that ends at once
	cmd.Stdin = strings.NewReader(password + "\n")
	hash, err := cmd.Output()
	if err != nil {
		return "", fmt.Errorf("hash password: %w", err)
	}
	if !strings.HasPrefix(string(hash), "$6$") {
		return "", errors.New("hash password: this system's crypt(3) knows no SHA-512")
	}
	return string(hash), nil
}
