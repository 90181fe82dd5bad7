package demodevice

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"strconv"
	"strings"
	"syscall"

	"porthole/server/platform"
)

// errNotLoopback is the device's own refusal, in the words a person reads.
var errNotLoopback = errors.New("the device allows connections to itself only")

// dialTarget opens the TCP connection a connect operation asks for.
func (a *Agent) dialTarget(ctx context.Context, order platform.ConnectOrder) (net.Conn, error) {
	address := net.JoinHostPort(order.Hostname, strconv.Itoa(order.Port))
	// An empty host would mean every address of this machine.
	if strings.TrimSpace(order.Hostname) == "" || order.Port < 1 || order.Port > 65535 {
		return nil, fmt.Errorf("connect to %s: not a host and port", address)
	}
	dialer := net.Dialer{}
	if a.config.AllowTarget != nil {
		if err := a.config.AllowTarget(order.Hostname, order.Port); err != nil {
			return nil, fmt.Errorf("connect to %s: %w", address, err)
		}
	} else {
		// Checked on the address about to be dialled, so that a name which resolves
		// differently a moment later is no way around it.
		dialer.ControlContext = func(_ context.Context, _, address string, _ syscall.RawConn) error {
			return checkLoopback(address)
		}
	}
	conn, err := dialer.DialContext(ctx, "tcp", address)
	if err != nil {
		if ctx.Err() != nil && errors.Is(ctx.Err(), context.Canceled) {
			return nil, context.Canceled
		}
		return nil, fmt.Errorf("connect to %s: %s", address, plainCause(err))
	}
	return conn, nil
}

func checkLoopback(address string) error {
	to, err := netip.ParseAddrPort(address)
	if err != nil || !to.Addr().Unmap().IsLoopback() {
		return errNotLoopback
	}
	return nil
}

// plainCause is the innermost cause of a network error in words: "connection refused",
// "no such host". Addresses, which the layers around it repeat, are left out.
func plainCause(err error) string {
	if name, ok := errors.AsType[*net.DNSError](err); ok {
		if name.IsNotFound {
			return "no such host"
		}
		return "the name could not be resolved"
	}
	if number, ok := errors.AsType[syscall.Errno](err); ok {
		return number.Error()
	}
	if errors.Is(err, errForwardAway) {
		return errForwardAway.Error()
	}
	if errors.Is(err, errNotLoopback) {
		return errNotLoopback.Error()
	}
	var timeout interface{ Timeout() bool }
	if errors.Is(err, context.DeadlineExceeded) || (errors.As(err, &timeout) && timeout.Timeout()) {
		return "no answer in time"
	}
	for {
		inner := errors.Unwrap(withoutURL(err))
		if inner == nil {
			return withoutURL(err).Error()
		}
		err = inner
	}
}
