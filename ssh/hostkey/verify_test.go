package hostkey

import (
	"context"
	"errors"
	"slices"
	"sync"
	"testing"

	gossh "golang.org/x/crypto/ssh"
)

// memory is a Store for tests.
type memory struct {
	mu       sync.Mutex
	text     []byte
	readErr  error
	writeErr error
}

func (m *memory) KnownHosts(context.Context) ([]byte, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	return slices.Clone(m.text), m.readErr
}

func (m *memory) UpdateKnownHosts(_ context.Context, edit func([]byte) ([]byte, error)) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	text, err := edit(slices.Clone(m.text))
	if err != nil {
		return err
	}
	if m.writeErr != nil {
		return m.writeErr
	}
	m.text = text
	return nil
}

func answer(yes bool, asked *[]Question) func(context.Context, Question) (bool, error) {
	return func(_ context.Context, q Question) (bool, error) {
		*asked = append(*asked, q)
		return yes, nil
	}
}

func TestFirstUseAsksAndPins(t *testing.T) {
	key, store := newKey(t), &memory{}
	var asked []Question
	v := &Verifier{Store: store, Name: device1, Ask: answer(true, &asked)}
	if err := v.Verify(t.Context(), key); err != nil || !v.Kept() {
		t.Fatalf("got %v, kept %v", err, v.Kept())
	}
	want := []Question{{Name: device1, Algorithm: "ssh-ed25519", Fingerprint: gossh.FingerprintSHA256(key)}}
	if !slices.Equal(asked, want) {
		t.Errorf("asked %v, want %v", asked, want)
	}
	again := &Verifier{Store: store, Name: device1, Ask: answer(false, &asked)}
	if err := again.Verify(t.Context(), key); err != nil || !again.Kept() || len(asked) != 1 {
		t.Errorf("got %v and %d questions the second time", err, len(asked))
	}
	if got, err := again.KnownAlgorithms(t.Context()); err != nil || !slices.Equal(got, []string{"ssh-ed25519"}) {
		t.Errorf("got %v, %v", got, err)
	}
}

func TestVerifyRefuses(t *testing.T) {
	key, other := newKey(t), newKey(t)
	storeFailed := errors.New("store failed")
	var asked []Question
	yes := answer(true, &asked)
	tests := map[string]struct {
		v    *Verifier
		want func(error) bool
	}{
		"the zero value": {&Verifier{}, func(err error) bool { return errors.Is(err, ErrRejected) }},
		"nobody to ask": {
			&Verifier{Store: &memory{}, Name: device1},
			func(err error) bool { return errors.Is(err, ErrRejected) },
		},
		"the person says no": {
			&Verifier{Store: &memory{}, Name: device1, Ask: answer(false, &asked)},
			func(err error) bool { return errors.Is(err, ErrRejected) },
		},
		"store unreadable": {
			&Verifier{Store: &memory{readErr: storeFailed}, Name: device1, Ask: yes},
			func(err error) bool { return errors.Is(err, storeFailed) },
		},
		"changed": {
			&Verifier{Store: &memory{text: Add(nil, device1, other)}, Name: device1, Ask: yes},
			func(err error) bool {
				var e *ChangedError
				return errors.As(err, &e) && e.Name == device1 && e.Offered == gossh.FingerprintSHA256(key) &&
					slices.Equal(e.Known, []string{gossh.FingerprintSHA256(other)})
			},
		},
		"revoked": {
			&Verifier{Store: &memory{text: []byte("@revoked * " + keyText(key))}, Name: device1, Ask: yes},
			func(err error) bool { var e *RevokedError; return errors.As(err, &e) },
		},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			if err := test.v.Verify(t.Context(), key); err == nil || !test.want(err) {
				t.Errorf("got %v", err)
			}
		})
	}
	if len(asked) != 1 {
		t.Errorf("asked %d times, want once: a changed or revoked key is no question", len(asked))
	}
}

func TestKeyThatCannotBeWrittenIsGoodForThisConnection(t *testing.T) {
	var asked []Question
	v := &Verifier{Store: &memory{writeErr: errors.New("full")}, Name: device1, Ask: answer(true, &asked)}
	if err := v.Verify(t.Context(), newKey(t)); err != nil || v.Kept() {
		t.Errorf("got %v, kept %v; want accepted and not kept", err, v.Kept())
	}
}

// TestTwoTabsAskedAtOnce: the second tab's yes must not pin a key that contradicts the
// first tab's.
func TestTwoTabsAskedAtOnce(t *testing.T) {
	store := &memory{}
	first := newKey(t)
	v := &Verifier{Store: store, Name: device1, Ask: func(context.Context, Question) (bool, error) {
		store.mu.Lock()
		defer store.mu.Unlock()
		store.text = Add(store.text, device1, first)
		return true, nil
	}}
	if err := v.Verify(t.Context(), newKey(t)); !errors.Is(err, ErrRejected) {
		t.Errorf("got %v, want %v", err, ErrRejected)
	}
	if v := Parse(store.text).Decide(device1, first); v.Outcome != Match {
		t.Errorf("the first tab's key is gone")
	}
}

func TestOutcomesHaveNames(t *testing.T) {
	if Match.String() != "match" || BadCertificate.String() != "bad certificate" || Outcome(99).String() != "invalid" {
		t.Errorf("got %v, %v, %v", Match, BadCertificate, Outcome(99))
	}
}
