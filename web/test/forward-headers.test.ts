import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { mayNavigate, ownReferrer } from "../src/forward/csrf.ts";
import { answerHeaders, reasonPhrase, requestHeaders } from "../src/forward/headers.ts";
import type { AnswerOptions, HeaderList } from "../src/forward/headers.ts";
import { destination, mapRefresh } from "../src/forward/location.ts";
import { isLoopback, ownOrigins, ownPath } from "../src/forward/targets.ts";

const origin = "http://f1.fwd.porthole.localhost:8440";
const targets = ownOrigins("http", "LOCALHOST", 1880);
const around = { userAgent: "Browser/1", languages: ["de-CH", "de"], origin };

describe("headers to the device", () => {
  test("what a service worker does not see is completed", () => {
    assert.deepEqual(requestHeaders("GET", [["accept", "*/*"]], around), [
      ["accept", "*/*"],
      ["user-agent", "Browser/1"],
      ["accept-language", "de-CH,de;q=0.9"],
      ["accept-encoding", "gzip, deflate"],
    ]);
  });

  test("what the browser did send stays, what is for servers of the web goes", () => {
    const sent: HeaderList = [
      ["user-agent", "Own/2"],
      ["accept-language", "en"],
      ["sec-ch-ua", "x"],
      ["sec-fetch-mode", "cors"],
      ["cookie", "a=b"],
      ["upgrade-insecure-requests", "1"],
      ["x-csrf-token", "t"],
    ];
    assert.deepEqual(requestHeaders("GET", sent, around), [
      ["user-agent", "Own/2"],
      ["accept-language", "en"],
      ["x-csrf-token", "t"],
      ["accept-encoding", "gzip, deflate"],
    ]);
  });

  test("a part of a file is asked for as it is", () => {
    const names = requestHeaders("GET", [["range", "bytes=0-1"]], around).map(([name]) => name);
    assert.ok(!names.includes("accept-encoding"));
  });

  test("a request that changes something has the page's origin", () => {
    assert.ok(requestHeaders("POST", [], around).some(([n, v]) => n === "origin" && v === origin));
    const foreign: HeaderList = [["origin", "http://other.example"]];
    const origins = requestHeaders("POST", foreign, around).filter(([name]) => name === "origin");
    assert.deepEqual(origins, foreign);
  });
});

describe("headers of the answer", () => {
  const options: AnswerOptions = {
    origin,
    targets,
    hosts: ["http://porthole.localhost:8440"],
    script: null,
    nonce: "",
    rewritten: false,
    decoded: false,
    location: null,
  };
  const answer = (list: HeaderList, more: Partial<AnswerOptions> = {}): Record<string, string> =>
    Object.fromEntries(answerHeaders(list, { ...options, ...more }));

  test("every answer says who may frame it, keeps to its process, and gives referrers to its own pages", () => {
    assert.deepEqual(answer([["X-Frame-Options", "DENY"]]), {
      "content-security-policy": "frame-ancestors 'self' http://porthole.localhost:8440",
      "origin-agent-cluster": "?1",
      "referrer-policy": "same-origin",
    });
  });

  test("the device sets nothing for the whole site", () => {
    const names = Object.keys(
      answer([
        ["Set-Cookie", "a=b; Domain=porthole.localhost"],
        ["Strict-Transport-Security", "max-age=1"],
        ["Alt-Svc", "h3"],
        ["Clear-Site-Data", '"*"'],
        ["Cross-Origin-Opener-Policy", "same-origin"],
        ["Cross-Origin-Embedder-Policy", "require-corp"],
        ["Cross-Origin-Resource-Policy", "same-origin"],
        ["Service-Worker-Allowed", "/"],
        ["Origin-Agent-Cluster", "?0"],
      ]),
    );
    assert.deepEqual(names, ["content-security-policy", "origin-agent-cluster", "referrer-policy"]);
  });

  test("its own policy is kept beside ours", () => {
    const policy = answer([["Content-Security-Policy", "img-src 'self'; frame-ancestors *"]])[
      "content-security-policy"
    ];
    assert.equal(policy, "img-src 'self', frame-ancestors 'self' http://porthole.localhost:8440");
  });

  test("length and encoding go where the body is another", () => {
    const list: HeaderList = [
      ["Content-Encoding", "gzip"],
      ["Content-Length", "5"],
    ];
    assert.equal(answer(list)["content-length"], "5");
    const decoded = answer(list, { decoded: true });
    assert.equal(decoded["content-length"], undefined);
    assert.equal(decoded["content-encoding"], undefined);
    assert.equal(answer(list, { rewritten: true })["content-length"], undefined);
  });

  test("P22: what no browser takes is left out, and Latin-1 comes through", () => {
    const headers = answer([
      ["X-Caf\u00e9", "1"],
      ["X Y", "2"],
      ["X-Smile", "\u{1f600}"],
      ["X-Latin", "caf\u00e9"],
    ]);
    assert.equal(headers["x-latin"], "caf\u00e9");
    assert.equal(Object.keys(headers).length, 4);
    assert.equal(reasonPhrase("r\u00e9ason\r\n\u0000\u{1f600}ok"), "r\u00e9asonok");
  });
});

describe("where a redirect leads", () => {
  const url = `${origin}/a/b?c`;
  test("the device's own address is the forward's", () => {
    for (const to of [
      "http://localhost:1880/x?y#z",
      "http://127.0.0.1:1880/x?y#z",
      "http://[::1]:1880/x?y#z",
      "/x?y#z",
      "../x?y#z",
      `${origin}/x?y#z`,
    ]) {
      assert.deepEqual(
        destination(to, url, targets),
        { kind: "own", location: `${origin}/x?y#z` },
        to,
      );
    }
  });

  test("another port, scheme or host leads out of the tunnel", () => {
    for (const to of [
      "http://localhost:1881/",
      "https://localhost:1880/",
      "//example.com/",
      "http://10.0.0.1/",
    ]) {
      assert.equal(destination(to, url, targets).kind, "foreign", to);
    }
  });

  test("no address is left to the browser", () => {
    for (const to of ["http://[", "javascript:alert(1)", "mailto:a@b"]) {
      assert.equal(destination(to, url, targets).kind, "unknown", to);
    }
  });

  test("Refresh is mapped likewise", () => {
    assert.equal(mapRefresh("5; url=http://localhost:1880/x", url, targets), `5; url=${origin}/x`);
    assert.equal(mapRefresh("5", url, targets), "5");
    assert.equal(
      mapRefresh("0;url=http://example.com/", url, targets),
      "0;url=http://example.com/",
    );
  });
});

describe("the device's own addresses", () => {
  test("loopback names are one, others stand for themselves", () => {
    assert.deepEqual(ownOrigins("http", "::1", 80), [
      "http://[::1]",
      "http://localhost",
      "http://127.0.0.1",
    ]);
    assert.deepEqual(ownOrigins("https", "Printer.LAN", 631), ["https://printer.lan:631"]);
    assert.deepEqual(ownOrigins("http", "a b", 80), []);
  });

  test("websockets live on the origin of their page", () => {
    assert.equal(ownPath(new URL("ws://127.0.0.1:1880/comms?x"), origin, targets), "/comms?x");
    assert.equal(ownPath(new URL("wss://127.0.0.1:1880/comms"), origin, targets), null);
  });

  test("this computer is recognised under all its names", () => {
    for (const host of ["localhost", "a.localhost", "127.1.2.3", "[::1]"]) {
      assert.equal(isLoopback(new URL(`http://${host}/`)), true, host);
    }
    assert.equal(isLoopback(new URL("http://128.0.0.1/")), false);
  });
});

describe("P11: who may post a form", () => {
  const post = (from: string | null, referrer: string): boolean =>
    mayNavigate({ method: "POST", origin: from, referrer }, origin);

  test("reading is free", () => {
    assert.equal(
      mayNavigate({ method: "GET", origin: "http://evil.example", referrer: "" }, origin),
      true,
    );
  });

  test("the Origin header decides where there is one", () => {
    assert.equal(post(origin, ""), true);
    assert.equal(post("http://evil.example", `${origin}/`), false);
    assert.equal(post("null", ""), false);
  });

  test("else the referrer must be a page of the forward", () => {
    assert.equal(post(null, `${origin}/form`), true);
    for (const referrer of [
      "",
      "about:client",
      "http://evil.example/",
      `${origin}.evil.example/`,
      "http://fwd.porthole.localhost:8440/",
    ]) {
      assert.equal(post(null, referrer), false, referrer);
    }
  });

  test("the device learns of its own pages alone", () => {
    assert.equal(ownReferrer(`${origin}/a`, origin), `${origin}/a`);
    assert.equal(ownReferrer("http://porthole.localhost:8440/devices/1", origin), "");
  });
});
