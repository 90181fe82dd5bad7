package ports

// HTTP says whether a port is a web page, by its well-known use.
type HTTP string

// Values of HTTP.
const (
	Yes     HTTP = "yes"
	No      HTTP = "no"
	Unknown HTTP = "unknown" // may be asked: see Probe
	Never   HTTP = "never"   // a control protocol: must not be asked
)

// Listening is a TCP port that the device listens on.
type Listening struct {
	// Host is the address as a client on the device would dial it: "localhost", or an IP
	// address (a link-local one with its zone) when it listens on that alone.
	Host string
	Port int
	// Program is its name, at most 64 characters; "" when the device does not tell.
	Program string
	// Service is the well-known name of the port, "" when it has none.
	Service string
	HTTP    HTTP
}
