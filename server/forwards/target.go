package forwards

import (
	"fmt"
	"net/netip"
	"strings"

	"porthole/ssh/wire"
)

// Target is what one forward leads to, and for whom.
type Target struct {
	Tenant wire.TenantID
	User   string
	Device wire.DeviceID
	Scheme string // http or https
	Host   string // canonical, as seen from the device
	Port   int
}

// maxHost is the longest name of the domain name system (RFC 1035 §2.3.4), in bytes.
const maxHost = 253

// InvalidError is what is wrong with a request for an origin: a sentence for a person.
type InvalidError string

// Error is that sentence.
func (e InvalidError) Error() string { return string(e) }

// Everything that can be wrong with a target.
const (
	ErrDevice InvalidError = "A forward needs the id of a device."
	ErrScheme InvalidError = "A forward needs the scheme http or https."
	ErrHost   InvalidError = "A forward needs a host name or an IP address as seen from the device, such as localhost or 10.0.0.7."
	ErrPort   InvalidError = "A forward needs a port from 1 to 65535."
)

// NewTarget reads a request for an origin. Every way to write a host becomes one. What is
// wrong with it is an InvalidError.
func NewTarget(tenant wire.TenantID, user string, request wire.ForwardRequest) (Target, error) {
	t := Target{Tenant: tenant, User: user, Device: request.Device, Scheme: request.Scheme, Host: wire.CanonicalHost(request.Host), Port: request.Port}
	switch {
	case !isDevice(string(t.Device)):
		return Target{}, ErrDevice
	case t.Scheme != "http" && t.Scheme != "https":
		return Target{}, ErrScheme
	case request.Host == "" || !isHost(t.Host):
		return Target{}, ErrHost
	case t.Port < 1 || t.Port > 65535:
		return Target{}, ErrPort
	}
	return t, nil
}

// String names the target in a log.
func (t Target) String() string { return fmt.Sprintf("%s://%s:%d", t.Scheme, t.Host, t.Port) }

// isDevice: the platform's ids are decimal.
func isDevice(id string) bool {
	return id != "" && len(id) <= 20 && strings.Trim(id, "0123456789") == ""
}

// isHost takes names of letters, digits, '-' and '_', and IP addresses with a zone.
func isHost(host string) bool {
	if len(host) > maxHost {
		return false
	}
	if strings.Contains(host, ":") {
		address, err := netip.ParseAddr(host)
		return err == nil && strings.Trim(address.Zone(), nameBytes) == ""
	}
	for label := range strings.SplitSeq(host, ".") {
		if label == "" || len(label) > 63 || strings.Trim(label, nameBytes) != "" {
			return false
		}
	}
	return true
}

const nameBytes = "abcdefghijklmnopqrstuvwxyz0123456789-_"
