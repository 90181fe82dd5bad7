package server

import (
	"strings"
	"testing"
)

func TestForwardOptionsThatDoNotFitAreNamed(t *testing.T) {
	certFile, keyFile := pair(t)
	public := func(c *Config) {
		c.Listen, c.PublicURL, c.TLSCert, c.TLSKey = ":8440", "https://porthole.corp.example", certFile, keyFile
	}
	for _, c := range []struct {
		name   string
		change func(*Config)
		option string // "" when it is fine
	}{
		{"below the page's own name", public, ""},
		{"neither on nor off", func(c *Config) { c.Forwards = "maybe" }, "forwards"},
		{"off", func(c *Config) { c.Forwards = "off" }, ""},
		{"off with a site", func(c *Config) { public(c); c.Forwards, c.ForwardSite = "off", "https://usercontent.test" }, "forward-site"},
		{"off with ports", func(c *Config) { c.Forwards, c.ForwardPorts = "off", "8441" }, "forward-ports"},
		{"site and ports", func(c *Config) { public(c); c.ForwardSite, c.ForwardPorts = "https://usercontent.test", "8441" }, "forward-ports"},
		{"a site", func(c *Config) { public(c); c.ForwardSite = "https://usercontent.test:8443" }, ""},
		{"a site on loopback", func(c *Config) { c.ForwardSite = "http://usercontent.localhost:8440" }, ""},
		{"no URL", func(c *Config) { c.ForwardSite = "usercontent.test" }, "forward-site"},
		{"http under https", func(c *Config) { public(c); c.ForwardSite = "http://usercontent.test" }, "forward-site"},
		{"https under http", func(c *Config) { c.ForwardSite = "https://usercontent.localhost" }, "forward-site"},
		{"an address as site", func(c *Config) { public(c); c.ForwardSite = "https://192.0.2.7" }, "forward-site"},
		{"a bare name as site", func(c *Config) { c.ForwardSite = "http://localhost:8440" }, "forward-site"},
		{"the page's own name", func(c *Config) { public(c); c.ForwardSite = "https://porthole.corp.example:9" }, "forward-site"},
		{"a name below it", func(c *Config) { public(c); c.ForwardSite = "https://fwd.porthole.corp.example" }, "forward-site"},
		{"a sister of it", func(c *Config) { public(c); c.ForwardSite = "https://usercontent.corp.example" }, "forward-site"},
		{"below the loopback name", func(c *Config) { c.ForwardSite = "http://x.porthole.localhost:8440" }, "forward-site"},
		{"ports", func(c *Config) { c.ForwardPorts = "8441-8450, 9000" }, ""},
		{"as many ports as may be", func(c *Config) { c.ForwardPorts = "8501-8600" }, ""},
		{"too many ports", func(c *Config) { c.ForwardPorts = "8501-8601" }, "forward-ports"},
		{"too many ports in parts", func(c *Config) { c.ForwardPorts = "8501-8600,9000" }, "forward-ports"},
		{"ports the wrong way round", func(c *Config) { c.ForwardPorts = "8450-8441" }, "forward-ports"},
		{"port 0", func(c *Config) { c.ForwardPorts = "0" }, "forward-ports"},
		{"no ports", func(c *Config) { c.ForwardPorts = "8441-" }, "forward-ports"},
		{"the page's own port", func(c *Config) { c.ForwardPorts = "8440-8445" }, "forward-ports"},
		{"the public port", func(c *Config) { public(c); c.ForwardPorts = "443" }, "forward-ports"},
		{"the admin port", func(c *Config) { c.AdminListen, c.ForwardPorts = "127.0.0.1:9090", "9090" }, "forward-ports"},
		{"plain forwards", func(c *Config) { c.PlainForwards = "deny" }, ""},
		{"plain forwards by another word", func(c *Config) { c.PlainForwards = "never" }, "plain-forwards"},
	} {
		t.Run(c.name, func(t *testing.T) {
			config := good()
			c.change(&config)
			err := config.Validate()
			if c.option == "" && err != nil || c.option != "" && (err == nil || !strings.HasPrefix(err.Error(), "--"+c.option+":")) {
				t.Errorf("got %v, want a problem with %q", err, c.option)
			}
		})
	}
}

func TestAStateFolderThatCannotBeUsedIsSaid(t *testing.T) {
	c := good()
	c.Listen, c.StateDir = "127.0.0.1:0", "/dev/null/state"
	if _, err := New(c); err == nil || !strings.HasPrefix(err.Error(), "--state-dir:") {
		t.Errorf("got %v", err)
	}
}
