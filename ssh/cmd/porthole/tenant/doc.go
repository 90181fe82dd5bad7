// Package tenant speaks to a tenant of the platform, or to a gateway before one: both
// answer at the same paths (docs/protocol.md §1), so the CLI need not know which it is.
//
//   - [Client] makes requests with whatever proves the person: a token, or user and
//     password. A token that is refused is replaced when another one can be had.
//   - [Client.FindDevice] and [Client.FindConfiguration] turn what a person typed into
//     exactly one device and configuration, or into an error that lists candidates.
//   - [Client.Dial] opens the passthrough websocket of a configuration.
//
// The tenant may be hostile: answers are bounded, redirects are not followed, and text of
// its errors loses control characters before it is shown.
package tenant
