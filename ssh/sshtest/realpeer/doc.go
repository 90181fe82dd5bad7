// Package realpeer starts real SSH servers, OpenSSH's sshd and dropbear, for tests and
// benchmarks: what the client core must get on with is what devices run.
//
// Every connection is served by a process of its own in inetd mode (sshd -i, dropbear
// -i) behind a listener of this process on 127.0.0.1:0, so no port is guessed, and
// nothing is left when the listener's process ends. All files live in one folder that
// Close removes.
//
// # An account to check
//
// Servers check passwords against the system's accounts. Instead of making one, the
// server is given an account by preloaded libraries, which works the same for root and
// for an ordinary user:
//
//   - libnss-wrapper answers getpwnam and getspnam from files of ours. They hold one
//     user, "operator", with the user id of whoever runs the test, a home folder of ours
//     and /bin/sh. A server that is not root can log in only its own user id, and does
//     not have to change it.
//   - libpam-wrapper lets sshd read its PAM service file from our folder; pam_matrix
//     checks the password against a text file. This serves both "password" and
//     "keyboard-interactive".
//   - dropbear in Debian has no PAM: it compares with crypt(3) and the hash in the
//     wrapped shadow file. So it has "publickey" and "password" only, and it needs no
//     right to read /etc/shadow.
//
// Neither library reaches the programs of a session: both servers clean the environment.
// Tried as root and as nobody (setpriv --reuid=nobody --clear-groups), with OpenSSH 9.2
// and dropbear 2022.83.
//
// As root, sshd wants the folder /run/sshd, which its service makes at boot; Start makes
// it when it is missing.
//
// # Differences
//
// dropbear has no SFTP server of its own: it runs /usr/lib/sftp-server, which
// openssh-sftp-server installs. Where that is missing it takes the subsystem all the
// same, and the session ends with status 127; Options.NoSFTP does so too. It ends a
// connection with the last session of it. What it offers cannot be restricted when it runs, so Options.OldAlgorithms is an error. In
// inetd mode it logs to syslog only, so Peer.Log stays empty.
//
// dropbear 2022.83 needs an RSA host key unless every client names another algorithm
// first, so a new one is RSA; OpenSSH's is ed25519.
//
// A program or library that is missing is an error naming the Debian package.
package realpeer
