package api

import (
	"crypto/rand"
	"crypto/subtle"
	"encoding/base64"
	"log/slog"
	"net/http"
	"sync"
	"time"

	"porthole/ssh/wire"
)

// Demo lets whoever reads the printed link in as the demo user of the stand-in platform.
// The link's code works once; a new code makes the one before it worthless.
type Demo struct {
	User, Password string
	// Now may be nil.
	Now func() time.Time

	mu    sync.Mutex
	code  string // "" when spent
	until time.Time
}

// Demo codes have 160 bits and live ten minutes.
const (
	demoCodeBytes = 20
	demoCodeLife  = 10 * time.Minute
)

// NewCode makes the code of a new link.
func (d *Demo) NewCode() (string, error) {
	secret := make([]byte, demoCodeBytes)
	if _, err := rand.Read(secret); err != nil {
		return "", err
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	d.code = base64.RawURLEncoding.EncodeToString(secret)
	d.until = d.now().Add(demoCodeLife)
	return d.code, nil
}

// take spends a code.
func (d *Demo) take(code string) bool {
	d.mu.Lock()
	defer d.mu.Unlock()
	good := d.code != "" && subtle.ConstantTimeCompare([]byte(code), []byte(d.code)) == 1
	if !good || !d.now().Before(d.until) {
		return false
	}
	d.code = ""
	return true
}

func (d *Demo) now() time.Time {
	if d.Now != nil {
		return d.Now()
	}
	return time.Now()
}

// demoSignIn is POST /api/demo. Wrong codes are not counted: 160 bits are not guessed,
// and counting would let anyone spoil the link of somebody else.
func (a *API) demoSignIn(w http.ResponseWriter, r *http.Request) {
	if !fromOwnPage(r, siteOf(r)) {
		writeProblem(w, errForeignOrigin)
		return
	}
	var request wire.DemoRequest
	if p := readJSON(w, r, &request); p != nil {
		writeProblem(w, p)
		return
	}
	demo := a.config.Demo
	if !demo.take(request.Code) {
		a.config.SignIns(string(wire.CodeDemoCodeSpent))
		writeProblem(w, &problem{
			status: http.StatusGone, code: wire.CodeDemoCodeSpent,
			message: "This link was used already or is too old. Press Enter in the terminal that runs the gateway, and open the new link.",
		})
		return
	}
	auth, who, err := a.config.Tenant.SignIn(r.Context(), demo.User, demo.Password, "")
	if err != nil {
		p := asProblem(err)
		a.config.Log.Error("demo sign-in failed", slog.Any("error", err))
		writeProblem(w, p)
		return
	}
	a.startLogin(w, r, auth, who)
}
