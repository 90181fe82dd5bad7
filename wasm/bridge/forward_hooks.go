//go:build js

package bridge

import (
	"context"
	"syscall/js"
	"time"

	"porthole/ssh/forward"
)

// forwardHooks is ForwardHooks of bridge.d.ts.
type forwardHooks struct{ hooks }

func newForwardHooks(v js.Value) (forwardHooks, error) {
	f := fieldsOf(v)
	f.function("askCertificate")
	return forwardHooks{hooks{v}}, f.err
}

// certificate asks about an unknown certificate. Nothing but true accepts it.
func (h forwardHooks) certificate(ctx context.Context, q forward.CertificateQuestion) (bool, error) {
	answer, err := h.ask(ctx, "askCertificate", map[string]any{
		"name": q.Name, "fingerprint": q.Fingerprint, "subject": q.Subject, "issuer": q.Issuer,
		"notBefore": q.NotBefore.UTC().Format(time.RFC3339), "notAfter": q.NotAfter.UTC().Format(time.RFC3339),
	})
	return err == nil && answer.Type() == js.TypeBoolean && answer.Bool(), err
}
