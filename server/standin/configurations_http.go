package standin

import (
	"encoding/json"
	"net/http"
	"slices"
	"strconv"

	"porthole/server/platform"
	"porthole/ssh/wire"
)

// listConfigurations answers with a bare array and knows no paging.
func (p *Platform) listConfigurations(c *call) error {
	d, err := p.deviceOf(c)
	if err != nil {
		return err
	}
	p.mu.RLock()
	list := d.configurations
	p.mu.RUnlock()
	if list == nil {
		list = []platform.Configuration{}
	}
	writeJSON(c.w, http.StatusOK, list)
	return nil
}

func (p *Platform) getConfiguration(c *call) error {
	_, cfg, err := p.configurationOf(c)
	if err != nil {
		return err
	}
	writeJSON(c.w, http.StatusOK, cfg)
	return nil
}

// configurationOf finds the configuration of the path.
func (p *Platform) configurationOf(c *call) (*device, platform.Configuration, error) {
	d, err := p.deviceOf(c)
	if err != nil {
		return nil, platform.Configuration{}, err
	}
	p.mu.RLock()
	list := d.configurations
	p.mu.RUnlock()
	i, err := indexConfiguration(list, c.args[1])
	if err != nil {
		return nil, platform.Configuration{}, err
	}
	return d, list[i], nil
}

func indexConfiguration(list []platform.Configuration, id string) (int, error) {
	i := slices.IndexFunc(list, func(cfg platform.Configuration) bool { return string(cfg.ID) == id })
	if i < 0 {
		return 0, notFound("remoteaccess", "No remote access configuration with id '"+id+"'.")
	}
	return i, nil
}

var errNoRemoteAccess = forbidden("Access is denied: " + wire.RoleRemoteAccess + " is required.")

// readConfiguration checks the right to write and reads the body.
func (p *Platform) readConfiguration(c *call) (*device, configurationInput, error) {
	var in configurationInput
	if !c.who.mayConnect() {
		return nil, in, errNoRemoteAccess
	}
	d, err := p.deviceOf(c)
	if err != nil {
		return nil, in, err
	}
	return d, in, readJSON(c, "remoteaccess", &in)
}

func (p *Platform) createConfiguration(c *call) error {
	d, in, err := p.readConfiguration(c)
	if err != nil {
		return err
	}
	var cfg platform.Configuration
	in.apply(&cfg)
	if err := checkConfiguration(&cfg); err != nil {
		return err
	}
	err = p.change(d, func(list []platform.Configuration) ([]platform.Configuration, error) {
		cfg.ID = d.freeConfigurationID(list)
		return append(list, cfg), nil
	})
	if err != nil {
		return err
	}
	c.w.Header().Set("Location", baseURL(c.r)+wire.ConfigurationsPath(d.id)+"/"+string(cfg.ID))
	writeJSON(c.w, http.StatusCreated, cfg)
	return nil
}

func (p *Platform) updateConfiguration(c *call) error {
	d, in, err := p.readConfiguration(c)
	if err != nil {
		return err
	}
	var cfg platform.Configuration
	err = p.change(d, func(list []platform.Configuration) ([]platform.Configuration, error) {
		i, err := indexConfiguration(list, c.args[1])
		if err != nil {
			return nil, err
		}
		cfg = list[i]
		in.apply(&cfg)
		if err := checkConfiguration(&cfg); err != nil {
			return nil, err
		}
		list[i] = cfg
		return list, nil
	})
	if err != nil {
		return err
	}
	writeJSON(c.w, http.StatusOK, cfg)
	return nil
}

// deleteConfiguration leaves the connections of the configuration as they are.
func (p *Platform) deleteConfiguration(c *call) error {
	if !c.who.mayConnect() {
		return errNoRemoteAccess
	}
	d, err := p.deviceOf(c)
	if err != nil {
		return err
	}
	err = p.change(d, func(list []platform.Configuration) ([]platform.Configuration, error) {
		i, err := indexConfiguration(list, c.args[1])
		if err != nil {
			return nil, err
		}
		return slices.Delete(list, i, i+1), nil
	})
	if err != nil {
		return err
	}
	c.w.WriteHeader(http.StatusNoContent)
	return nil
}

// change replaces the configurations of a device and saves; what cannot be saved is
// undone. The function gets a copy and runs under the lock.
func (p *Platform) change(d *device, f func([]platform.Configuration) ([]platform.Configuration, error)) error {
	p.saveMu.Lock()
	defer p.saveMu.Unlock()
	p.mu.Lock()
	before, updated := d.configurations, d.updated
	list, err := f(slices.Clone(before))
	if err == nil {
		d.configurations, d.updated = list, p.now()
	}
	p.mu.Unlock()
	if err != nil {
		return err
	}
	if err := p.saveLocked(); err != nil {
		p.mu.Lock()
		d.configurations, d.updated = before, updated
		p.mu.Unlock()
		return err
	}
	return nil
}

// freeConfigurationID takes the next id of the device that no configuration has and none
// had. The caller holds Platform.mu.
func (d *device) freeConfigurationID(list []platform.Configuration) wire.ConfigurationID {
	for {
		d.nextConfig++
		id := strconv.FormatInt(d.nextConfig, 10)
		if _, err := indexConfiguration(list, id); err != nil {
			return wire.ConfigurationID(id)
		}
	}
}

// readJSON reads a bounded body of one JSON value.
func readJSON(c *call, part string, v any) error {
	dec := json.NewDecoder(http.MaxBytesReader(c.w, c.r.Body, maxBody))
	if err := dec.Decode(v); err != nil {
		return bodyError(part, err)
	}
	if dec.More() {
		return malformed(part, "The request body holds more than one value.")
	}
	return nil
}
