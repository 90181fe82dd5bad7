package ssh

import (
	"context"
	"fmt"
	"strings"

	gossh "golang.org/x/crypto/ssh"

	"porthole/ssh/wire"
)

// keyboardInteractive is one try of RFC 4256, of any number of rounds.
func (h *handshake) keyboardInteractive() gossh.AuthMethod {
	rounds, counted := 0, false
	return gossh.KeyboardInteractive(func(name, instruction string, texts []string, echos []bool) ([]string, error) {
		rounds++
		if rounds > maxRounds || len(texts) > maxPrompts {
			return nil, h.stop(&Error{
				Code:    wire.CodeAuthFailed,
				Message: "The device asks more questions than anyone would answer.",
			})
		}
		if len(texts) == 0 {
			// RFC 4256 §3.4: a round without prompts only informs, or ends the exchange.
			h.inform(name, instruction)
			return nil, nil
		}
		q := Questions{
			Name:        printable(name, maxPromptText),
			Instruction: printableLines(instruction, maxPromptText),
			Prompts:     make([]Prompt, len(texts)),
		}
		for i, text := range texts {
			q.Prompts[i] = Prompt{Text: clean(text, maxPromptText, true), Echo: echos[i]}
		}
		var answers []string
		err := h.ask(func(ctx context.Context) (err error) {
			answers, err = h.config.Prompter.Questions(ctx, q)
			if err == nil && len(answers) != len(q.Prompts) {
				err = fmt.Errorf("%d answers to %d questions", len(answers), len(q.Prompts))
			}
			return err
		})
		if err != nil {
			return nil, err
		}
		if !counted {
			counted = true
			h.auth.sent()
		}
		return answers, nil
	})
}

// inform shows the text of a round without prompts as a banner.
func (h *handshake) inform(name, instruction string) {
	if text := printableLines(strings.TrimSpace(name+"\n"+instruction), maxBannerText); text != "" && h.config.Banner != nil {
		h.config.Banner(text)
	}
}
