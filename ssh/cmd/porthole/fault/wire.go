package fault

import (
	"errors"

	"porthole/ssh/files/fsys"
	"porthole/ssh/wire"
)

// explainer is what the packages of the client core return: ssh, ssh/tunnel, ssh/files.
type explainer interface {
	Explain() (code wire.ErrorCode, message string)
}

// explained gives the exit code of an error of the client core.
func explained(err error) (Exit, bool) {
	if failure, ok := errors.AsType[*fsys.Error](err); ok {
		return OfCode(failure.Code), true
	}
	for e := err; e != nil; e = errors.Unwrap(e) {
		if x, ok := e.(explainer); ok {
			code, _ := x.Explain()
			return OfCode(code), true
		}
	}
	return 0, false
}

// OfCode gives the exit code for an error code of the protocol.
func OfCode(code wire.ErrorCode) Exit {
	if exit, ok := exits[code]; ok {
		return exit
	}
	return Failed
}

var exits = map[wire.ErrorCode]Exit{
	wire.CodeInvalid: Usage,

	wire.CodeNotSignedIn: SignIn, wire.CodeSignInRefused: SignIn, wire.CodeTFARequired: SignIn,
	wire.CodePasswordExpired: SignIn, wire.CodeLoginEnded: SignIn,

	wire.CodeForbidden: Permission, wire.CodeForeignOrigin: Permission, wire.CodeNotSubscribed: Permission,
	wire.CodeTooManyFailures: Permission, wire.CodeTooManyConnections: Permission, wire.CodeForwardForbidden: Permission,

	wire.CodeDeviceRefused: DeviceRefused, wire.CodeNotSSH: DeviceRefused, wire.CodeForwardRefused: DeviceRefused,
	wire.CodeShellRefused: DeviceRefused, wire.CodeFilesRefused: DeviceRefused,

	wire.CodeDeviceTimeout: Timeout, wire.CodeTenantSlow: Timeout, wire.CodeIdle: Timeout,
	wire.CodeMaxDuration: Timeout, wire.CodeKeepAliveTimeout: Timeout, wire.CodeForwardSilent: Timeout,

	wire.CodeUnreachable: Network, wire.CodeRefused: Network, wire.CodeLost: Network, wire.CodeForwardBroken: Network,
	wire.CodeTenantUnreachable: Network, wire.CodeTenantCertificate: Network, wire.CodeTenantBadAnswer: Network,
	wire.CodeTenantLost: Network, wire.CodeGatewayStopping: Network, wire.CodeStopping: Network, wire.CodeMisdirected: Network,

	wire.CodeHostKeyRejected: SSH, wire.CodeHostKeyChanged: SSH, wire.CodeHostKeyRevoked: SSH,
	wire.CodeNoCommonAlg: SSH, wire.CodeAuthFailed: SSH, wire.CodeBadKey: SSH,

	wire.CodeCancelled: Interrupted,

	wire.CodeNotFound: Files, wire.CodeFileFailed: Files, wire.CodeExists: Files, wire.CodePermission: Files,
	wire.CodeNoSpace: Files, wire.CodeReadOnly: Files, wire.CodeIsDir: Files, wire.CodeNotDir: Files,
	wire.CodeNotEmpty: Files, wire.CodeNameTooLong: Files, wire.CodeLinkLoop: Files, wire.CodeSpecialFile: Files,
	wire.CodeUnsupported: Files, wire.CodeTooMany: Files, wire.CodeTooLarge: Files, wire.CodeNotAllowed: Files,
	wire.CodeChanged: Files, wire.CodeHashMismatch: Files,
}
