package wire

// ErrorCode names a failure for machines. The sentence for the person stands beside
// it and may change; the code may not. ARCHITECTURE.md §9 has the table of codes,
// HTTP statuses and close codes.
type ErrorCode string

// Codes of the gateway's HTTP answers.
const (
	CodeInvalid            ErrorCode = "invalid"              // 400 the request is malformed
	CodeNotSignedIn        ErrorCode = "not_signed_in"        // 401 no login, or it ended
	CodeSignInRefused      ErrorCode = "sign_in_refused"      // 401 user or password wrong
	CodeTFARequired        ErrorCode = "tfa_required"         // 401 the tenant asks for a TFA code
	CodePasswordExpired    ErrorCode = "password_expired"     // 401 the tenant wants a new password first
	CodeForeignOrigin      ErrorCode = "foreign_origin"       // 403 the request came from another site
	CodeForbidden          ErrorCode = "forbidden"            // 403 the tenant refuses this principal
	CodeNotFound           ErrorCode = "not_found"            // 404 no such path, device or configuration
	CodeNotSubscribed      ErrorCode = "not_subscribed"       // 404 the tenant has no remote access
	CodeDemoCodeSpent      ErrorCode = "demo_code_spent"      // 410 the demo link was used or is too old
	CodeMisdirected        ErrorCode = "misdirected"          // 421 a host name that is not ours
	CodeTooManyFailures    ErrorCode = "too_many_failures"    // 429 sign-in failures; Retry-After says when
	CodeTooManyConnections ErrorCode = "too_many_connections" // 429 limit per principal, 503 in all
	CodeTenantUnreachable  ErrorCode = "tenant_unreachable"   // 502 no connection to the tenant
	CodeTenantCertificate  ErrorCode = "tenant_certificate"   // 502 the tenant's certificate is not valid
	CodeTenantBadAnswer    ErrorCode = "tenant_bad_answer"    // 502 the tenant answered something unreadable
	CodeTenantSlow         ErrorCode = "tenant_slow"          // 504 the tenant did not answer in time
	CodeStopping           ErrorCode = "stopping"             // 503 the gateway is shutting down
	CodeInternal           ErrorCode = "internal"             // 500 our fault; the log has the cause
)

// Codes that only the client core and the bridge produce.
const (
	CodeClosed           ErrorCode = "closed"              // the object was closed
	CodeCancelled        ErrorCode = "cancelled"           // the person cancelled
	CodeUnreachable      ErrorCode = "unreachable"         // the gateway could not be reached
	CodeRefused          ErrorCode = "refused"             // the websocket was refused; detail by GET /api/refusals
	CodeDeviceRefused    ErrorCode = "device_refused"      // close code 4001
	CodeDeviceTimeout    ErrorCode = "device_timeout"      // close code 4002, or our own waiting time
	CodeIdle             ErrorCode = "idle"                // close code 4003
	CodeMaxDuration      ErrorCode = "max_duration"        // close code 4004
	CodeLoginEnded       ErrorCode = "login_ended"         // close code 4005
	CodeTenantLost       ErrorCode = "tenant_lost"         // close code 4006
	CodeGatewayStopping  ErrorCode = "gateway_stopping"    // close code 4007
	CodeLost             ErrorCode = "lost"                // the connection broke without a reason
	CodeNotSSH           ErrorCode = "not_ssh"             // something else answers on that port
	CodeHostKeyRejected  ErrorCode = "host_key_rejected"   // the person said no to the key
	CodeHostKeyChanged   ErrorCode = "host_key_changed"    // the key differs from the pinned one
	CodeHostKeyRevoked   ErrorCode = "host_key_revoked"    // @revoked in known_hosts
	CodeNoCommonAlg      ErrorCode = "no_common_algorithm" // client and server share no algorithm
	CodeAuthFailed       ErrorCode = "auth_failed"         // the server accepts none of our credentials
	CodeBadKey           ErrorCode = "bad_key"             // the private key cannot be read
	CodeShellRefused     ErrorCode = "shell_refused"       // the server opened no session or shell
	CodeKeepAliveTimeout ErrorCode = "keepalive_timeout"   // the device stopped answering

	CodeForwardRefused    ErrorCode = "forward_refused"    // nothing listens there, or it cannot be reached
	CodeForwardForbidden  ErrorCode = "forward_forbidden"  // the SSH server forbids forwards (AllowTcpForwarding no)
	CodeForwardSilent     ErrorCode = "forward_silent"     // no answer within the limit
	CodeForwardGarbage    ErrorCode = "forward_garbage"    // what came is no HTTP/1.x
	CodeForwardBroken     ErrorCode = "forward_broken"     // the answer broke off
	CodeCertificateDenied ErrorCode = "certificate_denied" // the person refused the page's certificate
	CodeCertificateChange ErrorCode = "certificate_change" // it differs from the pinned one
)

// Codes of file operations; not_found, invalid, closed, cancelled and lost are above.
const (
	CodeFilesRefused ErrorCode = "files_refused"     // neither SFTP nor a shell to reach files with
	CodeFileFailed   ErrorCode = "file_failed"       // the device refused without a reason of this list
	CodeExists       ErrorCode = "exists"            // something of that name is there
	CodePermission   ErrorCode = "permission_denied" // the SSH user may not
	CodeNoSpace      ErrorCode = "no_space"          // disk full or quota exceeded, on the device
	CodeReadOnly     ErrorCode = "read_only"         // the device's file system is mounted read-only
	CodeIsDir        ErrorCode = "is_directory"      //
	CodeNotDir       ErrorCode = "not_directory"     //
	CodeNotEmpty     ErrorCode = "not_empty"         //
	CodeNameTooLong  ErrorCode = "name_too_long"     //
	CodeLinkLoop     ErrorCode = "link_loop"         // symbolic links in a circle
	CodeSpecialFile  ErrorCode = "special_file"      // FIFO, socket or device node
	CodeUnsupported  ErrorCode = "unsupported"       // the device has no means for it
	CodeTooMany      ErrorCode = "too_many"          // a listing or tree beyond our bound
	CodeTooLarge     ErrorCode = "too_large"         // larger than the limit allows
	CodeNotAllowed   ErrorCode = "not_allowed"       // the gateway's or component's limits forbid the path or writing
	CodeChanged      ErrorCode = "changed"           // it is not what it was when the transfer or edit began
	CodeHashMismatch ErrorCode = "hash_mismatch"     // what arrived is not what was sent
)

// ErrorBody is the JSON of every error answer, in the platform's shape.
type ErrorBody struct {
	Error   ErrorCode `json:"error"`
	Message string    `json:"message"`        // a sentence: what happened and what to do
	Info    string    `json:"info,omitempty"` // a link or a detail
}
