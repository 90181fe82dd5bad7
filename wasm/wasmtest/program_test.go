//go:build !js

package wasmtest

import (
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"strings"
	"testing"

	"github.com/coder/websocket"

	"porthole/ssh/sshtest"
	"porthole/ssh/wire"
)

// programPage uses the whole program as a page would: through its one export, over a
// real websocket, with its profile in IndexedDB.
const programPage = `
const go = new Go();
const { instance } = await WebAssembly.instantiateStreaming(fetch("test.wasm"), go.importObject);
go.run(instance);
const bridge = await portholeBridge();
const lines = [];
const want = (truth, what) => { if (!truth) throw new Error("not so: " + what); };
let asked = 0;
const hooks = {
  onState() {}, onBanner() {},
  async askHostKey() { asked++; return true; },
  async askPassword() { return settings.password; },
  async askQuestions() { return null; }, async askKey() { return null; }, async askPassphrase() { return null; },
};
const config = { url: settings.url, tenant: "t1", deviceId: "7", host: "localhost", port: 22, user: settings.user,
  credential: "password", allowOldAlgorithms: false };
const shell = { term: "xterm-256color", cols: 80, rows: 24, env: {} };
const open = async () => {
  const connection = await bridge.open(config, hooks);
  let text = "", wake = () => {};
  const decoder = new TextDecoder();
  const session = await connection.shell(shell, { write(chunk) { text += decoder.decode(chunk, { stream: true }); wake(); } });
  const until = async (part) => { while (!text.includes(part)) await new Promise((resolve) => { wake = resolve; }); };
  return { connection, session, until };
};
{
  const { connection, session, until } = await open();
  want(connection.info.hostKeyKept, "the host key is kept");
  await session.write(new TextEncoder().encode("echo through everything\r"));
  await until("\r\nthrough everything");
  const latencies = [];
  for (let i = 0; i < 50; i++) {
    const start = performance.now();
    await session.write(new TextEncoder().encode(String.fromCharCode(65 + i % 26) + (i % 10)));
    await until(String.fromCharCode(65 + i % 26) + (i % 10));
    latencies.push(performance.now() - start);
  }
  let bytes = 0;
  const start = performance.now();
  const flood = await connection.exec("bytes 30000000", { async write(chunk) { bytes += chunk.length; } });
  await flood.closed;
  want(bytes === 30000000, "all bytes came, got " + bytes);
  lines.push("30 MB in " + Math.round(performance.now() - start) + " ms");
  await connection.close();
  want((await connection.closed).code === "closed", "closed by us");
}
want(asked === 1, "the host key was asked for once");
const before = bridge.stats();
for (let i = 0; i < 20; i++) {
  const { connection, until } = await open();
  await until("$ ");
  await connection.close();
}
want(asked === 1, "a kept host key is not asked for again");
const after = bridge.stats();
want(after.funcs <= before.funcs && after.goroutines <= before.goroutines + 2, JSON.stringify({ before, after }));
lines.push(JSON.stringify({ before, after }));
const hosts = await (await bridge.profile()).knownHosts("t1", "7");
want(hosts.length === 1 && hosts[0].name === "[localhost.7.t1]:22", JSON.stringify(hosts));
let code = "";
await bridge.open({ ...config, url: settings.refused }, hooks).catch((error) => { code = error.code; });
want(code === "refused", "a refused upgrade has its code, got " + code);
return { code: 0, output: lines.join("\n") };
`

func TestProgramInChromium(t *testing.T) {
	const user, password = "pi", "correct horse"
	server, err := sshtest.New(sshtest.Options{
		Passwords: map[string]string{user: password}, Exec: sshtest.Scripted,
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = server.Close() })
	gateway := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/refused" {
			http.Error(w, "no", http.StatusForbidden)
			return
		}
		ws, err := websocket.Accept(w, r, &websocket.AcceptOptions{
			Subprotocols: []string{wire.Subprotocol}, InsecureSkipVerify: true,
		})
		if err != nil {
			return // Accept has answered
		}
		_ = server.ServeConn(websocket.NetConn(t.Context(), ws, websocket.MessageBinary)) // the page asserts
	}))
	t.Cleanup(func() {
		gateway.CloseClientConnections()
		gateway.Close()
	})
	binary := filepath.Join(t.TempDir(), "porthole.wasm")
	build(t, "build", "-trimpath", "-ldflags=-s -w", "-o", binary, "porthole/wasm")
	base := "ws" + strings.TrimPrefix(gateway.URL, "http")
	open(t, binary, programPage, map[string]string{
		"url": base + "/", "refused": base + "/refused", "user": user, "password": password,
	})
}
