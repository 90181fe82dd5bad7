package standin

import (
	"slices"
	"strings"

	"porthole/ssh/wire"
)

// Roles of the platform that the stand-in looks at.
const (
	roleDevice           = "ROLE_DEVICE"
	roleOperationsRead   = "ROLE_DEVICE_CONTROL_READ"
	roleOperationsAdmin  = "ROLE_DEVICE_CONTROL_ADMIN"
	roleRemoteAccessRead = "ROLE_REMOTE_ACCESS_READ"
)

// account is somebody who can sign in: a person, or the user of one device. Accounts are
// replaced, never changed, so a pointer may be used without a lock.
type account struct {
	name     string
	password *verifier // nil: cannot sign in
	roles    []string
	tfa      *verifier // nil: no code is asked for
	expired  bool
	device   wire.DeviceID // empty for a person
}

// principal is who acts in a request. The zero value may do nothing.
type principal struct {
	*account
	// device is set when the principal is a device's user.
	device *device
}

func (w principal) has(roles ...string) bool {
	return w.account != nil && slices.ContainsFunc(roles, func(r string) bool {
		return slices.Contains(w.roles, r)
	})
}

// mayConnect is the right to open connections and to change configurations.
func (w principal) mayConnect() bool { return w.has(wire.RoleRemoteAccess) }

// mayReadOperations of any device. A device's user sees its own without it.
func (w principal) mayReadOperations() bool {
	return w.has(roleOperationsRead, roleOperationsAdmin, roleRemoteAccessRead, wire.RoleRemoteAccess)
}

// mayChangeOperations of any device.
func (w principal) mayChangeOperations() bool {
	return w.has(roleOperationsAdmin, wire.RoleRemoteAccess)
}

// signInErrors of the platform: the sentences that clients look into.
var (
	errNoCredentials   = unauthorized("Full authentication is required to access this resource")
	errBadCredentials  = unauthorized("Invalid credentials! : Bad credentials")
	errTFARequired     = unauthorized("TFA TOTP code required")
	errTFAWrong        = unauthorized("TFA code invalid")
	errPasswordExpired = unauthorized("User password has expired")
	errBadToken        = unauthorized("Invalid credentials! : The token is not valid or has expired")
	errXSRF            = unauthorized("XSRF token missing or not valid")
)

// verify checks a name, password and code. The name may stand behind "tenant/".
func (p *Platform) verify(name, password, code string) (principal, error) {
	if tenant, user, ok := strings.Cut(name, "/"); ok {
		if wire.TenantID(tenant) != p.opt.Tenant {
			return principal{}, errBadCredentials
		}
		name = user
	}
	who := p.lookup(name)
	var secret *verifier
	if who.account != nil {
		secret = who.password
	}
	// What comes after the password is told only to those who know it.
	switch {
	case !p.vault.check(secret, password):
		return principal{}, errBadCredentials
	case who.expired:
		return principal{}, errPasswordExpired
	case who.tfa != nil && code == "":
		return principal{}, errTFARequired
	case who.tfa != nil && !p.vault.check(who.tfa, code):
		return principal{}, errTFAWrong
	}
	return who, nil
}

// lookup finds an account by its name; the zero principal when there is none.
func (p *Platform) lookup(name string) principal {
	p.mu.RLock()
	defer p.mu.RUnlock()
	a := p.accounts[name]
	if a == nil {
		return principal{}
	}
	return principal{account: a, device: p.devices[a.device]}
}
