// Package login keeps who is signed in: logins of browsers behind a cookie, the brief
// memory of command line clients that the tenant vouched for, and the count of failed
// sign-ins.
//
// A login holds the tenant's proof of its principal in memory only. The cookie's value is
// 32 random bytes; the store keeps its hash, so that a dump of the store signs nobody in.
// Everything is bounded: a person who can sign in cannot fill the memory, and one who
// cannot sign in even less so.
package login
