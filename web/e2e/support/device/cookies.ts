/** Cookies of every kind, and pages that toss them at the parent domain. */

import { html } from "./pages.ts";
import type { Routes } from "./server.ts";

export function cookieRoutes(): Routes {
  return {
    "/cookies/set": ({ response }) =>
      response
        .writeHead(200, {
          "content-type": "text/html",
          "set-cookie": [
            "sid=secret; HttpOnly; Path=/",
            "theme=dark; Path=/",
            "narrow=1; Path=/cookies",
            "elsewhere=1; Path=/nowhere",
            "domain=1; Domain=porthole.localhost; Path=/",
            "late=1; Path=/; Max-Age=3600; SameSite=Lax",
          ],
        })
        .end(html("<p>cookies</p>")),
    "/cookies/delete": ({ response }) =>
      response
        .writeHead(200, {
          "content-type": "text/html",
          "set-cookie": ["theme=; Path=/; Max-Age=0", "sid=; Path=/; Max-Age=0"],
        })
        .end(html("<p>gone</p>")),
    /** What the device was sent. */
    "/cookies/sent": ({ response, request }) =>
      response
        .writeHead(200, { "content-type": "text/plain" })
        .end(request.headers.cookie ?? "no cookies"),
    "/cookies/many": ({ response }) =>
      response
        .writeHead(200, {
          "content-type": "text/html",
          "set-cookie": Array.from({ length: 400 }, (_, i) => `many${i}=${i}; Path=/`),
        })
        .end(html("<p>many</p>")),
    /** P28: as many cookies as the browser takes, for every name above this page. */
    "/cookies/toss": ({ response, url }) => {
      const count = Number(url.searchParams.get("count") ?? 400);
      const size = Number(url.searchParams.get("size") ?? 10);
      response.writeHead(200, { "content-type": "text/html" }).end(
        html(`<script>
          const domain = location.hostname.split(".").slice(2).join(".");
          for (let i = 0; i < ${count}; i++)
            document.cookie = "tossed" + i + "=" + "x".repeat(${size}) + "; domain=" + domain + "; path=/";
          for (const name of ["porthole", "__Host-porthole", "__host-porthole", "authorization"])
            document.cookie = name + "=stolen; domain=" + domain + "; path=/";
          window.tossed = document.cookie.split("; ").length;
        </script>`),
      );
    },
  };
}
