package profile

import (
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
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
	User string `json:"user"`
	// Credential is offered first.
	Credential Credential `json:"credential"`
	// AllowOldAlgorithms also offers the algorithms of ten years ago.
	AllowOldAlgorithms bool `json:"allowOldAlgorithms"`
}

// defaultSettings holds for a configuration nothing was chosen for.
var defaultSettings = Settings{Credential: CredentialPassword}

// settingsVersion is the version of settings.json. Fields this version does not know
// are kept as they are.
const settingsVersion = 1

// key is the scope's name in settings.json; no two scopes share one.
func (s Scope) key() string {
	return url.PathEscape(string(s.Tenant)) + "/" + url.PathEscape(string(s.Device)) + "/" +
		url.PathEscape(string(s.Configuration))
}

// Settings returns the settings of a configuration; defaults for what is missing or
// cannot be understood.
func (p *Profile) Settings(ctx context.Context, scope Scope) (Settings, error) {
	p.mu.Lock()
	text, err := read(p.fs, settingsFile)
	p.mu.Unlock()
	if err != nil {
		return defaultSettings, err
	}
	_, configurations, err := parseSettings(text)
	if err != nil {
		p.log.WarnContext(ctx, "settings cannot be understood, using defaults", slog.Any("error", err))
		return defaultSettings, nil
	}
	settings := defaultSettings
	raw, ok := configurations[scope.key()]
	if !ok {
		return settings, nil
	}
	if err := json.Unmarshal(raw, &settings); err != nil {
		p.log.WarnContext(ctx, "settings of a configuration cannot be understood, using defaults", slog.Any("error", err))
		return defaultSettings, nil
	}
	if settings.Credential != CredentialKey {
		settings.Credential = CredentialPassword
	}
	return settings, nil
}

// SaveSettings replaces the settings of a configuration.
func (p *Profile) SaveSettings(ctx context.Context, scope Scope, settings Settings) error {
	return p.update(ctx, settingsFile, func(text []byte) ([]byte, error) {
		file, configurations, err := parseSettings(text)
		if err != nil {
			p.keepBroken(ctx, text, err)
			file, configurations = map[string]json.RawMessage{}, map[string]json.RawMessage{}
		}
		merged, err := merge(configurations[scope.key()], settings)
		if err != nil {
			return nil, err
		}
		configurations[scope.key()] = merged
		if file["configurations"], err = json.Marshal(configurations); err != nil {
			return nil, fmt.Errorf("encode settings: %w", err)
		}
		if _, ok := file["version"]; !ok {
			file["version"] = json.RawMessage(fmt.Sprint(settingsVersion))
		}
		changed, err := json.MarshalIndent(file, "", "  ")
		if err != nil {
			return nil, fmt.Errorf("encode settings: %w", err)
		}
		return append(changed, '\n'), nil
	})
}

// keepBroken saves a file nobody understands before it is replaced. p.mu is held.
func (p *Profile) keepBroken(ctx context.Context, text []byte, cause error) {
	p.log.WarnContext(ctx, "settings cannot be understood and start anew, the old file is kept",
		slog.String("file", brokenSettingsFile), slog.Any("error", cause))
	if err := p.fs.WriteFile(brokenSettingsFile, text); err != nil {
		p.log.WarnContext(ctx, "old settings could not be kept", slog.Any("error", err))
	}
}

// parseSettings takes settings.json apart as far as needed, so that what a newer
// version added stays.
func parseSettings(text []byte) (file, configurations map[string]json.RawMessage, err error) {
	file, configurations = map[string]json.RawMessage{}, map[string]json.RawMessage{}
	if len(text) == 0 {
		return file, configurations, nil
	}
	if err := json.Unmarshal(text, &file); err != nil {
		return nil, nil, fmt.Errorf("parse settings: %w", err)
	}
	if raw, ok := file["configurations"]; ok {
		if err := json.Unmarshal(raw, &configurations); err != nil {
			return nil, nil, fmt.Errorf("parse settings of configurations: %w", err)
		}
	}
	if file == nil || configurations == nil { // the text was "null"
		return map[string]json.RawMessage{}, map[string]json.RawMessage{}, nil
	}
	return file, configurations, nil
}

// merge lays settings over what was there.
func merge(old json.RawMessage, settings Settings) (json.RawMessage, error) {
	fields := map[string]json.RawMessage{}
	if json.Unmarshal(old, &fields) != nil || fields == nil {
		fields = map[string]json.RawMessage{} // unreadable or none: nothing to keep
	}
	fresh, err := json.Marshal(settings)
	if err == nil {
		err = json.Unmarshal(fresh, &fields)
	}
	if err != nil {
		return nil, fmt.Errorf("encode settings: %w", err)
	}
	merged, err := json.Marshal(fields)
	if err != nil {
		return nil, fmt.Errorf("encode settings: %w", err)
	}
	return merged, nil
}
