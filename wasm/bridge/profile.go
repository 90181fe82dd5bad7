//go:build js

package bridge

import (
	"context"
	"errors"
	"syscall/js"

	"porthole/ssh/hostkey"
	"porthole/ssh/profile"
	"porthole/ssh/wire"
	"porthole/wasm/jsval"
)

// goProfile is GoProfile of bridge.d.ts. There is one per program, and it never ends.
type goProfile struct {
	bridge  *Bridge
	profile *profile.Profile
}

// openProfile is GoBridge.profile.
func (b *Bridge) openProfile([]js.Value) any {
	return promise(b.warn, func() (any, error) {
		p, err := b.profile()
		if err != nil {
			return nil, err
		}
		b.profileOnce.Do(func() { b.profileValue = goProfile{b, p}.value() })
		return b.profileValue, nil
	})
}

func (g goProfile) value() js.Value {
	o := newObject()
	// durable can turn false later, when the storage fills up, so it is looked up.
	durable, _ := figures.Bind(func([]js.Value) any { return g.profile.Durable() })
	js.Global().Get("Object").Call("defineProperty", o.value, "durable",
		map[string]any{"get": durable, "enumerable": true})
	o.method("knownHosts", 2, g.knownHosts)
	o.method("removeKnownHost", 2, g.removeKnownHost)
	o.method("settings", 1, g.settings)
	o.method("saveSettings", 2, g.saveSettings)
	o.method("ports", 1, g.ports)
	o.method("savePorts", 2, g.savePorts)
	o.method("filesSettings", 1, g.filesSettings)
	o.method("saveFilesSettings", 2, g.saveFilesSettings)
	o.method("knownCertificates", 2, g.knownCertificates)
	o.method("removeKnownCertificate", 1, g.removeKnownCertificate)
	return o.freeze()
}

func (g goProfile) knownHosts(args []js.Value) any {
	tenant, tenantOK := jsval.String(args[0])
	device, deviceOK := jsval.String(args[1])
	if !tenantOK || !deviceOK {
		return rejected(invalid("Known hosts are listed for a tenant and a device."))
	}
	return promise(g.bridge.warn, func() (any, error) {
		text, err := g.profile.KnownHosts(context.Background())
		if err != nil {
			return nil, unreadable(err)
		}
		list := []any{}
		for _, h := range hostkey.Parse(text).List(wire.TenantID(tenant), wire.DeviceID(device)) {
			list = append(list, map[string]any{"name": h.Name, "algorithm": h.Algorithm, "fingerprint": h.Fingerprint})
		}
		return list, nil
	})
}

func (g goProfile) removeKnownHost(args []js.Value) any {
	name, nameOK := jsval.String(args[0])
	fingerprint, fingerprintOK := jsval.String(args[1])
	if !nameOK || !fingerprintOK || name == "" {
		return rejected(invalid("A known host is removed by its name and fingerprint."))
	}
	return g.change(func(ctx context.Context) error {
		return g.profile.UpdateKnownHosts(ctx, func(text []byte) ([]byte, error) {
			text, _ = hostkey.Remove(text, name, fingerprint) // gone already is as good
			return text, nil
		})
	})
}

func (g goProfile) settings(args []js.Value) any {
	scope, err := parseScope(args[0])
	if err != nil {
		return rejected(err)
	}
	return promise(g.bridge.warn, func() (any, error) {
		s, err := g.profile.Settings(context.Background(), scope)
		if err != nil {
			return nil, unreadable(err)
		}
		return map[string]any{
			"user": s.User, "credential": string(s.Credential), "allowOldAlgorithms": s.AllowOldAlgorithms,
		}, nil
	})
}

func (g goProfile) saveSettings(args []js.Value) any {
	scope, err := parseScope(args[0])
	if err != nil {
		return rejected(err)
	}
	f := fieldsOf(args[1])
	settings := profile.Settings{
		User:               f.string("user"),
		Credential:         profile.Credential(f.string("credential")),
		AllowOldAlgorithms: f.bool("allowOldAlgorithms"),
	}
	if f.err == nil && settings.Credential != profile.CredentialPassword && settings.Credential != profile.CredentialKey {
		f.err = invalid("The credential must be a password or a key.")
	}
	if f.err != nil {
		return rejected(f.err)
	}
	return g.change(func(ctx context.Context) error { return g.profile.SaveSettings(ctx, scope, settings) })
}

// change runs a change of the profile.
func (g goProfile) change(work func(ctx context.Context) error) js.Value {
	return promise(g.bridge.warn, func() (any, error) {
		err := work(context.Background())
		if own, ok := errors.AsType[*failure](err); ok {
			return nil, own
		}
		if err != nil {
			return nil, &failure{
				code: wire.CodeInternal, cause: err,
				message: "The browser's storage could not be changed. Reload the page and try again.",
			}
		}
		return js.Undefined(), nil
	})
}

func parseScope(v js.Value) (profile.Scope, error) {
	f := fieldsOf(v)
	return profile.Scope{
		Tenant:        wire.TenantID(f.string("tenant")),
		Device:        wire.DeviceID(f.string("deviceId")),
		Configuration: wire.ConfigurationID(f.string("configurationId")),
	}, f.err
}

func unreadable(err error) error {
	return &failure{
		code: wire.CodeInternal, cause: err,
		message: "The browser's storage could not be read. Reload the page and try again.",
	}
}
