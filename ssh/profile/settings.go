package profile

import (
	"context"
	"fmt"
	"net/url"

	"porthole/ssh/wire"
)

// Credential says what a person offers to the device first.
type Credential string

// The credentials there are.
const (
	CredentialPassword Credential = "password"
	CredentialKey      Credential = "key"
)

// Scope names what settings belong to: one remote access configuration.
type Scope struct {
	Tenant        wire.TenantID
	Device        wire.DeviceID
	Configuration wire.ConfigurationID
}

// Settings are what a person chose for one configuration. No secret is among them.
type Settings struct {
	// User is the SSH user; empty when none was chosen.
	User string
	// Credential is offered first.
	Credential Credential
	// AllowOldAlgorithms also offers the algorithms of ten years ago.
	AllowOldAlgorithms bool
}

// defaultSettings holds for a configuration nothing was chosen for.
var defaultSettings = Settings{Credential: CredentialPassword}

// Names in settings.json. Whatever else stands there, a newer version wrote: it is kept.
const (
	versionName        = "version"        // 1
	configurationsName = "configurations" // settings by Scope.key
	userName           = "user"
	credentialName     = "credential"
	allowOldName       = "allowOldAlgorithms"
)

// key is the scope's name in settings.json; no two scopes share one.
func (s Scope) key() string {
	return url.PathEscape(string(s.Tenant)) + "/" + url.PathEscape(string(s.Device)) + "/" +
		url.PathEscape(string(s.Configuration))
}

// Settings returns the settings of a configuration; defaults for what is missing or
// cannot be understood.
func (p *Profile) Settings(_ context.Context, scope Scope) (Settings, error) {
	p.mu.Lock()
	text, err := read(p.fs, settingsFile)
	p.mu.Unlock()
	if err != nil {
		return defaultSettings, err
	}
	_, configurations, err := parseSettings(text)
	if err != nil {
		p.warn("the settings cannot be understood, so defaults count", err)
		return defaultSettings, nil
	}
	raw := configurations.get(scope.key())
	if raw == nil {
		return defaultSettings, nil
	}
	fields, err := parseObject(raw)
	if err != nil {
		p.warn("the settings of a configuration cannot be understood, so defaults count", err)
	}
	return settingsOf(fields), nil
}

// settingsOf takes what it understands.
func settingsOf(fields jsonObject) Settings {
	settings := defaultSettings
	if user, ok := parseString(fields.get(userName)); ok {
		settings.User = user
	}
	if credential, ok := parseString(fields.get(credentialName)); ok && Credential(credential) == CredentialKey {
		settings.Credential = CredentialKey
	}
	settings.AllowOldAlgorithms = string(fields.get(allowOldName)) == "true"
	return settings
}

// SaveSettings replaces the settings of a configuration.
func (p *Profile) SaveSettings(ctx context.Context, scope Scope, settings Settings) error {
	return p.update(ctx, settingsFile, func(text []byte) ([]byte, error) {
		file, configurations, err := parseSettings(text)
		if err != nil {
			p.keepBroken(text, err)
			file, configurations = nil, nil
		}
		fields, err := parseObject(configurations.get(scope.key()))
		if err != nil {
			fields = nil // none yet, or nothing anybody could use
		}
		allowOld := "false"
		if settings.AllowOldAlgorithms {
			allowOld = "true"
		}
		fields = fields.with(userName, appendString(nil, settings.User)).
			with(credentialName, appendString(nil, string(settings.Credential))).
			with(allowOldName, []byte(allowOld))
		configurations = configurations.with(scope.key(), fields.text("    "))
		if file.get(versionName) == nil {
			file = file.with(versionName, []byte("1"))
		}
		file = file.with(configurationsName, configurations.text("  "))
		return append(file.text(""), '\n'), nil
	})
}

// keepBroken saves a file nobody understands before it is replaced. p.mu is held.
func (p *Profile) keepBroken(text []byte, cause error) {
	p.warn("the settings cannot be understood and start anew; the old ones are in "+brokenSettingsFile, cause)
	if err := p.fs.WriteFile(brokenSettingsFile, text); err != nil {
		p.warn("the old settings could not be kept", err)
	}
}

// parseSettings takes settings.json apart as far as needed.
func parseSettings(text []byte) (file, configurations jsonObject, err error) {
	if len(text) == 0 {
		return nil, nil, nil
	}
	file, err = parseObject(text)
	if err != nil {
		return nil, nil, fmt.Errorf("parse settings: %w", err)
	}
	if raw := file.get(configurationsName); raw != nil {
		if configurations, err = parseObject(raw); err != nil {
			return nil, nil, fmt.Errorf("parse settings of configurations: %w", err)
		}
	}
	return file, configurations, nil
}
