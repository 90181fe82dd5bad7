//go:build js

package bridge

import (
	"context"
	"errors"
	"syscall/js"

	"porthole/ssh/profile"
	"porthole/ssh/wire"
	"porthole/wasm/jsval"
)

func parsePortsScope(v js.Value) (profile.PortsScope, error) {
	f := fieldsOf(v)
	return profile.PortsScope{
		Tenant:    wire.TenantID(f.string("tenant")),
		Principal: f.string("principal"),
		Device:    wire.DeviceID(f.string("deviceId")),
	}, f.err
}

func (g goProfile) ports(args []js.Value) any {
	scope, err := parsePortsScope(args[0])
	if err != nil {
		return rejected(err)
	}
	return promise(g.bridge.warn, func() (any, error) {
		s, err := g.profile.Ports(context.Background(), scope)
		if err != nil {
			return nil, unreadable(err)
		}
		bookmarks := []any{}
		for _, b := range s.Bookmarks {
			bookmarks = append(bookmarks, map[string]any{
				"name": b.Name, "scheme": b.Scheme, "host": b.Host, "port": b.Port, "path": b.Path,
			})
		}
		return map[string]any{
			"bookmarks": bookmarks, "opened": jsval.Array(s.Opened), "agreed": jsval.Array(s.Agreed),
		}, nil
	})
}

func (g goProfile) savePorts(args []js.Value) any {
	scope, err := parsePortsScope(args[0])
	if err != nil {
		return rejected(err)
	}
	settings, err := parsePortsSettings(args[1])
	if err != nil {
		return rejected(err)
	}
	return g.change(func(ctx context.Context) error {
		err := g.profile.SavePorts(ctx, scope, settings)
		switch {
		case errors.Is(err, profile.ErrTooManyBookmarks):
			return &failure{
				code: wire.CodeInvalid, cause: err,
				message: "This device has 200 bookmarks, and there is no room for more. Remove one first.",
			}
		case errors.Is(err, profile.ErrBookmark):
			return &failure{
				code: wire.CodeInvalid, cause: err,
				message: "A bookmark needs http or https, a host, a port, and a path that begins with a slash.",
			}
		}
		return err
	})
}

func parsePortsSettings(v js.Value) (profile.PortsSettings, error) {
	f := fieldsOf(v)
	settings := profile.PortsSettings{Opened: f.strings("opened"), Agreed: f.strings("agreed")}
	bookmarks := f.get("bookmarks", jsval.IsArray)
	if f.err != nil {
		return settings, f.err
	}
	for i := range bookmarks.Length() {
		b := fieldsOf(bookmarks.Index(i))
		settings.Bookmarks = append(settings.Bookmarks, profile.Bookmark{
			Name: b.string("name"), Scheme: b.string("scheme"), Host: b.string("host"),
			Port: b.int("port", 1, maxPort), Path: b.string("path"),
		})
		if b.err != nil {
			return settings, b.err
		}
	}
	return settings, nil
}

func (g goProfile) knownCertificates(args []js.Value) any {
	tenant, tenantOK := jsval.String(args[0])
	device, deviceOK := jsval.String(args[1])
	if !tenantOK || !deviceOK {
		return rejected(invalid("Certificates are listed for a tenant and a device."))
	}
	return promise(g.bridge.warn, func() (any, error) {
		known, err := g.profile.DeviceCertificates(context.Background(), wire.TenantID(tenant), wire.DeviceID(device))
		if err != nil {
			return nil, unreadable(err)
		}
		list := []any{}
		for _, k := range known {
			list = append(list, map[string]any{"name": k.Name, "fingerprint": k.Fingerprint})
		}
		return list, nil
	})
}

func (g goProfile) removeKnownCertificate(args []js.Value) any {
	name, ok := jsval.String(args[0])
	if !ok || name == "" {
		return rejected(invalid("A certificate is removed by its name."))
	}
	return g.change(func(ctx context.Context) error { return g.profile.RemoveCertificate(ctx, name) })
}
