package demodevice

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"time"

	"porthole/server/platform"
)

const realtimePath = "/notification/realtime"

// errNoRealtime: the platform does not speak the long poll.
var errNoRealtime = errors.New("the platform has no long poll")

// rehandshake: the platform asks for a new handshake, which is nothing to warn about.
type rehandshake struct{ why string }

func (r *rehandshake) Error() string { return r.why }

// bayeux is one Bayeux message, of either direction.
type bayeux struct {
	Channel        string          `json:"channel"`
	ID             string          `json:"id,omitempty"`
	ClientID       string          `json:"clientId,omitempty"`
	Version        string          `json:"version,omitempty"`
	MinimumVersion string          `json:"minimumVersion,omitempty"`
	Types          []string        `json:"supportedConnectionTypes,omitempty"`
	ConnectionType string          `json:"connectionType,omitempty"`
	Subscription   string          `json:"subscription,omitempty"`
	Successful     *bool           `json:"successful,omitempty"`
	Error          string          `json:"error,omitempty"`
	Advice         *advice         `json:"advice,omitempty"`
	Data           json.RawMessage `json:"data,omitempty"`
}

// advice is how the platform wants to be asked (Bayeux 1.0 "advice"); times in ms.
type advice struct {
	Reconnect string `json:"reconnect,omitempty"` // retry, handshake, none
	Interval  int64  `json:"interval,omitempty"`  // wait this long before the next connect
	Timeout   int64  `json:"timeout,omitempty"`   // the platform holds a connect this long
}

// Bounds on what a platform may advise, in ms.
const (
	maxInterval = 10_000
	maxTimeout  = 15 * 60_000
)

// longPoll hears of operations until something breaks. It looks for pending ones right
// after subscribing, which catches those that came before, and now and then.
func (a *Agent) longPoll(ctx context.Context) error {
	shake, err := a.exchange(ctx, 0, bayeux{
		Channel: "/meta/handshake", Version: "1.0", MinimumVersion: "1.0", Types: []string{"long-polling"},
	})
	if err != nil {
		return noRealtime(err)
	}
	client := shake.reply.ClientID
	if client == "" {
		return fmt.Errorf("%w: no client id in the handshake", errNoRealtime)
	}
	if _, err := a.exchange(ctx, 0, bayeux{
		Channel: "/meta/subscribe", ClientID: client, Subscription: "/operations/" + string(a.config.DeviceID),
	}); err != nil {
		return err
	}
	defer a.disconnect(ctx, client)
	if err := a.takePending(ctx); err != nil {
		return err
	}
	a.log.LogAttrs(ctx, slog.LevelInfo, "waiting for connect operations", slog.String("device", string(a.config.DeviceID)))
	swept, advised := time.Now(), merge(advice{}, shake.reply.Advice)
	for {
		got, err := a.exchange(ctx, hold(advised), bayeux{Channel: "/meta/connect", ClientID: client, ConnectionType: "long-polling"})
		if err != nil {
			return err
		}
		for _, op := range got.operations {
			a.take(ctx, op)
		}
		advised = merge(advised, got.reply.Advice)
		if advised.Reconnect == "handshake" || advised.Reconnect == "none" {
			return &rehandshake{"the platform asks for a new handshake"}
		}
		if time.Since(swept) > a.timing.sweep {
			swept = time.Now()
			if err := a.takePending(ctx); err != nil {
				return err
			}
		}
		if advised.Interval > 0 && !pause(ctx, time.Duration(advised.Interval)*time.Millisecond) {
			return ctx.Err()
		}
	}
}

// noRealtime tells answers that mean "no such service here" from a platform that is away.
func noRealtime(err error) error {
	if status, ok := errors.AsType[*statusError](err); ok {
		switch status.Status {
		case http.StatusNotFound, http.StatusMethodNotAllowed, http.StatusNotAcceptable,
			http.StatusUnsupportedMediaType, http.StatusNotImplemented:
			return fmt.Errorf("%w: %w", errNoRealtime, err)
		}
	}
	var malformed *json.SyntaxError
	var wrongType *json.UnmarshalTypeError
	if errors.As(err, &malformed) || errors.As(err, &wrongType) || errors.Is(err, errNoReply) {
		return fmt.Errorf("%w: %w", errNoRealtime, err)
	}
	return err
}

// exchanged is what one POST brought.
type exchanged struct {
	reply      bayeux // to the message sent
	operations []platform.Operation
}

// errNoReply: the answer held no reply to what was asked.
var errNoReply = errors.New("no reply in the platform's answer")

// exchange sends one Bayeux message; hold is how long the platform may sit on it.
func (a *Agent) exchange(ctx context.Context, hold time.Duration, m bayeux) (exchanged, error) {
	limit := a.timing.request
	if hold > 0 {
		limit = hold + a.timing.longPoll
	}
	ctx, cancel := context.WithTimeout(ctx, limit)
	defer cancel()
	var answer []bayeux
	if err := a.call(ctx, http.MethodPost, realtimePath, nil, []bayeux{m}, &answer); err != nil {
		return exchanged{}, fmt.Errorf("%s: %w", m.Channel, err)
	}
	var got exchanged
	replied := false
	for _, r := range answer {
		switch {
		case r.Channel == m.Channel:
			got.reply, replied = r, true
		case r.Data != nil:
			if op, ok := parseNotice(r.Data); ok {
				got.operations = append(got.operations, op)
			}
		}
	}
	if !replied {
		// A connect may be answered by notices alone.
		if len(answer) > 0 && m.Channel == "/meta/connect" {
			return got, nil
		}
		return got, fmt.Errorf("%s: %w", m.Channel, errNoReply)
	}
	if got.reply.Successful != nil && !*got.reply.Successful {
		return got, refusal(got)
	}
	return got, nil
}

// refusal is the error of an unsuccessful reply; a client the platform has forgotten
// ("402::Unknown client") only needs a new handshake.
func refusal(got exchanged) error {
	why := fmt.Sprintf("%s: the platform refused: %s", got.reply.Channel, got.reply.Error)
	if a := got.reply.Advice; a != nil && a.Reconnect == "handshake" || len(got.reply.Error) >= 3 && got.reply.Error[:3] == "402" {
		return &rehandshake{why}
	}
	return errors.New(why)
}

// parseNotice reads the operation of a notice: wrapped in {realtimeAction, data}, or bare
// as older channels send it.
func parseNotice(data json.RawMessage) (platform.Operation, bool) {
	var wrapped struct {
		Action string          `json:"realtimeAction"`
		Data   json.RawMessage `json:"data"`
	}
	if json.Unmarshal(data, &wrapped) == nil && wrapped.Action != "" {
		if wrapped.Action == "DELETE" || wrapped.Data == nil {
			return platform.Operation{}, false
		}
		data = wrapped.Data
	}
	var op platform.Operation
	if json.Unmarshal(data, &op) != nil || op.ID == "" {
		return platform.Operation{}, false
	}
	return op, true
}

// disconnect lets the platform forget the client; failing does no harm.
func (a *Agent) disconnect(ctx context.Context, client string) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), time.Second)
	defer cancel()
	_, _ = a.exchange(ctx, 0, bayeux{Channel: "/meta/disconnect", ClientID: client})
}

// merge keeps earlier advice where the newer one is silent, within bounds.
func merge(old advice, newer *advice) advice {
	if newer == nil {
		return old
	}
	if newer.Reconnect != "" {
		old.Reconnect = newer.Reconnect
	}
	if newer.Timeout > 0 {
		old.Timeout = min(newer.Timeout, maxTimeout)
	}
	old.Interval = min(max(newer.Interval, 0), maxInterval)
	return old
}

// hold is how long the platform holds a connect when it does not say: ten minutes would
// be the longest seen.
func hold(a advice) time.Duration {
	if a.Timeout <= 0 {
		return 10 * time.Minute
	}
	return time.Duration(a.Timeout) * time.Millisecond
}
