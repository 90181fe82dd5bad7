package commands

import (
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"slices"

	"github.com/spf13/cobra"

	"porthole/ssh/cmd/porthole/fault"
	"porthole/ssh/cmd/porthole/openssh"
	"porthole/ssh/cmd/porthole/settings"
	"porthole/ssh/hostkey"
	"porthole/ssh/profile"
)

// sshFlags are what ssh, scp and sftp have in common.
type sshFlags struct {
	target   targetFlags
	user     string
	identity []string
	options  []string
}

func (f *sshFlags) add(a *app, cmd *cobra.Command) {
	f.target.add(a, cmd)
	flags := cmd.Flags()
	flags.StringVarP(&f.user, "ssh-user", "l", "", "SSH `user` on the device")
	flags.StringArrayVarP(&f.identity, "identity", "i", nil, "`file` with a private key; may be repeated")
	flags.StringArrayVarP(&f.options, "ssh-option", "O", nil, "`option` of OpenSSH, such as StrictHostKeyChecking=accept-new; may be repeated")
}

// sshArgs are the arguments of OpenSSH's program before its own.
func (a *app) sshArgs(ctx context.Context, f sshFlags, t openssh.Target, label string) []string {
	args := f.args(t)
	// Host keys are checked also where the person's configuration of OpenSSH switches that
	// off for every host, as documents of other clients tell people to. --ssh-option decides
	// for one call: it comes first, and the first value counts.
	show := exec.CommandContext(ctx, "ssh", slices.Concat([]string{"-G"}, args, []string{"--", label})...) //nolint:gosec // the arguments that ssh itself gets
	show.Env = a.environ()
	if told, err := show.Output(); err == nil && openssh.Unchecked(string(told)) {
		args = append(args, "-o", "StrictHostKeyChecking=ask")
	}
	return args
}

// args are those that our flags and the target make.
func (f *sshFlags) args(t openssh.Target) []string {
	args := make([]string, 0, 2*(len(f.options)+len(f.identity)+8))
	for _, option := range f.options { // first, because the first value of an option counts
		args = append(args, "-o", option)
	}
	for _, identity := range f.identity {
		args = append(args, "-i", identity)
	}
	return append(args, t.Options()...)
}

// openSSH resolves a device for OpenSSH's programs.
func (a *app) openSSH(ctx context.Context, cmd *cobra.Command, f sshFlags, device string) (openssh.Target, string, error) {
	to, err := a.find(ctx, cmd, f.target, device, 0)
	if err != nil {
		return openssh.Target{}, "", err
	}
	defer to.client.Close()
	target, err := a.openSSHTarget(ctx, to)
	if f.user != "" {
		target.User = f.user
	}
	return target, openssh.Label(to.device), err
}

// openSSHTarget describes a target for OpenSSH.
func (a *app) openSSHTarget(ctx context.Context, to *target) (openssh.Target, error) {
	tenantID, err := to.client.TenantID(ctx)
	if err != nil {
		return openssh.Target{}, err
	}
	knownHosts, err := a.knownHosts()
	if err != nil {
		return openssh.Target{}, err
	}
	self, err := a.self()
	if err != nil {
		return openssh.Target{}, err
	}
	proxy := append([]string{self, "proxy", string(to.device.ID), "--configuration", string(to.configuration.ID), "--listen", "-"}, a.sameSettings(to.settings)...)
	return openssh.Target{
		Proxy: proxy, KnownHosts: knownHosts, User: to.settings.Text(settings.SSHUser, ""),
		KeyName: hostkey.Name(tenantID, to.device.ID, to.configuration.Hostname, to.configuration.Port),
	}, nil
}

// self is this program, as another one can call it: by its bare name when PATH leads
// here, which outlives an update that changes the path.
func (a *app) self() (string, error) {
	path, err := os.Executable()
	if err != nil {
		return "", fault.Wrap(err, fault.Local, "The path of this program cannot be found out: %v.", err)
	}
	const name = "porthole"
	found, err := exec.LookPath(name)
	if err != nil {
		return path, nil //nolint:nilerr // it is not in PATH
	}
	here, err1 := os.Stat(path)
	there, err2 := os.Stat(found)
	if err1 == nil && err2 == nil && os.SameFile(here, there) {
		return name, nil
	}
	return path, nil
}

// sameSettings are the flags that make another call of this program reach the same
// tenant. Secrets are not among them: variables and files bring those.
func (a *app) sameSettings(set *settings.Settings) []string {
	var args []string
	add := func(flag, value string) {
		if value != "" {
			args = append(args, "--"+flag, value)
		}
	}
	base, err := set.BaseURL()
	if err == nil {
		add("host", base.String())
	}
	add("tenant", a.global.tenant)
	add("username", a.global.username)
	for flag, path := range map[string]string{"env-file": a.global.envFile, "session": a.global.session, "config": a.global.config} {
		if absolute, err := filepath.Abs(path); path != "" && err == nil {
			add(flag, absolute)
		}
	}
	if insecure, err := set.Bool(settings.Insecure); insecure && err == nil {
		args = append(args, "--insecure")
	}
	return args
}

// knownHosts is the file of our own profile, which `porthole cp` and its like use too.
func (a *app) knownHosts() (string, error) {
	folder, err := a.profileFolder()
	if err != nil {
		return "", err
	}
	path := filepath.Join(folder, "known_hosts")
	file, err := os.OpenFile(path, os.O_CREATE|os.O_RDONLY, 0o600) // OpenSSH would let others read it
	if err == nil {
		err = file.Close()
	}
	if err != nil {
		return "", fault.Wrap(err, fault.Local, "The file %q for host keys cannot be made: %v.", path, err)
	}
	return path, nil
}

// profileFolder is the folder of the profile, made when it is missing.
func (a *app) profileFolder() (string, error) {
	in := a.input(nil)
	if in.ConfigDir == "" {
		return "", fault.New(fault.Local, "There is no home folder to keep host keys in. Set HOME.")
	}
	folder := filepath.Join(in.ConfigDir, "porthole")
	if _, err := profile.Folder(folder); err != nil {
		return "", fault.Wrap(err, fault.Local, "The folder %q for host keys cannot be made: %v.", folder, err)
	}
	return folder, nil
}

func (a *app) sshCommand() *cobra.Command {
	var f sshFlags
	var local, remote, dynamic []string
	var noCommand, terminal, agent bool
	cmd := &cobra.Command{
		Use:   "ssh DEVICE [-- COMMAND]",
		Short: "Open a shell on a device, or run a command there, with OpenSSH",
		Long: `ssh runs the system's OpenSSH through a tunnel to the device. The host key is checked under a
name of the device's own, in a file of porthole's: the first key is asked about and pinned, a
changed one is refused. The exit status is ssh's.`,
		Example: `  porthole ssh my_device -l admin
  porthole ssh my_device -l admin -- uptime
  porthole ssh my_device -l admin -L 8080:127.0.0.1:80 -N`,
		Args: arguments(1, -1, "the device"),
		RunE: func(cmd *cobra.Command, args []string) error {
			target, label, err := a.openSSH(cmd.Context(), cmd, f, args[0])
			if err != nil {
				return err
			}
			with := a.sshArgs(cmd.Context(), f, target, label)
			for flag, values := range map[string][]string{"-L": local, "-R": remote, "-D": dynamic} {
				for _, value := range values {
					with = append(with, flag, value)
				}
			}
			for flag, on := range map[string]bool{"-N": noCommand, "-t": terminal, "-A": agent} {
				if on {
					with = append(with, flag)
				}
			}
			with = append(with, "--", label)
			return a.child(a.environ(), "ssh", append(with, args[1:]...)...)
		},
	}
	f.add(a, cmd)
	flags := cmd.Flags()
	flags.StringArrayVarP(&local, "local-forward", "L", nil, "forward a local port: `[ADDRESS:]PORT:HOST:PORT`; may be repeated")
	flags.StringArrayVarP(&remote, "remote-forward", "R", nil, "forward a port of the device: `[ADDRESS:]PORT:HOST:PORT`; may be repeated")
	flags.StringArrayVarP(&dynamic, "dynamic-forward", "D", nil, "be a SOCKS proxy on `[ADDRESS:]PORT`; may be repeated")
	flags.BoolVarP(&noCommand, "no-command", "N", false, "run nothing on the device: for forwards")
	flags.BoolVarP(&terminal, "tty", "t", false, "a terminal for the command as well")
	flags.BoolVarP(&agent, "forward-agent", "A", false, "forward the SSH agent: only to devices you trust")
	return cmd
}
