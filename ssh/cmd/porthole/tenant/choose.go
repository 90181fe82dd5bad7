package tenant

import (
	"context"
	"fmt"
	"strings"

	"porthole/ssh/cmd/porthole/fault"
	"porthole/ssh/wire"
)

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
			func(c Configuration) bool { return wire.Wildcard(strings.ToLower(want.Name), strings.ToLower(c.Name)) },
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
