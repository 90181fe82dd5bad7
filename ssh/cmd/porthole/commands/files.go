package commands

import (
	"context"
	"net"

	"github.com/spf13/cobra"

	"porthole/ssh"
	"porthole/ssh/cmd/porthole/device"
	"porthole/ssh/cmd/porthole/fault"
	"porthole/ssh/cmd/porthole/openssh"
	"porthole/ssh/cmd/porthole/settings"
	"porthole/ssh/files/fsys"
	"porthole/ssh/hostkey"
	"porthole/ssh/profile"
)

// loginFlags are those of commands with an SSH connection of our own.
type loginFlags struct {
	target    targetFlags
	user      string
	identity  []string
	acceptNew bool
	allowOld  bool
}

func (f *loginFlags) add(a *app, cmd *cobra.Command) {
	f.target.add(a, cmd)
	flags := cmd.Flags()
	flags.StringVarP(&f.user, "ssh-user", "l", "", "SSH `user` on the device")
	flags.StringArrayVarP(&f.identity, "identity", "i", nil, "`file` with a private key; may be repeated")
	flags.BoolVar(&f.acceptNew, "accept-new", false, "pin the host key of a device that is not known yet without asking")
	flags.BoolVar(&f.allowOld, "allow-old", false, "also take SSH algorithms of ten years ago")
}

// connect opens an SSH connection of our own to a device.
func (a *app) connect(ctx context.Context, to *target, f loginFlags) (*ssh.Client, error) {
	user := f.user
	if user == "" {
		user = to.settings.Text(settings.SSHUser, "")
	}
	if user == "" {
		return nil, fault.New(fault.Usage, "No SSH user is set. Name one by --ssh-user (-l), or ssh-user in the configuration file.")
	}
	verifier, err := a.verifier(ctx, to, f.acceptNew)
	if err != nil {
		return nil, err
	}
	login := &device.Login{
		Identities: f.identity, Home: a.input(nil).Home,
		Asker:       user + "@" + to.device.Name,
		AgentSocket: a.getenv("SSH_AUTH_SOCK"), GivenPassword: a.getenv("PORTHOLE_SSH_PASSWORD"),
	}
	if a.canAsk() {
		login.Ask = a.ask
	}
	if err := login.Open(ctx); err != nil {
		return nil, err
	}
	defer login.Close()
	return device.Connect(ctx, device.Options{
		Dial: func(ctx context.Context) (net.Conn, error) { return to.dialWatched(ctx, waitLimit) },
		User: user, Login: login, HostKey: verifier, AllowOld: f.allowOld,
	})
}

// verifier decides about the host key with what our profile knows.
func (a *app) verifier(ctx context.Context, to *target, acceptNew bool) (*hostkey.Verifier, error) {
	folder, err := a.profileFolder()
	if err != nil {
		return nil, err
	}
	files, err := profile.Folder(folder)
	if err != nil {
		return nil, fault.Wrap(err, fault.Local, "The folder %q for host keys cannot be used: %v.", folder, err)
	}
	store, err := profile.Open(profile.Options{FS: files, Lock: files.Lock})
	if err != nil {
		return nil, fault.Wrap(err, fault.Local, "The known host keys cannot be read: %v.", err)
	}
	tenantID, err := to.client.TenantID(ctx)
	if err != nil {
		return nil, err
	}
	return &hostkey.Verifier{
		Store: store, Name: hostkey.Name(tenantID, to.device.ID, to.configuration.Hostname, to.configuration.Port),
		Ask: func(_ context.Context, q hostkey.Question) (bool, error) {
			return a.askHostKey(to.device.Name, q, acceptNew)
		},
	}, nil
}

// askHostKey asks about the key of a device that is not known yet.
func (a *app) askHostKey(name string, q hostkey.Question, acceptNew bool) (bool, error) {
	if acceptNew {
		a.say("the host key of %s is pinned: %s %s", name, q.Algorithm, q.Fingerprint)
		return true, nil
	}
	a.say("the host key of %s is not known yet: %s %s", name, q.Algorithm, q.Fingerprint)
	if !a.canAsk() {
		a.say("there is no terminal to ask at; --accept-new pins it without asking")
		return false, nil
	}
	for range hostKeyTries {
		answer, err := a.ask("Is this the device? It is pinned then. [yes/no/fingerprint] ", true)
		switch {
		case err != nil, answer == "no", answer == "":
			return false, err
		case answer == "yes", answer == q.Fingerprint:
			return true, nil
		}
		a.say("that is neither yes, nor no, nor the fingerprint of this key")
	}
	return false, nil
}

// hostKeyTries is how often the question about a host key is put.
const hostKeyTries = 3

// fileSession is a device's files for one command.
type fileSession struct {
	fs     fsys.FS
	client *ssh.Client
	target *target
}

func (s *fileSession) close() {
	_ = s.fs.Close()
	_ = s.client.Close()
	s.target.client.Close()
}

// openFiles finds a device, signs in and opens its files.
func (a *app) openFiles(ctx context.Context, cmd *cobra.Command, f loginFlags, name string) (*fileSession, error) {
	to, err := a.find(ctx, cmd, f.target, name, 0)
	if err != nil {
		return nil, err
	}
	client, err := a.connect(ctx, to, f)
	if err != nil {
		to.client.Close()
		return nil, err
	}
	fs, err := device.OpenFiles(ctx, client)
	if err != nil {
		_ = client.Close()
		to.client.Close()
		return nil, err
	}
	return &fileSession{fs: fs, client: client, target: to}, nil
}

// onRemote splits an argument that must be on a device.
func onRemote(arg string) (device, path string, err error) {
	device, path, ok := openssh.SplitRemote(arg)
	if !ok {
		return "", "", fault.New(fault.Usage, "%q names no device. Write it as DEVICE:path.", arg)
	}
	if path == "" {
		path = "."
	}
	return device, path, nil
}

// allOnOne splits arguments that must be on one device.
func allOnOne(args []string) (device string, paths []string, err error) {
	for _, arg := range args {
		named, path, err := onRemote(arg)
		if err != nil {
			return "", nil, err
		}
		if device != "" && named != device {
			return "", nil, fault.New(fault.Usage, "Only one device can take part, but %q and %q are named.", device, named)
		}
		device, paths = named, append(paths, path)
	}
	return device, paths, nil
}
