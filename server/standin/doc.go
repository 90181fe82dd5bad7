// Package standin is the stand-in platform: an http.Handler that speaks the REST and
// websocket paths of a tenant of the IoT platform closely enough that real clients and
// agents cannot tell. The demo and the tests run against it; the gateway meets it as
// just another upstream.
//
// What it speaks is docs/protocol.md §1 plus the two paths of agents. In short:
//
//   - four ways of authentication on every path: Bearer, Basic (with or without the
//     tenant before the user), the cookie "authorization", the query value "token";
//   - inventory, identity, operations, remote access configurations, sign-in;
//   - the passthrough websockets: a client's upgrade is answered before its device is
//     there, the connect operation carries a connection key, the device's websocket
//     brings that key and the two are joined;
//   - the Bayeux long poll by which agents learn of operations.
//
// Two habits of the platform are kept although they look like faults: a client is not
// told when the agent refuses the connect operation, and deleting a configuration does
// not end its connections.
//
// One thing is done that no source says of the platform: a connect operation that is
// still PENDING when its client leaves becomes FAILED, so that no agent works on it.
//
// Devices, configurations, users and the signing secret survive a restart in one JSON
// file; operations, long-poll clients and connections do not.
package standin
