package standin

import (
	"net/http"
	"net/url"
	"slices"
	"strings"

	"porthole/ssh/wire"
)

// call is one request on its way through a handler.
type call struct {
	w    http.ResponseWriter
	r    *http.Request
	args []string // the segments that matched {} of the route
	who  principal
}

// route is one path. Of its segments "{}" matches any one that is not empty, and a last
// "{...}" matches the rest of the path.
type route struct {
	path     []string
	public   bool // served without credentials
	handlers map[string]func(*call) error
}

type handlers = map[string]func(*call) error

func (p *Platform) routeTable() []route {
	at := func(path string, h handlers) route {
		return route{path: strings.Split(path, "/"), handlers: h}
	}
	open := func(path string, h handlers) route {
		rt := at(path, h)
		rt.public = true
		return rt
	}
	const service = "service/remoteaccess/"
	return []route{
		open("tenant/loginOptions", handlers{"GET": p.loginOptions}),
		open("tenant/oauth", handlers{"POST": p.signIn}),
		at("tenant/currentTenant", handlers{"GET": p.currentTenant}),
		at("tenant/system/options/{}/{}", handlers{"GET": p.systemOption}),
		at("user/currentUser", handlers{"GET": p.currentUser}),
		at("inventory/managedObjects", handlers{"GET": p.listDevices}),
		at("inventory/managedObjects/{}", handlers{"GET": p.getDevice}),
		// Clients put external ids into the path unescaped, so one may hold slashes.
		at("identity/externalIds/{}/{...}", handlers{"GET": p.externalID}),
		at("identity/globalIds/{}/externalIds", handlers{"GET": p.externalIDsOf}),
		at(service+"health", handlers{"GET": p.health}),
		at(service+"devices/{}/configurations", handlers{"GET": p.listConfigurations, "POST": p.createConfiguration}),
		at(service+"devices/{}/configurations/{}", handlers{
			"GET": p.getConfiguration, "PUT": p.updateConfiguration, "DELETE": p.deleteConfiguration,
		}),
		at(service+"client/{}/configurations/{}", handlers{"GET": p.serveClient}),
		at(service+"device/{}", handlers{"GET": p.serveDevice}),
		at("devicecontrol/operations", handlers{"GET": p.listOperations, "POST": p.createOperation}),
		at("devicecontrol/operations/{}", handlers{"GET": p.getOperation, "PUT": p.updateOperation}),
		at("notification/realtime", handlers{"POST": p.bayeux}),
	}
}

// dispatch finds the route, checks who asks, and calls the handler.
func (p *Platform) dispatch(w http.ResponseWriter, r *http.Request) error {
	segments, err := splitPath(r.URL.EscapedPath())
	if err != nil {
		return malformed("general", "The path is not properly escaped.")
	}
	rt, args, ok := p.match(segments)
	if !ok {
		return notFound("general", "No such resource.")
	}
	c := &call{w: w, r: r, args: args}
	if !rt.public {
		who, err := p.authenticate(r)
		if err != nil {
			return err
		}
		c.who = who
		if who.device != nil {
			who.device.touch(p.now())
		}
	}
	if p.opt.NotSubscribed && segments[0] == "service" {
		return notFound("remoteaccess", "The tenant is not subscribed to cloud remote access.")
	}
	method := r.Method
	if method == http.MethodHead {
		method = http.MethodGet // net/http drops the body
	}
	h, ok := rt.handlers[method]
	if !ok {
		w.Header().Set("Allow", rt.allow())
		return &apiError{http.StatusMethodNotAllowed, "general/Method Not Allowed", "This resource does not know the method."}
	}
	return h(c)
}

func (rt route) allow() string {
	var methods []string
	for m := range rt.handlers {
		methods = append(methods, m)
		if m == http.MethodGet {
			methods = append(methods, http.MethodHead)
		}
	}
	slices.Sort(methods)
	return strings.Join(methods, ", ")
}

// splitPath cuts an escaped path into unescaped segments. It does not clean the path: a
// client that sends an empty segment must get its 404 and not a redirect.
func splitPath(escaped string) ([]string, error) {
	segments := strings.Split(strings.TrimPrefix(escaped, "/"), "/")
	for i, s := range segments {
		u, err := url.PathUnescape(s)
		if err != nil {
			return nil, err
		}
		segments[i] = u
	}
	if n := len(segments); n > 1 && segments[n-1] == "" {
		segments = segments[:n-1]
	}
	return segments, nil
}

func (p *Platform) match(segments []string) (route, []string, bool) {
	for _, rt := range p.routes {
		if args, ok := rt.match(segments); ok {
			return rt, args, true
		}
	}
	return route{}, nil, false
}

func (rt route) match(segments []string) ([]string, bool) {
	var args []string
	for i, want := range rt.path {
		if i >= len(segments) {
			return nil, false
		}
		switch want {
		case "{...}":
			rest := strings.Join(segments[i:], "/")
			return append(args, rest), rest != ""
		case "{}":
			if segments[i] == "" {
				return nil, false
			}
			args = append(args, segments[i])
		default:
			if segments[i] != want {
				return nil, false
			}
		}
	}
	return args, len(segments) == len(rt.path)
}

// deviceOf finds the device of the first path argument, if the caller may know of it.
func (p *Platform) deviceOf(c *call) (*device, error) {
	id := wire.DeviceID(c.args[0])
	if c.who.device != nil && c.who.device.id != id {
		return nil, forbidden("A device user may read its own device only.")
	}
	p.mu.RLock()
	d := p.devices[id]
	p.mu.RUnlock()
	if d == nil {
		return nil, notFound("inventory", "Finding device data from database failed : No managedObject for id '"+string(id)+"'!")
	}
	return d, nil
}
