/** Redirects of each status to each kind of place. */

import type { Exchange, Routes } from "./server.ts";

function target({ url, device }: Exchange): string {
  switch (url.searchParams.get("to") ?? "") {
    case "address":
      return `${device.origin}/landed?by=address`;
    case "name":
      return `${device.origin.replace("127.0.0.1", "localhost")}/landed?by=name`;
    case "other":
      return "http://192.0.2.7/elsewhere";
    case "loop":
      return url.pathname + url.search;
    default:
      return "/landed?by=path";
  }
}

export function redirectRoutes(): Routes {
  return {
    /** /redirect/STATUS?to=address|name|other|loop */
    "/redirect/*": (exchange) => {
      const status = Number(exchange.url.pathname.split("/")[2]);
      exchange.response.writeHead(status, { location: target(exchange) }).end();
    },
    "/landed": ({ response, seen }) =>
      response
        .writeHead(200, { "content-type": "text/html" })
        .end(`<!doctype html><h1>landed</h1><p id="how">${seen.method} ${seen.bytes}</p>`),
  };
}
