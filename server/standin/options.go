package standin

import (
	"errors"
	"fmt"
	"log/slog"
	"strconv"
	"time"

	"porthole/server/platform"
	"porthole/ssh/wire"
)

// User is a person who may sign in.
type User struct {
	Name     string
	Password string
	// Roles decide what is allowed; without wire.RoleRemoteAccess nothing can be
	// connected to and no configuration changed.
	Roles []string
	// TFA, when set, is the code that sign-in asks for beside the password.
	TFA string
	// PasswordExpired refuses every sign-in until the password was changed.
	PasswordExpired bool
}

// Device is a device of the inventory together with the user its agent signs in as.
type Device struct {
	// ID is the id in the inventory, decimal digits; empty takes the next free one.
	ID     wire.DeviceID
	Name   string
	Type   string
	Serial string // external id of type c8y_Serial; empty means none
	// User and Password are the credentials of the agent. User defaults to
	// "device_<serial>"; without a Password no agent can sign in.
	User     string
	Password string
	// Configurations without an id get the next free one of the device.
	Configurations []platform.Configuration
	// LastSeen is when the device was last in contact; zero means never.
	LastSeen time.Time
}

// Options configure a Platform. The zero value is a tenant without users and devices.
type Options struct {
	// Tenant is the id of the only tenant; default "t12345".
	Tenant wire.TenantID
	// Domain is the host name of the tenant, which cookies are set for; by default the
	// host each request names.
	Domain string
	// StateFile keeps devices, configurations and users over a restart; empty keeps
	// them in memory only.
	StateFile string
	// Users are created or, when the state file knows them, brought up to date.
	Users []User
	// Devices are created when the state file does not know them; for those it knows
	// only the agent's credentials are brought up to date.
	Devices []Device
	// DeviceWait is how long a client's websocket waits for its device; default 60 s.
	DeviceWait time.Duration
	// BufferLimit is how many bytes of a client wait for its device before the platform
	// stops reading; default 1 MiB. No byte is ever dropped.
	BufferLimit int
	// NotSubscribed answers 404 to everything under /service/remoteaccess, as a tenant
	// does that has no remote access.
	NotSubscribed bool
	// BasicOnly offers no sign-in by form, as tenants do that know Basic alone.
	BasicOnly bool
	// TokenLife is how long a token of a sign-in is good; default 14 days.
	TokenLife time.Duration
	// Now is the clock; default time.Now.
	Now func() time.Time
	// Log receives what happens, never a secret; default discards.
	Log *slog.Logger
}

// Defaults of Options.
const (
	defaultTenant      = wire.TenantID("t12345")
	defaultDeviceWait  = 60 * time.Second
	defaultBufferLimit = 1 << 20 // bytes
	defaultTokenLife   = 14 * 24 * time.Hour
)

// withDefaults fills what was left out and reports every problem at once.
func (o Options) withDefaults() (Options, error) {
	if o.Tenant == "" {
		o.Tenant = defaultTenant
	}
	if o.DeviceWait == 0 {
		o.DeviceWait = defaultDeviceWait
	}
	if o.BufferLimit == 0 {
		o.BufferLimit = defaultBufferLimit
	}
	if o.TokenLife == 0 {
		o.TokenLife = defaultTokenLife
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	return o, o.validate()
}

func (o Options) validate() error {
	var problems []error
	if o.DeviceWait < 0 {
		problems = append(problems, errors.New("DeviceWait is negative"))
	}
	if o.BufferLimit < 0 {
		problems = append(problems, errors.New("BufferLimit is negative"))
	}
	if o.TokenLife < 0 {
		problems = append(problems, errors.New("TokenLife is negative"))
	}
	for i, u := range o.Users {
		if !validUserName(u.Name) {
			problems = append(problems, fmt.Errorf("user %d: name %q is empty or holds one of : / or a control character", i, u.Name))
		}
		if u.Password == "" {
			problems = append(problems, fmt.Errorf("user %d: no password", i))
		}
	}
	for i, d := range o.Devices {
		if d.ID != "" && !validID(string(d.ID)) {
			problems = append(problems, fmt.Errorf("device %d: id %q is not decimal digits", i, d.ID))
		}
		if d.User != "" && !validUserName(d.User) {
			problems = append(problems, fmt.Errorf("device %d: user %q holds one of : / or a control character", i, d.User))
		}
	}
	return errors.Join(problems...)
}

// validID says whether s is an id of the inventory: digits of a number that fits.
func validID(s string) bool {
	n, err := strconv.ParseInt(s, 10, 64)
	return err == nil && n > 0 && strconv.FormatInt(n, 10) == s
}

// validUserName says whether Basic can carry the name: no colon (RFC 7617 §2), no slash
// (it separates the tenant), no control characters.
func validUserName(s string) bool {
	if s == "" {
		return false
	}
	for _, r := range s {
		if r == ':' || r == '/' || r < ' ' || r == 0x7f {
			return false
		}
	}
	return true
}
