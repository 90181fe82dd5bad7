package ports

import (
	"context"
	"errors"
	"strings"
	"testing"
)

func TestADeviceThatListsNothingSaysSo(t *testing.T) {
	lost := errors.New("the connection is lost")
	tests := map[string]struct {
		output string
		err    error
		want   error
	}{
		"no shell":           {"Unknown command 'sh'\n", nil, ErrNoList},
		"nothing":            {"", nil, ErrNoList},
		"no table":           {sectionProc + "\n\n", nil, ErrNoList},
		"connection lost":    {"", lost, lost},
		"list, then a break": {sectionSS + "\nLISTEN 0 1 *:22 *:*\n", lost, nil},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			list, err := Find(t.Context(), func(context.Context, string) ([]byte, error) {
				return []byte(test.output), test.err
			})
			if !errors.Is(err, test.want) {
				t.Errorf("error is %v, want %v", err, test.want)
			}
			if err == nil && len(list) != 1 {
				t.Errorf("the list is %v", list)
			}
		})
	}
}

func TestTheCommandIsOneQuotedLine(t *testing.T) {
	inner, ok := strings.CutPrefix(command, "sh -c '")
	inner, end := strings.CutSuffix(inner, "'")
	if !ok || !end {
		t.Fatalf("the command is %s", command)
	}
	// What csh or fish would take for something of theirs between single quotes.
	for _, bad := range []string{"'", "!", "\n", `\\`, `\'`} {
		if strings.Contains(inner, bad) {
			t.Errorf("the command holds %q", bad)
		}
	}
}

func TestFindGivesUp(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	_, err := Find(ctx, func(ctx context.Context, _ string) ([]byte, error) {
		<-ctx.Done()
		return nil, ctx.Err()
	})
	if !errors.Is(err, context.Canceled) {
		t.Errorf("error is %v, want canceled", err)
	}
}
