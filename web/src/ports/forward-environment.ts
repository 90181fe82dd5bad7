/** What a forward needs of whoever opens it. */

import type { ConnectionEvent, ForwardOrigin } from "../platform/types.ts";
import type { CertificateQuestion, Forward, ForwardConfig, ForwardHooks } from "./bridge.ts";
import type { HostWindow } from "./bridge-host.ts";
import type { Way } from "./forward-state.ts";
import type { OpenForward } from "./open-forward.ts";
import type { Target } from "./target.ts";

/** What a page of the device asks for. */
export interface Challenge {
  readonly scheme: "basic" | "digest";
  readonly realm: string;
  readonly refused: boolean;
}

/** What the person types for it. */
export interface Credential {
  readonly user: string;
  readonly password: string;
}

/** What forwards need of the device page. */
export interface ForwardEnvironment {
  readonly tenant: string;
  readonly deviceId: string;
  readonly window: HostWindow;
  /** Whether the frame of this page hands out the ports; else only a viewer tab does. */
  readonly ownFrame: boolean;
  /** Decides the way, with the person's agreement where it is needed. */
  way(target: Target): Promise<Way>;
  /** The origin under which the gateway shows the target. */
  origin(target: Target): Promise<ForwardOrigin>;
  start(way: Way, config: ForwardConfig, hooks: ForwardHooks): Promise<Forward>;
  askCertificate(target: Target, question: CertificateQuestion): Promise<boolean>;
  askCredential(
    target: Target,
    challenge: Challenge,
    signal: AbortSignal,
  ): Promise<Credential | null>;
  /** The name under which the gateway's log has what carries this way. */
  reference(way: Way): string;
  report(reference: string, event: ConnectionEvent): void;
  /** The origin is this forward's now: where origins are few, another may have had it. */
  claim(origin: string, forward: OpenForward): void;
  changed(): void;
}
