package fault

import (
	"errors"

	"porthole/ssh/files/fsys"
)

// Text is the sentence of any error, without the codes that the client core puts before.
func Text(err error) string {
	if failure, ok := errors.AsType[*Error](err); ok {
		return failure.Text
	}
	if failure, ok := errors.AsType[*fsys.Error](err); ok {
		return failure.Message
	}
	for e := err; e != nil; e = errors.Unwrap(e) {
		if x, ok := e.(explainer); ok {
			_, text := x.Explain()
			return text
		}
	}
	return err.Error()
}
