package standin

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"porthole/server/platform"
	"porthole/ssh/wire"
)

// seed brings users and devices of the options into the state. What the state knows of
// a device stays, except for its agent's credentials.
func (p *Platform) seed() error {
	for _, o := range p.opt.Devices {
		if err := p.seedDevice(o); err != nil {
			return err
		}
	}
	for _, o := range p.opt.Users {
		if err := p.seedUser(o); err != nil {
			return err
		}
	}
	return nil
}

func (p *Platform) seedUser(o User) error {
	if old := p.accounts[o.Name]; old != nil && old.device == "" {
		delete(p.accounts, o.Name)
	}
	a := &account{
		name: o.Name, roles: slices.Clone(o.Roles), expired: o.PasswordExpired,
		password: p.vault.seal(o.Password, personIterations),
	}
	if o.TFA != "" {
		a.tfa = p.vault.seal(o.TFA, personIterations)
	}
	return p.addAccount(a)
}

func (p *Platform) seedDevice(o Device) error {
	d, err := p.findOrAdd(o)
	if err != nil {
		return err
	}
	if o.Password == "" {
		return nil
	}
	name := o.User
	if name == "" {
		name = "device_" + d.serial
	}
	if old := p.accounts[d.owner]; old != nil && old.device == d.id {
		delete(p.accounts, d.owner)
	}
	d.owner = name
	return p.addAccount(&account{
		name: name, roles: []string{roleDevice}, device: d.id,
		password: p.vault.seal(o.Password, deviceIterations),
	})
}

// findOrAdd finds a device by its id, or by its serial when it has no id, or adds it.
func (p *Platform) findOrAdd(o Device) (*device, error) {
	if d := p.devices[o.ID]; d != nil {
		return d, nil
	}
	if d := p.bySerial[o.Serial]; d != nil && o.ID == "" {
		return d, nil
	}
	now := p.now()
	d := &device{id: o.ID, serial: o.Serial, created: now, updated: now, name: o.Name, kind: o.Type}
	if d.id == "" {
		d.id = p.freeID()
	}
	if !o.LastSeen.IsZero() {
		d.touch(o.LastSeen)
	}
	for _, cfg := range o.Configurations {
		if err := d.seedConfiguration(cfg); err != nil {
			return nil, fmt.Errorf("device %q: configuration %q: %w", o.Name, cfg.Name, err)
		}
	}
	return d, p.addDevice(d)
}

func (d *device) seedConfiguration(cfg platform.Configuration) error {
	if err := checkConfiguration(&cfg); err != nil {
		return err
	}
	if cfg.ID == "" {
		cfg.ID = d.freeConfigurationID(d.configurations)
	} else if _, err := indexConfiguration(d.configurations, string(cfg.ID)); err == nil {
		return fmt.Errorf("its id %q is taken", cfg.ID)
	}
	if n, err := strconv.ParseInt(string(cfg.ID), 10, 64); err == nil {
		d.nextConfig = max(d.nextConfig, n)
	}
	cred := *cfg.Credentials
	cred.Password, cred.PrivateKey = concealed(cred.Password), concealed(cred.PrivateKey)
	cfg.Credentials = &cred
	d.configurations = append(d.configurations, cfg)
	return nil
}

// freeID takes the next id that no device has.
func (p *Platform) freeID() wire.DeviceID {
	for {
		p.nextID++
		id := wire.DeviceID(strconv.FormatInt(p.nextID, 10))
		if p.devices[id] == nil {
			return id
		}
	}
}

func (p *Platform) addDevice(d *device) error {
	number, err := strconv.ParseInt(string(d.id), 10, 64)
	if err != nil || !validID(string(d.id)) {
		return fmt.Errorf("device id %q is not decimal digits", d.id)
	}
	d.number = number
	if p.devices[d.id] != nil {
		return fmt.Errorf("two devices have the id %q", d.id)
	}
	if d.serial != "" && p.bySerial[d.serial] != nil {
		return fmt.Errorf("two devices have the serial %q", d.serial)
	}
	p.devices[d.id] = d
	if d.serial != "" {
		p.bySerial[d.serial] = d
	}
	i, _ := slices.BinarySearchFunc(p.order, number, func(o *device, n int64) int { return int(min(max(o.number-n, -1), 1)) })
	p.order = slices.Insert(p.order, i, d)
	return nil
}

func (p *Platform) addAccount(a *account) error {
	if !validUserName(a.name) {
		return fmt.Errorf("user name %q is empty or holds one of : / or a control character", strings.ToValidUTF8(a.name, "?"))
	}
	if p.accounts[a.name] != nil {
		return fmt.Errorf("two users have the name %q", a.name)
	}
	p.accounts[a.name] = a
	return nil
}
