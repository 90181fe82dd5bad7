package standin_test

import (
	"testing"

	"github.com/coder/websocket"
)

func TestClientAndDeviceAreJoined(t *testing.T) {
	w := newWorld(t, nil)
	client := w.dial(clientPath, asAdmin)
	send(t, client, websocket.MessageBinary, []byte("early ")) // before the device is there
	op := w.pending("1234")
	if op.Connect.Hostname != "127.0.0.1" || op.Connect.Port != 22 || len(op.Connect.ConnectionKey) != 36 || op.DeviceID != "1234" {
		t.Fatalf("operation %+v", op)
	}
	device := w.dial("/service/remoteaccess/device/"+op.Connect.ConnectionKey, asDev1)
	send(t, client, websocket.MessageBinary, []byte("late"))
	receive(t, device, []byte("early late"))
	send(t, device, websocket.MessageBinary, []byte("SSH-2.0-x\r\n"))
	receive(t, client, []byte("SSH-2.0-x\r\n"))
	if err := device.Close(websocket.StatusNormalClosure, ""); err != nil {
		t.Errorf("closing handshake: %v", err)
	}
	if e := closed(t, client); e.Code != websocket.StatusNormalClosure {
		t.Errorf("client closed with %v, want 1000", e)
	}
}
