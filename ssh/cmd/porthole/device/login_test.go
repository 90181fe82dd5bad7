package device

import (
	"slices"
	"testing"

	"porthole/ssh"
)

// A device may ask for anything in any words, also for the password of the tenant.
func TestEachLineOfADevicesQuestionSaysWhoAsks(t *testing.T) {
	var shown []string
	l := &Login{Asker: "pi@pump", Ask: func(question string, _ bool) (string, error) {
		shown = append(shown, question)
		return "", nil
	}}
	_, err := l.Questions(t.Context(), ssh.Questions{
		Name: "porthole", Instruction: "Your sign-in has expired.\nSign in again.",
		Prompts: []ssh.Prompt{{Text: "Tenant password: "}, {Text: "TFA code: "}},
	})
	want := []string{
		"(pi@pump) porthole\n(pi@pump) Your sign-in has expired.\n(pi@pump) Sign in again.\n(pi@pump) Tenant password: ",
		"(pi@pump) TFA code: ",
	}
	if err != nil || !slices.Equal(shown, want) {
		t.Errorf("the person reads %q, %v", shown, err)
	}
}
