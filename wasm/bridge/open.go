//go:build js

package bridge

import (
	"context"
	"syscall/js"

	"porthole/ssh"
	"porthole/ssh/hostkey"
	"porthole/ssh/profile"
	"porthole/ssh/wire"
	"porthole/wasm/jsval"
)

// openConfig is OpenConfig of bridge.d.ts.
type openConfig struct {
	url         string
	hostKeyName string
	user        string
	credential  ssh.Credential
	allowOld    bool
	signal      js.Value
}

func parseOpenConfig(v js.Value) (openConfig, error) {
	f := fieldsOf(v)
	c := openConfig{
		url:        f.string("url"),
		user:       f.string("user"),
		credential: ssh.Credential(f.string("credential")),
		allowOld:   f.bool("allowOldAlgorithms"),
	}
	tenant, device := wire.TenantID(f.string("tenant")), wire.DeviceID(f.string("deviceId"))
	c.hostKeyName = hostkey.Name(tenant, device, f.string("host"), f.int("port", 1, 65535))
	if f.err == nil && c.credential != ssh.CredentialPassword && c.credential != ssh.CredentialKey {
		f.err = invalid("The credential must be a password or a key.")
	}
	if f.err == nil && c.user == "" {
		f.err = invalid("Enter the SSH user: the name of the account on the device.")
	}
	// A host key that is kept for no tenant or no device would vouch for any.
	if f.err == nil && (tenant == "" || device == "") {
		f.err = invalid("The page called the SSH client without a tenant or a device.")
	}
	if f.err == nil {
		c.signal = f.value.Get("signal")
	}
	return c, f.err
}

// open is GoBridge.open.
func (b *Bridge) open(args []js.Value) any {
	config, err := parseOpenConfig(args[0])
	if err != nil {
		return rejected(err)
	}
	answers, err := newHooks(args[1])
	if err != nil {
		return rejected(err)
	}
	return promise(b.warn, func() (any, error) {
		ctx, stop := jsval.WithSignal(context.Background(), config.signal)
		defer stop()
		c, err := b.connect(ctx, config, answers)
		if err != nil {
			return nil, err
		}
		return c.object.value, nil
	})
}

// connect dials, decides about the host key, authenticates. It ends with ctx.
func (b *Bridge) connect(ctx context.Context, config openConfig, answers hooks) (*connection, error) {
	// Opened before dialling: without it no key is trusted, and it takes far less time.
	store, err := b.profileWithin(ctx)
	if err != nil {
		return nil, err
	}
	verifier := &hostkey.Verifier{Store: store, Name: config.hostKeyName, Ask: answers.hostKey, Warn: b.warn}
	known, err := verifier.KnownAlgorithms(ctx)
	if err != nil {
		return nil, &failure{
			code: wire.CodeHostKeyRejected, cause: err,
			message: "The known host keys could not be read, so no device is trusted. Reload the page and try again.",
		}
	}
	tunnel, err := b.opts.Dial(ctx, config.url)
	if err != nil {
		return nil, err
	}
	client, err := ssh.Connect(ctx, tunnel, ssh.Config{
		User:            config.user,
		Credential:      config.credential,
		Prompter:        answers,
		HostKey:         verifier.Verify,
		KnownAlgorithms: known,
		AllowOld:        config.allowOld,
		Banner:          answers.banner,
		Progress:        answers.state,
		Warn:            b.warn,
	})
	if err != nil {
		return nil, err
	}
	if ctx.Err() != nil { // aborted in the last moment: nobody would close it
		_ = client.Close()
		return nil, context.Cause(ctx)
	}
	return newConnection(b, client, verifier.Kept() && store.Durable()), nil
}

// profileWithin waits for the profile until ctx ends.
func (b *Bridge) profileWithin(ctx context.Context) (*profile.Profile, error) {
	type outcome struct {
		profile *profile.Profile
		err     error
	}
	done := make(chan outcome, 1)
	go func() {
		p, err := guarded(b.profile)
		done <- outcome{p, err}
	}()
	select {
	case o := <-done:
		return o.profile, o.err
	case <-ctx.Done():
		return nil, context.Cause(ctx)
	}
}
