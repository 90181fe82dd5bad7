package api

import (
	"net/url"
	"strconv"
	"strings"

	"porthole/ssh/wire"
)

// checkCLIRequest reads what a program asks for, and gives the address and port that gets
// the answer. Nothing is repaired: whatever is not written as it should be is refused.
func checkCLIRequest(request wire.CLIRequest) (callback string, p *problem) {
	callback, fine := loopbackCallback(request.RedirectURI)
	switch {
	case !fine:
		return "", invalid("The address that the program wants the answer sent to is not one of this machine (http://127.0.0.1:PORT/… or http://[::1]:PORT/…), so nothing was allowed. If you did not start porthole login yourself, close this page.")
	case request.CodeChallengeMethod != wire.ChallengeMethod:
		return "", invalid("The program asks without the protection that is needed here (code_challenge_method S256). Use a current porthole.")
	case !isSecretText(request.CodeChallenge, challengeLength, challengeLength):
		return "", invalid("The program's code_challenge is none. Run porthole login once more.")
	case !isSecretText(request.State, 16, 256):
		return "", invalid("The program's state is missing or too short. Run porthole login once more.")
	}
	return callback, nil
}

// challengeLength is that of SHA-256 in base64url (RFC 7636 §4.2).
const challengeLength = 43

// loopbackCallback tells whether an address is one of the person's own machine, written
// in the one way that is accepted: http, one of the two loopback addresses in digits, a
// port, a plain path. Names are refused, since a name may lead elsewhere (RFC 8252 §8.3), and so is
// every other spelling of an address, since browsers and servers read those differently.
func loopbackCallback(address string) (callback string, fine bool) {
	rest, fine := strings.CutPrefix(address, "http://")
	if !fine || len(address) > 256 {
		return "", false
	}
	callback, path, _ := strings.Cut(rest, "/")
	port, fine := strings.CutPrefix(callback, "127.0.0.1:")
	if !fine {
		port, fine = strings.CutPrefix(callback, "[::1]:")
	}
	number, err := strconv.ParseUint(port, 10, 16)
	if !fine || err != nil || number == 0 || strconv.FormatUint(number, 10) != port {
		return "", false
	}
	for _, b := range []byte(path) {
		if !isAlphanumeric(b) && strings.IndexByte("-_/", b) < 0 {
			return "", false
		}
	}
	return callback, true
}

// isSecretText: base64url and the other unreserved characters (RFC 7636 §4.1).
func isSecretText(text string, least, most int) bool {
	if len(text) < least || len(text) > most {
		return false
	}
	for _, b := range []byte(text) {
		if !isAlphanumeric(b) && strings.IndexByte("-._~", b) < 0 {
			return false
		}
	}
	return true
}

// checkGrantForm: every field once.
func checkGrantForm(form url.Values) *problem {
	for _, name := range []string{"grant_type", "code", "code_verifier", "redirect_uri"} {
		if len(form[name]) != 1 {
			return invalid("The form of a command line needs grant_type, code, code_verifier and redirect_uri, each once.")
		}
	}
	if form.Get("grant_type") != "authorization_code" {
		return invalid("A command line gets its token by grant_type=authorization_code alone.")
	}
	return nil
}
