package relay

import (
	"time"

	"github.com/coder/websocket"

	"porthole/ssh/wire"
	"porthole/ssh/wire/wsframe"
)

// closeTime bounds a close handshake: long enough for a peer on the other side of the
// world, short enough that nobody waits for one that is gone.
const closeTime = 2 * time.Second

// peer is one of the two websockets with what it runs on. The library reads and closes;
// messages and pongs are the writer's.
type peer struct {
	*wsframe.Writer
	ws   *websocket.Conn
	sock *socket // at the bottom; closing it frees whoever reads or writes
}

// newPeer makes a peer whose websocket is still to come.
func newPeer(masked bool) *peer { return &peer{Writer: wsframe.NewWriter(masked)} }

// close ends the websocket with a code and a reason and returns when it is closed,
// after closeTime at the latest: then the socket is closed under whoever waits.
func (p *peer) close(code wire.CloseCode, text string) {
	t := time.AfterFunc(closeTime, func() { _ = p.sock.Close() })
	defer t.Stop()
	p.End()                                                       // a message that is on its way goes first, none comes after
	_ = p.ws.Close(websocket.StatusCode(code), closeReason(text)) // the end has its reason already
}
