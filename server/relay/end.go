package relay

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"syscall"

	"github.com/coder/websocket"

	"porthole/ssh/wire"
)

// Reason names why a connection ended, for the log and the metrics.
type Reason string

// Every reason for an end.
const (
	ReasonClientClosed    Reason = "client_closed"    // the client sent a close frame
	ReasonClientLost      Reason = "client_lost"      // the client's socket broke without one
	ReasonClientProtocol  Reason = "client_protocol"  // the client broke RFC 6455
	ReasonTenantClosed    Reason = "tenant_closed"    // the tenant sent a close frame
	ReasonTenantLost      Reason = "tenant_lost"      // the tenant's socket broke without one
	ReasonTenantProtocol  Reason = "tenant_protocol"  // the tenant broke RFC 6455
	ReasonDeviceRefused   Reason = "device_refused"   // the connect operation FAILED
	ReasonDeviceTimeout   Reason = "device_timeout"   // no byte of the device within WaitLimit
	ReasonIdle            Reason = "idle"             // no byte for IdleLimit
	ReasonMaxDuration     Reason = "max_duration"     // open for MaxDuration
	ReasonLoginEnded      Reason = "login_ended"      // the login of the client ended
	ReasonGatewayStopping Reason = "gateway_stopping" // Shutdown
)

// closeProtocolError is RFC 6455 §7.4.1's code for a peer that breaks the protocol.
const closeProtocolError wire.CloseCode = 1002

// ending is one end of a connection, as both sides are told of it.
type ending struct {
	reason Reason
	client wire.CloseCode // sent to the client
	tenant wire.CloseCode // sent to the tenant
	text   string         // for the person at the client
}

// endings is the table of every end. The tenant is told 1000 for whatever is no
// business of it: agents known to work end their side quietly on 1000 only.
var endings = map[Reason]ending{
	ReasonClientClosed:    {client: wire.CloseNormal, tenant: wire.CloseNormal},
	ReasonClientLost:      {client: wire.CloseNormal, tenant: wire.CloseNormal},
	ReasonClientProtocol:  {client: closeProtocolError, tenant: wire.CloseNormal, text: "The client sent something that is no websocket frame."},
	ReasonTenantClosed:    {client: wire.CloseNormal, tenant: wire.CloseNormal, text: "The connection was closed from the device's side."},
	ReasonTenantLost:      {client: wire.CloseTenantLost, tenant: wire.CloseNormal, text: "The connection to the tenant broke. Connect again."},
	ReasonTenantProtocol:  {client: wire.CloseTenantLost, tenant: closeProtocolError, text: "The tenant sent something that is no websocket frame. Connect again."},
	ReasonDeviceRefused:   {client: wire.CloseDeviceRefused, tenant: wire.CloseNormal, text: "The device refused the connection and gave no reason."},
	ReasonDeviceTimeout:   {client: wire.CloseDeviceTimeout, tenant: wire.CloseNormal, text: "The device did not answer in time. Check that it is online."},
	ReasonIdle:            {client: wire.CloseIdle, tenant: wire.CloseNormal, text: "Closed because nothing was sent for too long. Connect again."},
	ReasonMaxDuration:     {client: wire.CloseMaxDuration, tenant: wire.CloseNormal, text: "The connection reached its longest allowed duration. Connect again."},
	ReasonLoginEnded:      {client: wire.CloseLoginEnded, tenant: wire.CloseNormal, text: "Your login ended. Sign in again, then connect."},
	ReasonGatewayStopping: {client: wire.CloseGatewayStopping, tenant: wire.CloseGoingAway, text: "The gateway is stopping. Connect again in a moment."},
}

// endFor is the table's row of a reason; an unknown one is our fault.
func endFor(reason Reason) ending {
	e, ok := endings[reason]
	if !ok {
		e = ending{client: wire.CloseInternal, tenant: wire.CloseInternal, text: "The gateway failed. Its log has the cause."}
	}
	e.reason = reason
	return e
}

// clientEnded is the end after reading from the client failed with err.
func clientEnded(err error) ending {
	code := websocket.CloseStatus(err)
	switch {
	case code == -1 && isCut(err):
		return endFor(ReasonClientLost)
	case code == -1:
		return endFor(ReasonClientProtocol)
	}
	e := endFor(ReasonClientClosed)
	switch code {
	case websocket.StatusNormalClosure, websocket.StatusNoStatusRcvd:
	case websocket.StatusGoingAway:
		e.tenant = wire.CloseGoingAway
	default:
		e.tenant = wire.CloseInternal
	}
	return e
}

// tenantEnded is the end after reading from the tenant failed with err. Codes from
// 4000 are ours alone: one that a tenant sends must not pass for, say, "login ended".
func tenantEnded(err error) ending {
	var ce websocket.CloseError
	switch {
	case errors.As(err, &ce):
	case isCut(err):
		return endFor(ReasonTenantLost)
	default:
		return endFor(ReasonTenantProtocol)
	}
	e := endFor(ReasonTenantClosed)
	switch ce.Code {
	case websocket.StatusNormalClosure, websocket.StatusNoStatusRcvd:
	case websocket.StatusGoingAway:
		e.client = wire.CloseGoingAway
	case websocket.StatusServiceRestart, websocket.StatusTryAgainLater, websocket.StatusBadGateway:
		e.client, e.text = wire.CloseTenantLost, endFor(ReasonTenantLost).text
	default:
		e.client = wire.CloseInternal
		e.text = fmt.Sprintf("The tenant closed the connection with code %d.", ce.Code)
	}
	if said := sentence(ce.Reason); said != "" {
		e.text = said
	}
	return e
}

// loginEnded is the end for a login that ended with cause.
func loginEnded(cause error) ending {
	e := endFor(ReasonLoginEnded)
	if cause == nil || errors.Is(cause, context.Canceled) || errors.Is(cause, context.DeadlineExceeded) {
		return e
	}
	if said := sentence(cause.Error()); said != "" {
		e.text = said // a whole sentence of the login, with what to do
	}
	return e
}

// deviceRefused is the end for a connect operation that FAILED with failureReason.
func deviceRefused(failureReason string) ending {
	e := endFor(ReasonDeviceRefused)
	if said := sentence(withoutKeys(failureReason)); said != "" {
		e.text = said
	}
	return e
}

// isCut tells a broken socket from a peer that breaks the protocol.
func isCut(err error) bool {
	for _, cut := range []error{
		io.EOF, io.ErrUnexpectedEOF, io.ErrClosedPipe, net.ErrClosed, os.ErrDeadlineExceeded,
		syscall.ECONNRESET, syscall.EPIPE, context.Canceled, context.DeadlineExceeded,
	} {
		if errors.Is(err, cut) {
			return true
		}
	}
	var netErr net.Error
	return errors.As(err, &netErr)
}
