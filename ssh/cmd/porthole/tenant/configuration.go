package tenant

import (
	"context"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"strconv"
	"strings"

	"porthole/ssh/cmd/porthole/fault"
	"porthole/ssh/wire"
)

// Configuration is a remote access configuration of a device. Its credentials are left
// out: the CLI has no use for them.
type Configuration struct {
	ID       wire.ConfigurationID `json:"id"`
	Name     string               `json:"name"`
	Hostname string               `json:"hostname"`
	Port     int                  `json:"port"`
	Protocol string               `json:"protocol"`
}

// Passthrough tells whether it carries raw TCP.
func (c Configuration) Passthrough() bool {
	return strings.EqualFold(c.Protocol, wire.ProtocolPassthrough)
}

// Address is the endpoint as seen from the device.
func (c Configuration) Address() string {
	return net.JoinHostPort(c.Hostname, strconv.Itoa(c.Port))
}

func (c Configuration) cleaned() Configuration {
	c.ID, c.Name = wire.ConfigurationID(clean(string(c.ID))), clean(c.Name)
	c.Hostname, c.Protocol = clean(c.Hostname), clean(c.Protocol)
	return c
}

// Configurations lists the configurations of a device, of every protocol.
func (c *Client) Configurations(ctx context.Context, device wire.DeviceID) ([]Configuration, error) {
	var found []Configuration
	err := c.read(ctx, wire.ConfigurationsPath(device), nil, &found)
	if notFound(err) {
		if subscribed, asked := c.Subscribed(ctx); asked == nil && !subscribed {
			return nil, fault.Wrap(err, fault.Permission, "%s has no Cloud Remote Access. Ask an administrator of the tenant to subscribe it.", c.Host())
		}
		return nil, fault.Wrap(err, fault.NoDevice, "%s knows no remote access of a device with the id %s.", c.Host(), device)
	}
	for i := range found {
		found[i] = found[i].cleaned()
	}
	return found, err
}

// AnyConfiguration finds one configuration of any protocol, by name, pattern or id.
func (c *Client) AnyConfiguration(ctx context.Context, device Device, name string) (Configuration, error) {
	all, err := c.Configurations(ctx, device.ID)
	if err != nil {
		return Configuration{}, err
	}
	fit, _ := matching(all, Wanted{Name: name})
	switch len(fit) {
	case 1:
		return fit[0], nil
	case 0:
		return Configuration{}, fault.New(fault.NoConfiguration, "%s has no remote access configuration %q.%s", device.Name, clean(name), has(all))
	default:
		return Configuration{}, fault.New(fault.NoConfiguration, "%q fits several remote access configurations of %s. Use the id of one.%s", clean(name), device.Name, has(fit))
	}
}

// has lists configurations for an error.
func has(all []Configuration) string {
	if len(all) == 0 {
		return ""
	}
	var have []string
	for i, configuration := range all {
		if i == maxCandidates {
			have = append(have, "…")
			break
		}
		have = append(have, fmt.Sprintf("%s (%s, %s %s)", configuration.Name, configuration.ID, configuration.Protocol, configuration.Address()))
	}
	return " It has: " + strings.Join(have, ", ") + "."
}

// Change is what of a configuration is to be set; nil leaves it.
type Change struct {
	Name, Hostname *string
	Port           *int
	Protocol       *string
	// Credentials of protocols that the platform ends itself (SSH, VNC, Telnet).
	CredentialsType, Username, Password, PrivateKey, PublicKey *string
}

func (change Change) body() map[string]any {
	body := map[string]any{}
	for key, text := range map[string]*string{
		"name": change.Name, "hostname": change.Hostname, "protocol": change.Protocol,
		"credentialsType": change.CredentialsType, "username": change.Username, "password": change.Password,
		"privateKey": change.PrivateKey, "publicKey": change.PublicKey,
	} {
		if text != nil {
			body[key] = *text
		}
	}
	if change.Port != nil {
		body["port"] = *change.Port
	}
	return body
}

// Create makes a configuration.
func (c *Client) Create(ctx context.Context, device wire.DeviceID, change Change) (Configuration, error) {
	var made Configuration
	err := c.exchange(ctx, request{method: http.MethodPost, path: wire.ConfigurationsPath(device), body: change.body()}, &made)
	return made.cleaned(), err
}

// Update changes a configuration.
func (c *Client) Update(ctx context.Context, device wire.DeviceID, id wire.ConfigurationID, change Change) (Configuration, error) {
	var changed Configuration
	err := c.exchange(ctx, request{method: http.MethodPut, path: configurationPath(device, id), body: change.body()}, &changed)
	return changed.cleaned(), err
}

// Delete removes a configuration. Connections that use it go on.
func (c *Client) Delete(ctx context.Context, device wire.DeviceID, id wire.ConfigurationID) error {
	return c.exchange(ctx, request{method: http.MethodDelete, path: configurationPath(device, id)}, nil)
}

func configurationPath(device wire.DeviceID, id wire.ConfigurationID) string {
	return wire.ConfigurationsPath(device) + "/" + url.PathEscape(string(id))
}
