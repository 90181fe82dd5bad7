import { FILE_SENTENCES } from "./file-sentences.ts";

/**
 * The one table of what a person reads for each code of ssh/wire/error.go: what happened,
 * and what to do next where there is something. A more exact sentence of the gateway or
 * of the SSH core stands in front of it.
 */
export interface Sentence {
  /** What happened. */
  readonly what: string;
  /** What to do; empty where there is nothing but trying again. */
  readonly next: string;
  /**
   * What the message beside the code is for: facts (a reason, a name) to be shown too, or
   * a more exact sentence to be shown instead. Without it the message is not shown.
   */
  readonly message?: "beside" | "instead";
}

const SENTENCES: Readonly<Record<string, Sentence>> = {
  invalid: {
    what: "The request was not understood.",
    next: "Reload the page; if it happens again, the page and the gateway may be of different versions.",
    message: "beside",
  },
  not_signed_in: { what: "You are not signed in, or your login ended.", next: "Sign in again." },
  sign_in_refused: {
    what: "The user or the password is wrong.",
    next: "Check both; capital letters count in the password.",
  },
  tfa_required: {
    what: "The tenant asks for a two-factor code.",
    next: "Type the code of your authenticator app or message.",
  },
  password_expired: {
    what: "Your password expired.",
    next: "Set a new one on the tenant's own sign-in page, then come back.",
  },
  foreign_origin: {
    what: "The gateway refused a request because it seemed to come from another site.",
    next: "Open Porthole by its own address, not inside another page.",
  },
  forbidden: {
    what: "You are not allowed to do this.",
    next: "Ask an administrator of the tenant for the role “Remote access: ADMIN” (ROLE_REMOTE_ACCESS_ADMIN), or for what the reason names.",
    message: "beside",
  },
  not_found: {
    what: "The tenant does not know this device or configuration.",
    next: "It may have been removed; look for the device in the list.",
    message: "instead",
  },
  not_subscribed: {
    what: "This tenant has no Cloud Remote Access.",
    next: "Ask an administrator to subscribe the tenant to the microservice “cloud-remote-access”.",
  },
  demo_code_spent: {
    what: "This demo link was used already, or is older than ten minutes.",
    next: "Press Enter in the terminal where Porthole runs: it prints a new link.",
  },
  misdirected: {
    what: "The gateway does not answer to this host name.",
    next: "Open Porthole by the address that its administrator gave you.",
  },
  too_many_failures: { what: "Too many failed sign-ins.", next: "Wait, then try again." },
  too_many_connections: {
    what: "There are too many open connections.",
    next: "Close one in another tab, then try again.",
    message: "instead",
  },
  tenant_unreachable: {
    what: "The gateway cannot reach the tenant.",
    next: "Try again in a minute; if it lasts, tell the gateway's administrator.",
    message: "instead",
  },
  tenant_certificate: {
    what: "The tenant's certificate is not valid, so the gateway does not trust it.",
    next: "Tell the gateway's administrator; waiting does not help.",
    message: "beside",
  },
  tenant_bad_answer: {
    what: "The tenant answered something that cannot be read.",
    next: "Try again; if it lasts, tell the gateway's administrator.",
    message: "instead",
  },
  tenant_slow: { what: "The tenant did not answer in time.", next: "Try again in a minute." },
  stopping: {
    what: "The gateway is shutting down.",
    next: "Wait until it is back, then try again.",
  },
  internal: {
    what: "Something in Porthole failed.",
    next: "Reload the page and try again.",
    message: "beside",
  },
  closed: { what: "The connection is closed.", next: "" },
  cancelled: { what: "You cancelled.", next: "" },
  unreachable: {
    what: "The gateway cannot be reached.",
    next: "Check your network; the gateway may have been stopped.",
  },
  refused: { what: "The gateway refused the connection.", next: "", message: "instead" },
  device_refused: {
    what: "The device refused the connection.",
    next: "Check the host and port of the configuration, and that the service runs on the device.",
    message: "beside",
  },
  device_timeout: {
    what: "The device did not answer in time.",
    next: "It may be off or without network; look at when it was last seen.",
  },
  idle: { what: "Nothing was sent or received for too long.", next: "Connect again to go on." },
  max_duration: {
    what: "The connection reached its longest allowed time.",
    next: "Connect again to go on.",
  },
  login_ended: {
    what: "Your login ended, and the connection with it.",
    next: "Sign in again; then connect again.",
    message: "instead",
  },
  tenant_lost: { what: "The gateway lost its connection to the tenant.", next: "" },
  gateway_stopping: {
    what: "The gateway is shutting down.",
    next: "Wait until it is back, then connect again.",
  },
  lost: {
    what: "The connection broke.",
    next: "Your network, the gateway or the device may be gone.",
  },
  not_ssh: {
    what: "What answers on that port is not an SSH server.",
    next: "Choose another configuration, or correct its port.",
    message: "beside",
  },
  host_key_rejected: {
    what: "You did not trust the device's host key, so nothing was sent to it.",
    next: "",
  },
  host_key_changed: {
    what: "The device's host key changed, so the connection was refused.",
    next: "If the device was set up anew, forget the old key; if not, someone may be in between: ask first.",
  },
  host_key_revoked: {
    what: "The device's host key is marked as revoked.",
    next: "The device needs a new host key; ask whoever runs it.",
  },
  no_common_algorithm: {
    what: "The device and Porthole have no algorithm in common.",
    next: "If the device is old, allow old algorithms for this configuration.",
    message: "beside",
  },
  auth_failed: {
    what: "The device accepted none of the credentials.",
    next: "Check the SSH user and the credential, then connect again.",
    message: "beside",
  },
  bad_key: {
    what: "The private key cannot be read.",
    next: "Pick an OpenSSH or PEM private key file.",
    message: "beside",
  },
  shell_refused: {
    what: "The device let you in but opened no shell.",
    next: "This SSH user may not have a login shell.",
    message: "beside",
  },
  keepalive_timeout: { what: "The device stopped answering.", next: "Its network may be gone." },
  forward_refused: {
    what: "Nothing answers on that port of the device.",
    next: "Check host and port, and that the service runs on the device.",
    message: "instead",
  },
  forward_forbidden: {
    what: "The device's SSH server does not allow forwards.",
    next: "Set AllowTcpForwarding yes in its sshd_config, or use a configuration that points straight at the port.",
    message: "instead",
  },
  forward_silent: {
    what: "The device took the request and did not answer in time.",
    next: "Try again; the service on that port may hang.",
    message: "instead",
  },
  forward_garbage: {
    what: "What answers on that port does not speak HTTP.",
    next: "Check the port, and whether the page wants https.",
    message: "instead",
  },
  forward_broken: {
    what: "The device broke the answer off.",
    next: "Try again; the service or its network may be unstable.",
    message: "instead",
  },
  certificate_denied: {
    what: "You did not trust the certificate of the page, so nothing was sent to it.",
    next: "Open the page again to be asked again.",
  },
  certificate_change: {
    what: "The certificate of the page changed, so the request was refused.",
    next: "If the service was set up anew, forget the old certificate; if not, someone may be in between: ask first.",
  },
  ...FILE_SENTENCES,
  no_webassembly: {
    what: "This browser has no WebAssembly, which Porthole's SSH client needs.",
    next: "Use a current browser, or allow WebAssembly in its settings or policy.",
  },
};

/** All codes of the table, for the test that compares it with ssh/wire/error.go. */
export const SENTENCE_CODES: readonly string[] = Object.keys(SENTENCES);

const FALLBACK: Sentence = {
  what: "Something failed.",
  next: "Try again; if it lasts, reload the page.",
  message: "beside",
};

/** The row of a code. */
export function sentence(code: string): Sentence {
  return Object.hasOwn(SENTENCES, code) ? (SENTENCES[code] ?? FALLBACK) : FALLBACK;
}

/** What happened and what to do, as one text. */
export function sentenceOf(code: string): string {
  const { what, next } = sentence(code);
  return next === "" ? what : `${what} ${next}`;
}

/** What is shown for a failure: what happened, the facts beside it, what to do. */
export interface Explanation {
  readonly what: string;
  readonly facts: string;
  readonly next: string;
}

/** Puts a code and the message beside it into words. */
export function explain(code: string, message: string): Explanation {
  const row = sentence(code);
  const said = message.trim();
  if (said === "" || said === row.what || said === sentenceOf(code)) {
    return { what: row.what, facts: "", next: row.next };
  }
  if (row.message === "instead") return { what: said, facts: "", next: "" };
  return { what: row.what, facts: row.message === "beside" ? said : "", next: row.next };
}
