package standin

import (
	"encoding/hex"
	"encoding/json"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"porthole/server/platform"
	"porthole/ssh/wire"
)

const (
	maxBody = 64 << 10 // bytes of a JSON body
	maxName = 255      // bytes of a configuration's name or host
	// cipherPrefix marks a stored secret, as the platform marks it.
	cipherPrefix = "{cipher}"
)

var (
	protocols       = []string{wire.ProtocolPassthrough, "TCP", "VNC", "TELNET", "SSH"}
	credentialTypes = []string{"NONE", "PASS_ONLY", "USER_PASS", "KEY_PAIR", "CERTIFICATE"}
)

// configurationInput is the flat body of a request; what is left out stays as it is.
type configurationInput struct {
	Name            *string `json:"name"`
	Hostname        *string `json:"hostname"`
	Port            *int    `json:"port"`
	Protocol        *string `json:"protocol"`
	CredentialsType *string `json:"credentialsType"`
	Username        *string `json:"username"`
	Password        *string `json:"password"`
	PublicKey       *string `json:"publicKey"`
	PrivateKey      *string `json:"privateKey"`
	HostKey         *string `json:"hostKey"`
	Certificate     *string `json:"certificate"`
}

// apply puts the input over a configuration and its credentials, which it replaces.
func (in configurationInput) apply(c *platform.Configuration) {
	cred := platform.Credentials{Type: "NONE"}
	if c.Credentials != nil {
		cred = *c.Credentials
	}
	put(&c.Name, in.Name)
	put(&c.Hostname, in.Hostname)
	put(&c.Port, in.Port)
	put(&c.Protocol, in.Protocol)
	put(&cred.Type, in.CredentialsType)
	putOptional(&cred.Username, in.Username)
	putOptional(&cred.PublicKey, in.PublicKey)
	putOptional(&cred.HostKey, in.HostKey)
	putOptional(&cred.Certificate, in.Certificate)
	putOptional(&cred.Password, concealed(in.Password))
	putOptional(&cred.PrivateKey, concealed(in.PrivateKey))
	c.Credentials = &cred
}

func put[T any](dst *T, v *T) {
	if v != nil {
		*dst = *v
	}
}

func putOptional(dst **string, v *string) {
	if v != nil {
		*dst = v
	}
}

// concealed is what is kept of a secret: a mark that there is one. The stand-in ends no
// protocol itself and so never needs the secret; what it does not have cannot leak.
func concealed(secret *string) *string {
	if secret == nil || *secret == "" || strings.HasPrefix(*secret, cipherPrefix) {
		return secret
	}
	s := cipherPrefix + hex.EncodeToString(randomBytes(32))
	return &s
}

// checkConfiguration normalises and validates; the error is a sentence for the caller.
func checkConfiguration(c *platform.Configuration) error {
	c.Name = strings.TrimSpace(c.Name)
	c.Hostname = strings.TrimSpace(c.Hostname)
	c.Protocol = strings.ToUpper(c.Protocol)
	if c.Credentials == nil {
		c.Credentials = &platform.Credentials{}
	}
	if c.Credentials.Type == "" {
		c.Credentials.Type = "NONE"
	}
	problem := ""
	switch {
	case c.Name == "" || len(c.Name) > maxName || hasControl(c.Name):
		problem = "name must have 1 to 255 bytes and no control characters."
	case c.Hostname == "" || len(c.Hostname) > maxName || hasControl(c.Hostname) || strings.ContainsAny(c.Hostname, " /"):
		problem = "hostname must be a host name or an address."
	case c.Port < 1 || c.Port > 65535:
		problem = "port must be between 1 and 65535."
	case !slices.Contains(protocols, c.Protocol):
		problem = "protocol must be one of " + strings.Join(protocols, ", ") + "."
	case !slices.Contains(credentialTypes, c.Credentials.Type):
		problem = "credentialsType must be one of " + strings.Join(credentialTypes, ", ") + "."
	}
	if problem != "" {
		return invalid("remoteaccess", problem)
	}
	return nil
}

func hasControl(s string) bool {
	return strings.ContainsFunc(s, func(r rune) bool { return r < ' ' || r == 0x7f })
}

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
