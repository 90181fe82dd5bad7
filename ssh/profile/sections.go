package profile

import (
	"context"
	"fmt"
)

// settings.json is an object of sections, each an object of entries by key. Whatever else
// stands there, a newer version wrote: it is kept.
const (
	versionName        = "version"        // 1
	configurationsName = "configurations" // Settings by Scope.key
	portsName          = "ports"          // PortsSettings by PortsScope.key
	filesName          = "files"          // FilesSettings by PortsScope.key
)

// entry reads one entry of a section: its members, none when there is no such entry or
// when it cannot be understood.
func (p *Profile) entry(section, key string) (jsonObject, error) {
	p.mu.Lock()
	text, err := read(p.fs, settingsFile)
	p.mu.Unlock()
	if err != nil {
		return nil, err
	}
	_, entries, err := parseSection(text, section)
	if err != nil {
		p.warn("the settings cannot be understood, so defaults count", err)
		return nil, nil
	}
	raw := entries.get(key)
	if raw == nil {
		return nil, nil
	}
	fields, err := parseObject(raw)
	if err != nil {
		p.warn("one of the settings cannot be understood, so defaults count", err)
	}
	return fields, nil
}

// saveEntry changes one entry of a section. change is given the members there are.
func (p *Profile) saveEntry(ctx context.Context, section, key string, change func(fields jsonObject) jsonObject) error {
	return p.update(ctx, settingsFile, func(text []byte) ([]byte, error) {
		file, entries, err := parseSection(text, section)
		if err != nil {
			p.keepBroken(text, err)
		}
		fields, err := parseObject(entries.get(key))
		if err != nil {
			fields = nil // none yet, or nothing anybody could use
		}
		entries = entries.with(key, change(fields).text("    "))
		if file.get(versionName) == nil {
			file = file.with(versionName, []byte("1"))
		}
		file = file.with(section, entries.text("  "))
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

// parseSection takes settings.json apart as far as needed. What could be understood is
// returned with an error, too.
func parseSection(text []byte, section string) (file, entries jsonObject, err error) {
	if len(text) == 0 {
		return nil, nil, nil
	}
	file, err = parseObject(text)
	if err != nil {
		return nil, nil, fmt.Errorf("parse settings: %w", err)
	}
	if raw := file.get(section); raw != nil {
		if entries, err = parseObject(raw); err != nil {
			return file, nil, fmt.Errorf("parse settings of %s: %w", section, err)
		}
	}
	return file, entries, nil
}
