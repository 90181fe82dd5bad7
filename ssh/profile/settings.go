package profile

import (
	"context"
	"net/url"
	"strconv"

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

// Names of one configuration's settings in settings.json.
const (
	userName       = "user"
	credentialName = "credential"
	allowOldName   = "allowOldAlgorithms"
)

// key is the scope's name in settings.json; no two scopes share one.
func (s Scope) key() string {
	return joinKey(string(s.Tenant), string(s.Device), string(s.Configuration))
}

// joinKey makes one name of three, such that no others make the same.
func joinKey(a, b, c string) string {
	return url.PathEscape(a) + "/" + url.PathEscape(b) + "/" + url.PathEscape(c)
}

// Settings returns the settings of a configuration; defaults for what is missing or
// cannot be understood.
func (p *Profile) Settings(_ context.Context, scope Scope) (Settings, error) {
	fields, err := p.entry(configurationsName, scope.key())
	return settingsOf(fields), err
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
	return p.saveEntry(ctx, configurationsName, scope.key(), func(fields jsonObject) jsonObject {
		return fields.with(userName, appendString(nil, settings.User)).
			with(credentialName, appendString(nil, string(settings.Credential))).
			with(allowOldName, strconv.AppendBool(nil, settings.AllowOldAlgorithms))
	})
}
