package ssh

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"

	gossh "golang.org/x/crypto/ssh"

	"porthole/ssh/wire"
)

// explain makes the error of a failed handshake. Order matters: what we decided comes
// before what followed from it.
func (h *handshake) explain(ctx context.Context, err error) error {
	var e *Error
	if fault := h.conn.faultOf(); errors.As(fault, &e) {
		return e
	}
	if fault := h.faultOf(); errors.As(fault, &e) {
		return e
	}
	if ctx.Err() != nil {
		return cancelError(ctx)
	}
	if negotiation, ok := errors.AsType[*gossh.AlgorithmNegotiationError](err); ok {
		return h.noCommonAlgorithm(negotiation)
	}
	if reason := closeReason(h.conn.cutError()); reason != nil && reason.Code != wire.CodeLost {
		return reason
	}
	switch {
	case !h.conn.dog.greeted.Load():
		if reason := closeReason(h.conn.cutError()); reason != nil {
			return reason
		}
		return &Error{
			Code: wire.CodeLost, Err: err,
			Message: "The device closed the connection before its SSH server said anything. Is the server running?",
		}
	case h.auth.started():
		return h.authFailed(err)
	}
	if text := disconnectText(err); text != "" {
		return &Error{
			Code: wire.CodeLost, Err: err,
			Message: fmt.Sprintf("The device ended the SSH handshake: %q.", text),
		}
	}
	if reason := closeReason(h.conn.cutError()); reason != nil {
		return reason
	}
	return &Error{
		Code: wire.CodeLost, Err: err,
		Message: "The SSH handshake with the device failed. Try again.",
	}
}

func (h *handshake) noCommonAlgorithm(n *gossh.AlgorithmNegotiationError) *Error {
	kind := kindOf(n.What)
	offered := realAlgorithms(n.RequestedAlgorithms)
	old := h.config.oldWouldHelp(kind, offered)
	message := fmt.Sprintf("The device and Porthole have no %s algorithm in common. The device offers: %s.",
		kind, strings.Join(offered, ", "))
	if len(offered) == 0 {
		message = fmt.Sprintf("The device offers no %s algorithm at all.", kind)
	}
	if old {
		message += " Allowing old algorithms for this configuration would help."
	}
	return &Error{
		Code: wire.CodeNoCommonAlg, Message: message, Err: n,
		Detail: map[string]any{"kind": kind, "offered": offered, "oldWouldHelp": old},
	}
}

// disconnectText gives the text of an SSH_MSG_DISCONNECT (RFC 4253 §11.1), or "". The
// library's type for it is not exported, so that its wording is all there is.
func disconnectText(err error) string {
	if err == nil {
		return ""
	}
	_, rest, found := strings.Cut(err.Error(), "ssh: disconnect, reason ")
	if !found {
		return ""
	}
	_, quoted, _ := strings.Cut(rest, ": ")
	quoted, parseErr := strconv.QuotedPrefix(quoted)
	if parseErr != nil {
		return ""
	}
	text, parseErr := strconv.Unquote(quoted)
	if parseErr != nil {
		return ""
	}
	return printable(text, maxReasonText)
}
