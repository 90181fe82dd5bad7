package standin

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
)

// errorInfo is the link that every error answer of the platform carries.
const errorInfo = "https://cumulocity.com/api/core/#section/REST-implementation/Error-reporting"

// apiError is an answer that is not a success, in the platform's shape.
type apiError struct {
	status  int
	code    string
	message string
}

// Error makes apiError an error.
func (e *apiError) Error() string {
	return fmt.Sprintf("%d %s: %s", e.status, e.code, e.message)
}

// errAnswered says that the handler has written its answer, an error, itself.
var errAnswered = errors.New("already answered")

func unauthorized(message string) *apiError {
	return &apiError{http.StatusUnauthorized, "security/Unauthorized", message}
}

func forbidden(message string) *apiError {
	return &apiError{http.StatusForbidden, "security/Forbidden", message}
}

// notFound is a 404 of one of the platform's parts: inventory, identity, and so on.
func notFound(part, message string) *apiError {
	return &apiError{http.StatusNotFound, part + "/Not Found", message}
}

// invalid is a 422: the request was understood and its values are wrong.
func invalid(part, message string) *apiError {
	return &apiError{http.StatusUnprocessableEntity, part + "/Unprocessable Entity", message}
}

// malformed is a 400: the request could not be read.
func malformed(part, message string) *apiError {
	return &apiError{http.StatusBadRequest, part + "/Bad Request", message}
}

// errorBody is the JSON of every error answer.
type errorBody struct {
	Error   string `json:"error"`
	Message string `json:"message"`
	Info    string `json:"info"`
}

// writeError answers with err: an *apiError as it is, anything else as a 500 that keeps
// its cause to itself.
func writeError(w http.ResponseWriter, err error) {
	if errors.Is(err, errAnswered) {
		return
	}
	var e *apiError
	if !errors.As(err, &e) {
		e = &apiError{http.StatusInternalServerError, "general/internalError", "The stand-in platform failed; its log has the cause."}
	}
	if e.status == http.StatusUnauthorized {
		w.Header().Set("WWW-Authenticate", `Basic realm="Cumulocity"`)
	}
	writeJSON(w, e.status, errorBody{Error: e.code, Message: e.message, Info: errorInfo})
}

// writeJSON answers with v. A write error means the client has gone, which its own
// connection tells the server.
func writeJSON(w http.ResponseWriter, status int, v any) {
	body, err := json.Marshal(v)
	if err != nil {
		http.Error(w, http.StatusText(http.StatusInternalServerError), http.StatusInternalServerError)
		return
	}
	w.Header().Set("Content-Type", "application/json;charset=UTF-8")
	w.WriteHeader(status)
	_, _ = w.Write(body)
}
