/** What people read where a page of the device should have been. */

import type { TunnelErrorCode } from "./protocol.ts";

/** One page of ours. */
export interface Notice {
  status: number;
  title: string;
  /** What happened. */
  text: string;
  /** What to do. */
  advice: string;
  /** Does something by itself: waits for the tunnel, or for the password. */
  waits: "" | "tunnel" | "credential";
  /** Where a link leads out of the tunnel; "" for none. */
  link: string;
  /** Offers to load the page again. */
  again: boolean;
}

function notice(
  status: number,
  title: string,
  text: string,
  advice: string,
  more: Partial<Notice> = {},
): Notice {
  return { status, title, text, advice, waits: "", link: "", again: true, ...more };
}

/** No app tab holds a tunnel to this device. */
export function noTunnel(): Notice {
  return notice(
    503,
    "Not connected",
    "This page comes from a device through a Porthole tab, and no such tab is connected to it.",
    "Open the device in Porthole and open this page there. This tab goes on by itself once the connection is back.",
    { waits: "tunnel" },
  );
}

/** A 401: the password is typed in the app, never on an origin that holds the device's scripts. */
export function signIn(realm: string, refused: boolean): Notice {
  const where = realm === "" ? "This page" : `“${realm}”`;
  return notice(
    401,
    "Sign in to the device",
    refused
      ? `${where} refused the user name or the password.`
      : `${where} asks for a user name and a password.`,
    "Type them in the Porthole tab. This page goes on by itself afterwards.",
    { waits: "credential" },
  );
}

/** A redirect to somewhere that this forward does not reach. */
export function leavesTunnel(url: string): Notice {
  return notice(
    200,
    "This link leads out of the tunnel",
    `The device sends you to ${url}, which is not the page that Porthole opened.`,
    "If that is another page of the device, or of a host behind it, open it from Ports in the Porthole tab. If it is on the internet, follow the link.",
    { link: url, again: false },
  );
}

/** A form that another site posts here (P11 of the trust model, docs/security.md). */
export function foreignForm(): Notice {
  return notice(
    403,
    "Not sent to the device",
    "A page of another site tried to send a form to this device.",
    "Nothing was sent. If you meant to, open the device's own page and send the form there.",
    { again: false },
  );
}

/** A request that failed. message is the tunnel's own sentence, where it has one. */
export function failure(code: TunnelErrorCode, message: string): Notice {
  switch (code) {
    case "refused":
      return notice(
        502,
        "Nothing answers at this port",
        message || "The device refused the connection. Check that the program runs there.",
        "Ports in the Porthole tab lists what listens on the device.",
      );
    case "forbidden":
      return notice(
        502,
        "The device does not allow this",
        message || "The SSH server of the device forbids port forwards.",
        "Where a configuration leads there too, Ports in the Porthole tab offers it.",
      );
    case "silent":
      return notice(
        504,
        "No answer",
        message || "The device took the connection, but did not answer in time.",
        "The program on the device may be busy or stuck. Try again in a moment.",
      );
    case "garbage":
      return notice(
        502,
        "Not a web page",
        message || "What the device answered is not HTTP.",
        "Check the port, and whether the page needs https instead of http.",
      );
    case "broken":
      return notice(
        502,
        "The connection broke off",
        message || "The device closed the connection before its answer was complete.",
        "If it stays so, look at the request log in the Porthole tab.",
      );
    case "certificate":
      return notice(
        502,
        "The certificate is not trusted",
        message || "The device's certificate was refused, or is not the one accepted before.",
        "Look at it in the Porthole tab, and decide there.",
      );
    case "closed":
      return { ...noTunnel(), text: message || noTunnel().text };
    case "aborted":
    case "internal":
      return notice(
        502,
        "The request failed",
        message || "Something went wrong between this page and the device.",
        "If it stays so, open the page again from the Porthole tab.",
      );
  }
}
