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

// Wanted says which configuration is meant. The zero value leaves it to the rule of
// FindConfiguration.
type Wanted struct {
	Name string // name, with or without wildcards, or id
	Port int    // the port of its endpoint
}

// FindConfiguration finds the one PASSTHROUGH configuration that is meant. When nothing
// is said: the only one, else the first with port 22, else the first with "ssh" in its
// name, else the first, as other clients of the platform choose.
func (c *Client) FindConfiguration(ctx context.Context, device Device, want Wanted) (Configuration, error) {
	all, err := c.Configurations(ctx, device.ID)
	if err != nil {
		return Configuration{}, err
	}
	chosen, problem := choose(all, want)
	if problem == "" {
		return chosen, nil
	}
	if len(all) == 0 {
		return Configuration{}, fault.New(fault.NoConfiguration, "%s has no remote access configuration. Create one by `porthole configurations create-passthrough %s`.", device.Name, device.ID)
	}
	return Configuration{}, fault.New(fault.NoConfiguration, "%s %s%s", device.Name, problem, has(all))
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
	for _, configuration := range all {
		have = append(have, fmt.Sprintf("%s (%s, %s %s)", configuration.Name, configuration.ID, configuration.Protocol, configuration.Address()))
	}
	return " It has: " + strings.Join(have, ", ") + "."
}

// choose is the rule; problem says what is wrong with the list.
func choose(all []Configuration, want Wanted) (chosen Configuration, problem string) {
	fit, usable := matching(all, want)
	switch {
	case len(usable) == 0 && want == Wanted{}:
		return Configuration{}, "has no remote access configuration with the protocol PASSTHROUGH, and no other carries raw TCP."
	case len(usable) == 0 && len(fit) > 0:
		return Configuration{}, fmt.Sprintf("has %s with the protocol %s, but only PASSTHROUGH carries raw TCP.", fit[0].Name, fit[0].Protocol)
	case len(usable) == 0:
		return Configuration{}, "has no such remote access configuration."
	case len(usable) == 1:
		return usable[0], ""
	case want.Name != "":
		return Configuration{}, fmt.Sprintf("has %d remote access configurations that fit. Use the id of one.", len(usable))
	}
	for _, configuration := range usable {
		if configuration.Port == 22 {
			return configuration, ""
		}
	}
	for _, configuration := range usable {
		if strings.Contains(strings.ToLower(configuration.Name), "ssh") {
			return configuration, ""
		}
	}
	return usable[0], ""
}

// matching are the configurations that fit, and those of them that carry raw TCP. An
// exact name goes before an id, an id before a wildcard.
func matching(all []Configuration, want Wanted) (fit, usable []Configuration) {
	tests := []func(Configuration) bool{func(Configuration) bool { return true }}
	if want.Name != "" {
		tests = []func(Configuration) bool{
			func(c Configuration) bool { return strings.EqualFold(c.Name, want.Name) },
			func(c Configuration) bool { return string(c.ID) == want.Name },
			func(c Configuration) bool { return wildcard(strings.ToLower(want.Name), strings.ToLower(c.Name)) },
		}
	}
	for _, test := range tests {
		fit, usable = nil, nil
		for _, configuration := range all {
			if !test(configuration) || want.Port != 0 && configuration.Port != want.Port {
				continue
			}
			fit = append(fit, configuration)
			if configuration.Passthrough() {
				usable = append(usable, configuration)
			}
		}
		if len(fit) > 0 {
			break
		}
	}
	return fit, usable
}

// wildcard matches s against a pattern in which "*" stands for any text. It takes time
// in proportion to both lengths at most: the pattern is the person's, the names are not.
func wildcard(pattern, s string) bool {
	star, mark := -1, 0
	p, i := 0, 0
	for i < len(s) {
		switch {
		case p < len(pattern) && pattern[p] == '*':
			star, mark = p, i
			p++
		case p < len(pattern) && pattern[p] == s[i]:
			p++
			i++
		case star >= 0:
			mark++
			p, i = star+1, mark
		default:
			return false
		}
	}
	return strings.Trim(pattern[p:], "*") == ""
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
