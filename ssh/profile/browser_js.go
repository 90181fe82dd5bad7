package profile

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/hack-pad/go-indexeddb/idb"
	"github.com/hack-pad/hackpadfs/indexeddb"
)

// openLimit is how long IndexedDB may take to open: in some private modes, and while
// another tab holds an older version, it never answers.
const openLimit = 3 * time.Second

// useLimit is how long one reading or writing may take.
const useLimit = 10 * time.Second

// errNoAnswer says that IndexedDB took too long.
var errNoAnswer = errors.New("IndexedDB does not answer")

// Browser returns an FS over the IndexedDB database of that name. It fails when there
// is no IndexedDB, when it is blocked or broken, and when it does not open within three
// seconds.
func Browser(ctx context.Context, database string) (FS, error) {
	ctx, cancel := context.WithTimeoutCause(ctx, openLimit, errNoAnswer)
	defer cancel()
	under, err := within(ctx, func() (*indexeddb.FS, error) {
		return indexeddb.NewFS(ctx, database, indexeddb.Options{
			// A host key that was accepted must survive the tab.
			TransactionDurability: idb.DurabilityStrict,
		})
	})
	if err != nil {
		return nil, fmt.Errorf("open IndexedDB: %w", err)
	}
	files := limited{hackFS{under}}
	// A database that opens and cannot be read is as good as none.
	if _, err := read(files, knownHostsFile); err != nil {
		return nil, err
	}
	return files, nil
}

// limited bounds the time of each operation.
type limited struct{ under FS }

// ReadFile implements FS.
func (l limited) ReadFile(name string) ([]byte, error) {
	ctx, cancel := context.WithTimeoutCause(context.Background(), useLimit, errNoAnswer)
	defer cancel()
	return within(ctx, func() ([]byte, error) { return l.under.ReadFile(name) })
}

// WriteFile implements FS.
func (l limited) WriteFile(name string, data []byte) error {
	ctx, cancel := context.WithTimeoutCause(context.Background(), useLimit, errNoAnswer)
	defer cancel()
	_, err := within(ctx, func() (struct{}, error) { return struct{}{}, l.under.WriteFile(name, data) })
	return err
}

// within runs work until ctx ends. IndexedDB has no way to be cancelled, so work that
// never answers stays behind, waiting. The library panics where the browser answers
// with something unexpected; that is an error here.
func within[T any](ctx context.Context, work func() (T, error)) (T, error) {
	type outcome struct {
		value T
		err   error
	}
	done := make(chan outcome, 1)
	go func() {
		var o outcome
		defer func() {
			if r := recover(); r != nil {
				o.err = fmt.Errorf("IndexedDB: %v", r)
			}
			done <- o
		}()
		o.value, o.err = work()
	}()
	select {
	case o := <-done:
		if o.err == nil && ctx.Err() != nil {
			o.err = context.Cause(ctx) // the library takes the end of ctx for an answer
		}
		return o.value, o.err
	case <-ctx.Done():
		var none T
		return none, context.Cause(ctx)
	}
}
