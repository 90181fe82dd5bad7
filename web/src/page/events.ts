/** Fired by a part of the page when a request found that the login is over. */
export class LoginOverEvent extends Event {
  static readonly type = "porthole-login-over";

  constructor() {
    super(LoginOverEvent.type, { bubbles: true });
  }
}

/** Fired by a part of the page that wants another address shown. */
export class GoEvent extends Event {
  static readonly type = "porthole-go";
  readonly path: string;
  /** No step for Back. */
  readonly replace: boolean;

  constructor(path: string, replace: boolean) {
    super(GoEvent.type, { bubbles: true });
    this.path = path;
    this.replace = replace;
  }
}

declare global {
  interface HTMLElementEventMap {
    [LoginOverEvent.type]: LoginOverEvent;
    [GoEvent.type]: GoEvent;
  }
}
