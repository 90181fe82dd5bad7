package standin

import (
	"bytes"
	"context"
	"encoding/json"
	"net/http"
	"time"
)

// maxMessages bounds the messages of one request.
const maxMessages = 100

// bayeuxMessage is a request of the Bayeux protocol, as far as the platform reads it.
type bayeuxMessage struct {
	ID           json.RawMessage `json:"id"`
	Channel      string          `json:"channel"`
	ClientID     string          `json:"clientId"`
	Subscription json.RawMessage `json:"subscription"` // a channel or several
	Advice       *struct {
		Timeout *int64 `json:"timeout"` // ms that a connect may be held
	} `json:"advice"`
}

// Errors of Bayeux: code, argument, text.
const (
	errTextUnknownClient = "402::Unknown client"
	errTextDenied        = "403:denied_by_security_policy:Subscription denied"
	errTextBadRequest    = "400::Bad request"
	errTextNoChannel     = "404::Unknown channel"
)

// bayeux answers a batch of messages. Whatever fails inside it is told in its reply; the
// HTTP status is 200.
func (p *Platform) bayeux(c *call) error {
	messages, err := readMessages(c)
	if err != nil {
		return err
	}
	replies := []any{}
	for _, m := range messages {
		replies = append(replies, p.bayeuxReply(c, m)...)
	}
	writeJSON(c.w, http.StatusOK, replies)
	return nil
}

// readMessages reads an array of messages, or a single one.
func readMessages(c *call) ([]bayeuxMessage, error) {
	var raw json.RawMessage
	if err := readJSON(c, "notification", &raw); err != nil {
		return nil, err
	}
	var messages []bayeuxMessage
	var err error
	if bytes.HasPrefix(bytes.TrimSpace(raw), []byte("[")) {
		err = json.Unmarshal(raw, &messages)
	} else {
		messages = make([]bayeuxMessage, 1)
		err = json.Unmarshal(raw, &messages[0])
	}
	if err != nil || len(messages) > maxMessages {
		return nil, malformed("notification", "The body must be one Bayeux message or an array of at most 100.")
	}
	return messages, nil
}

// bayeuxReply answers one message; a connect's events stand before its reply.
func (p *Platform) bayeuxReply(c *call, m bayeuxMessage) []any {
	owner := c.who.name
	reply := map[string]any{"channel": m.Channel, "successful": true}
	if len(m.ID) > 0 {
		reply["id"] = m.ID
	}
	var events []any
	known := true
	switch m.Channel {
	case "/meta/handshake":
		reply["clientId"] = p.rt.handshake(owner)
		reply["version"], reply["minimumVersion"] = "1.0", "1.0"
		reply["supportedConnectionTypes"] = []string{"long-polling"}
		reply["advice"] = p.advice()
		return []any{reply}
	case "/meta/subscribe", "/meta/unsubscribe":
		reply["subscription"] = m.Subscription
		known = p.subscribe(c, m, reply)
	case "/meta/connect":
		events, known = p.hold(c, m)
		reply["advice"] = p.advice()
	case "/meta/disconnect":
		known = p.rt.disconnect(m.ClientID, owner)
	default:
		refuse(reply, errTextNoChannel)
	}
	if known {
		reply["clientId"] = m.ClientID
	} else {
		refuse(reply, errTextUnknownClient)
		reply["advice"] = map[string]any{"reconnect": "handshake", "interval": 0}
	}
	return append(events, reply)
}

func refuse(reply map[string]any, text string) {
	reply["successful"], reply["error"] = false, text
}

// advice tells a client to poll again at once and how long a poll is held.
func (p *Platform) advice() map[string]any {
	return map[string]any{"reconnect": "retry", "interval": 0, "timeout": p.rt.hold.Milliseconds()}
}

// subscribe handles subscribe and unsubscribe; false when the client is unknown.
func (p *Platform) subscribe(c *call, m bayeuxMessage, reply map[string]any) bool {
	owner := c.who.name
	if !p.rt.known(m.ClientID, owner) {
		return false
	}
	channels, ok := readChannels(m.Subscription)
	if !ok {
		delete(reply, "subscription")
		refuse(reply, errTextBadRequest)
		return true
	}
	on := m.Channel == "/meta/subscribe"
	for _, channel := range channels {
		if on && !c.maySubscribe(channel) {
			refuse(reply, errTextDenied)
			return true
		}
	}
	if !p.rt.subscribe(m.ClientID, owner, channels, on) {
		refuse(reply, errTextBadRequest)
	}
	return true
}

// readChannels reads a channel or an array of them.
func readChannels(raw json.RawMessage) ([]string, bool) {
	var one string
	if json.Unmarshal(raw, &one) == nil && one != "" {
		return []string{one}, true
	}
	var many []string
	if json.Unmarshal(raw, &many) != nil || len(many) == 0 || len(many) > maxSubscriptions {
		return nil, false
	}
	return many, true
}

// maySubscribe allows a device's user its own device, and persons what they may read.
func (c *call) maySubscribe(channel string) bool {
	device, ok := validChannel(channel)
	if !ok {
		return false
	}
	if c.who.device != nil {
		return device == string(c.who.device.id)
	}
	return c.who.mayReadOperations()
}

// hold is the long poll. While it is held its device counts as connected.
func (p *Platform) hold(c *call, m bayeuxMessage) ([]any, bool) {
	hold := p.rt.hold
	if m.Advice != nil && m.Advice.Timeout != nil && *m.Advice.Timeout >= 0 {
		hold = min(hold, time.Duration(min(*m.Advice.Timeout, hold.Milliseconds()))*time.Millisecond)
	}
	ctx, cancel := context.WithCancel(c.r.Context())
	defer cancel()
	defer context.AfterFunc(p.life, cancel)()
	if c.who.device != nil {
		defer c.who.device.hold(p.now)()
	}
	raw, known := p.rt.wait(ctx, m.ClientID, c.who.name, hold)
	events := make([]any, 0, len(raw))
	for _, e := range raw {
		events = append(events, e)
	}
	return events, known
}
