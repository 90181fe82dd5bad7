import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { CookiePaths, heldCookies } from "../src/forward/cookie-paths.ts";
import { assignCookie, cookieHeader, isTrustworthy, mirror } from "../src/forward/cookies.ts";
import type { CookieInit } from "../src/forward/cookies.ts";
import { noticePage, noticePolicy } from "../src/forward/pages/document.ts";
import { mayReload } from "../src/forward/pages/reload.ts";
import { ViewerLink } from "../src/forward/pages/viewer-link.ts";
import { preludeText, withPrelude, workerText } from "../src/forward/prelude.ts";
import type { FromViewer, ToViewer, TunnelErrorCode } from "../src/forward/protocol.ts";
import { failure, leavesTunnel, noTunnel, signIn } from "../src/forward/words.ts";

describe("cookies", () => {
  test("cookies of the whole site and the app's own are not the device's", () => {
    const header = cookieHeader([
      { name: "theme", value: "dark", domain: null },
      { name: "tossed", value: "1", domain: "porthole.localhost" },
      { name: "__Host-porthole", value: "secret", domain: null },
      { name: "", value: "bare", domain: null },
      { name: "untold", value: "1" },
    ]);
    assert.equal(header, "theme=dark; bare");
  });

  test("one cookie that the browser refuses keeps no other out", async () => {
    const kept: CookieInit[] = [];
    const jar = {
      getAll: () => Promise.resolve([]),
      set: (cookie: CookieInit) => {
        if (cookie.name === "bad") return Promise.reject(new TypeError("no"));
        kept.push(cookie);
        return Promise.resolve();
      },
    };
    const cookie = { value: "1", path: "/a", expiresMs: null, sameSite: "none" } as const;
    await mirror(jar, [
      { ...cookie, name: "bad" },
      { ...cookie, name: "good" },
    ]);
    const want = { name: "good", value: "1", path: "/a", expires: null, sameSite: "lax" };
    assert.deepEqual(kept, [want]);
  });

  test("document.cookie without a jar follows the rules of assignments", () => {
    const now = Date.UTC(2026, 0, 1);
    const cases: [snapshot: string, text: string, want: string][] = [
      ["", "a=b", "a=b"],
      ["a=b; c=d", "a=x; Path=/", "c=d; a=x"],
      ["a=b; c=d", "a=; Max-Age=0", "c=d"],
      ["a=b", "a=x; expires=Thu, 01 Jan 1970 00:00:00 GMT", ""],
      ["a=b", "a=x; Max-Age=10; expires=Thu, 01 Jan 1970 00:00:00 GMT", "a=x"],
      ["a=b", "s=1; HttpOnly", "a=b"],
      ["", "a=b=c", "a=b=c"],
      ["a=b", "", "a=b"],
    ];
    for (const [snapshot, text, want] of cases) {
      assert.equal(assignCookie(snapshot, text, now), want, `${snapshot} + ${text}`);
    }
  });

  test("a browser that keeps no cookies, or does not tell whose they are, is not believed", async () => {
    const jar = (domain: string | null | undefined, keeps: boolean) => {
      const held: { name: string; domain?: string | null }[] = [];
      return {
        held,
        getAll: () => Promise.resolve(held),
        set: ({ name, expires }: { name: string; expires: number | null }) => {
          held.splice(0);
          if (keeps && expires === null)
            held.push(domain === undefined ? { name } : { name, domain });
          return Promise.resolve();
        },
      };
    };
    const cases: [ReturnType<typeof jar>, boolean][] = [
      [jar(null, true), true],
      [jar(undefined, true), false],
      [jar("site.test", true), false],
      [jar(null, false), false],
    ];
    for (const [tried, want] of cases) {
      assert.equal(await isTrustworthy(tried, "http://a.test/"), want);
      assert.deepEqual(tried.held, [], "the trial's cookie stays");
    }
    const refusing = {
      getAll: () => Promise.resolve([]),
      set: () => Promise.reject(new Error("no")),
    };
    assert.equal(await isTrustworthy(refusing, "http://a.test/"), false);
  });

  /** A cache that lists in the order of writing, as the browser's. */
  const cacheStorage = () => {
    const kept = new Set<string>();
    const cache = {
      put: (url: string) => {
        kept.delete(url);
        return Promise.resolve(void kept.add(url));
      },
      keys: () => Promise.resolve([...kept].map((url) => ({ url }))),
      delete: ({ url }: { url: string }) => Promise.resolve(kept.delete(url)),
    };
    return { kept, caches: { open: () => Promise.resolve(cache) } as unknown as CacheStorage };
  };

  test("paths of cookies stay on the page's own origin, and the latest are remembered across restarts", async () => {
    const { kept, caches } = cacheStorage();
    const paths = new CookiePaths(caches, "http://a.test");
    await paths.add(["/", undefined, "/a", "//evil.test/b", "/.//evil.test"]);
    const want = ["http://a.test/a", "http://a.test//evil.test/b", "http://a.test/.//evil.test"];
    assert.deepEqual([...kept], want);
    assert.deepEqual(await paths.all(), ["/a", "//evil.test/b", "//evil.test"]);
    for (let i = 0; i < 300; i++) {
      await new CookiePaths(caches, "http://a.test").add([`/${String(i)}`, `/again/${String(i)}`]);
    }
    assert.equal(kept.size, 200, "a device can pile them up");
    assert.equal((await paths.all()).at(-1), "/again/299");
    await paths.add(Array.from({ length: 1_000 }, (_, i) => `/many/${String(i)}`));
    assert.equal(kept.size, 200);
  });

  test("a path that could not be written is written the next time", async () => {
    const { kept, caches } = cacheStorage();
    let full = true;
    const open = (name: string) => (full ? Promise.reject(new Error("full")) : caches.open(name));
    const paths = new CookiePaths({ open } as unknown as CacheStorage, "http://a.test");
    await paths.add(["/a"]);
    full = false;
    await paths.add(["/a"]);
    assert.deepEqual([...kept], ["http://a.test/a"]);
  });

  test("cookies are listed for every known path, those of the whole site left out", async () => {
    const cookies = [
      { name: "root", path: "/", domain: null },
      { name: "deep", path: "/a/b", domain: null },
      { name: "slash", path: "/a/", domain: null },
      { name: "host", path: "/a", domain: "x.site.test" },
      { name: "site", path: "/a", domain: "site.test" },
      { name: "untold", path: "/a" },
    ];
    const asked: string[] = [];
    const jar = {
      getAll: ({ url }: { url: string }) => {
        const { pathname } = new URL(url);
        asked.push(pathname);
        return Promise.resolve(
          cookies.filter(({ path }) => pathname.startsWith(path.replace(/\/*$/, "/"))),
        );
      },
      set: () => Promise.resolve(),
    };
    const held = await heldCookies(jar, "http://x.site.test:8440", ["/a/b", "/a", "/a/"]);
    assert.deepEqual(held.map(({ name }) => name).sort(), ["deep", "host", "root", "slash"]);
    assert.deepEqual(asked, ["/", "/a/b/", "/a/"]);
  });
});

describe("the workers' shim in front of a script", () => {
  test("a directive stays the first statement, and lines stay where they are", () => {
    assert.equal(preludeText("let a;", "shim\n"), "shim;");
    assert.equal(preludeText('// c\n/* d */ "use strict"; let a;', "shim"), '"use strict";shim;');
    assert.equal(preludeText("'use strict'", "shim"), '"use strict";shim;');
    const script = new TextEncoder().encode("a\nb");
    assert.equal(new TextDecoder().decode(withPrelude(script, "x")), "x;a\nb");
  });

  test("it is told the device's own addresses", () => {
    const text = workerText("shim", ["http://localhost:1880"]);
    assert.equal(text, 'self.portholeWorker={"targets":["http://localhost:1880"]};shim');
  });
});

describe("pages of ours", () => {
  const codes: TunnelErrorCode[] = [
    ...(["refused", "forbidden", "silent", "garbage", "broken"] as const),
    ...(["certificate", "closed", "aborted", "internal"] as const),
  ];

  test("every failure says what happened and what to do", () => {
    for (const code of codes) {
      const { title, text, advice, status } = failure(code, "");
      assert.ok(title !== "" && text.endsWith(".") && advice.endsWith("."), code);
      assert.ok(status >= 500, code);
    }
    assert.equal(failure("silent", "").status, 504);
    assert.equal(failure("closed", "").waits, "tunnel");
    assert.equal(failure("refused", "The tunnel's own words.").text, "The tunnel's own words.");
  });

  test("what a device says is text, never markup", () => {
    const page = noticePage(
      signIn('<img src=x onerror="alert(1)">', false),
      "https://app.example",
      "",
    );
    assert.ok(!page.includes("<img"));
    const link = noticePage(leavesTunnel('javascript:alert(1)//"><script>'), "", "");
    assert.ok(!link.includes('href="javascript:'));
    assert.equal(link.match(/<script/g)?.length, 1);
  });

  test("a link out of the tunnel is followed by hand alone, and tells nothing", () => {
    const page = noticePage(leavesTunnel("https://example.com/?a=1&b=2"), "", "");
    assert.match(page, /href="https:\/\/example\.com\/\?a=1&amp;b=2" rel="noreferrer noopener"/);
    assert.doesNotMatch(page, /http-equiv/);
  });

  test("nothing on them runs but our script", () => {
    const policy = noticePolicy("http://f1.example", ["http://app.example"]);
    assert.match(policy, /script-src http:\/\/f1\.example\/\.fwd\//);
    assert.doesNotMatch(policy, /script-src[^;]*unsafe/);
    assert.match(policy, /frame-ancestors 'self' http:\/\/app\.example/);
    assert.match(noticePage(noTunnel(), "http://app.example", ""), /data-waits="tunnel"/);
  });

  test("a page that reloads itself gives up after six times, and may again later", () => {
    const kept = new Map<string, string>();
    const storage = {
      getItem: (key: string) => kept.get(key) ?? null,
      setItem: (key: string, value: string) => void kept.set(key, value),
    };
    const reloads = Array.from({ length: 8 }, (_, i) => mayReload(storage, 1000 + i * 1000));
    assert.deepEqual(reloads, [true, true, true, true, true, true, false, false]);
    assert.equal(mayReload(storage, 100_000), true);
    kept.set("porthole-reloads", "nonsense");
    assert.equal(mayReload(storage, 200_000), true);
  });
});

describe("a viewer tab and the app that opened it", () => {
  const app = "https://app.example";
  const id = "abcdefghijklmnopqrstuvwxyz";
  const show: ToViewer = {
    ...{ porthole: "viewer-show", forward: id, origin: `https://${id}.other.example` },
    ...{ path: "/a", title: "Device", plain: false, back: `${app}/devices/1` },
  };

  function start(closed = false) {
    const said: FromViewer[] = [];
    const seen: string[] = [];
    const opener = {
      closed,
      postMessage: (message: unknown, target: string) => {
        assert.equal(target, app);
        said.push(message as FromViewer);
      },
    };
    let now = 0;
    const link = new ViewerLink(
      id,
      [app],
      opener,
      {
        show: () => seen.push("show"),
        port: (epoch) => seen.push(`port ${epoch}`),
        clear: () => seen.push("clear"),
        gone: (gone) => seen.push(gone ? "closed" : "gone"),
      },
      () => now,
    );
    const hear = (data: unknown, origin = app, source: unknown = opener): void => {
      link.receive({ data, origin, source });
    };
    const { port1, port2 } = new MessageChannel();
    port2.close();
    return {
      ...{ link, said, seen, hear },
      port: (epoch: string): ToViewer => ({
        porthole: "viewer-port",
        forward: id,
        epoch,
        port: port1,
      }),
      pass: (ms: number) => void (now += ms),
    };
  }

  test("it says that it is there, and shows what the app wants", () => {
    const { said, seen, hear, port } = start();
    assert.deepEqual(said, [{ porthole: "viewer-ready", protocol: 1, forward: id }]);
    hear(show);
    hear(port("e1"));
    assert.deepEqual(seen, ["show", "port e1"]);
  });

  test("nobody else is heard", () => {
    const { seen, hear } = start();
    hear(show, "https://evil.example");
    hear(show, app, {});
    hear({ ...show, forward: "other" });
    hear(null);
    assert.deepEqual(seen, []);
  });

  test("the app alone has the page's data removed, and is told when that is done", () => {
    const { link, said, seen, hear } = start();
    const clear: ToViewer = { porthole: "viewer-clear", forward: id };
    hear(clear, "https://evil.example");
    hear(clear, app, {});
    hear({ ...clear, forward: "other" });
    assert.deepEqual(seen, []);
    hear(clear);
    assert.deepEqual(seen, ["clear"]);
    link.cleared();
    assert.deepEqual(said.at(-1), { porthole: "viewer-cleared", forward: id });
  });

  test("only the forward that it was opened for is shown", () => {
    const { seen, hear } = start();
    for (const wrong of [
      { origin: "https://evil.example" },
      { origin: `https://${id}.other.example/x` },
      { origin: `javascript:${id}.x` },
      { path: "//evil.example/" },
      { path: "x" },
      { back: "https://evil.example/" },
    ]) {
      hear({ ...show, ...wrong });
    }
    assert.deepEqual(seen, []);
  });

  test("an app that was reloaded, fell silent or was closed is noticed", () => {
    const reloaded = start();
    reloaded.hear(reloaded.port("e1"));
    reloaded.hear({ porthole: "viewer-pong", forward: id, epoch: "e1" });
    assert.equal(reloaded.link.up, true);
    reloaded.hear({ porthole: "viewer-pong", forward: id, epoch: "" });
    assert.deepEqual(reloaded.seen, ["port e1", "gone"]);
    reloaded.link.tick();
    assert.equal(reloaded.said.at(-1)?.porthole, "viewer-ready", "it asks for the page again");

    const silent = start();
    silent.hear(silent.port("e1"));
    silent.link.tick();
    assert.equal(silent.said.at(-1)?.porthole, "viewer-ping");
    silent.pass(8_000);
    silent.link.tick();
    assert.deepEqual(silent.seen, ["port e1", "gone"]);

    const closed = start(true);
    closed.link.tick();
    assert.deepEqual(closed.seen, ["closed"]);
  });
});
