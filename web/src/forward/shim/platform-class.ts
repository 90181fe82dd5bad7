/** onopen, onmessage and their like, as objects of the platform have them. */

type Handler = ((event: Event) => unknown) | null;

/** The event handlers of one object. */
export class EventHandlers {
  readonly #target: EventTarget;
  readonly #entries = new Map<string, { handler: Handler; listener: (event: Event) => void }>();

  constructor(target: EventTarget) {
    this.#target = target;
  }

  get(type: string): Handler {
    return this.#entries.get(type)?.handler ?? null;
  }

  /** An event handler keeps its place among the listeners when it is replaced (HTML §8.1.8.1). */
  set(type: string, value: unknown): void {
    const handler = typeof value === "function" ? (value as Handler) : null;
    const entry = this.#entries.get(type);
    if (entry !== undefined) {
      entry.handler = handler;
      if (handler === null) {
        this.#target.removeEventListener(type, entry.listener);
        this.#entries.delete(type);
      }
    } else if (handler !== null) {
      const made = {
        handler: handler as Handler,
        listener: (event: Event): void => {
          made.handler?.call(this.#target, event);
        },
      };
      this.#entries.set(type, made);
      this.#target.addEventListener(type, made.listener);
    }
  }
}

/** Gives objects of that prototype onNAME for each type; of finds the handlers of one. */
export function defineHandlers<T extends object>(
  prototype: T,
  types: readonly string[],
  of: (object: T) => EventHandlers,
): void {
  for (const type of types) {
    Object.defineProperty(prototype, `on${type}`, {
      configurable: true,
      get(this: T) {
        return of(this).get(type);
      },
      set(this: T, value: unknown) {
        of(this).set(type, value);
      },
    });
  }
}

/** Makes a class look like an interface of the platform: its name, constants, enumerable members. */
export function asInterface(
  made: { prototype: object },
  name: string,
  constants: Readonly<Record<string, number>>,
): void {
  for (const [constant, value] of Object.entries(constants)) {
    Object.defineProperty(made, constant, { value, enumerable: true });
    Object.defineProperty(made.prototype, constant, { value, enumerable: true });
  }
  const members = Object.getOwnPropertyDescriptors(made.prototype) as Record<
    string,
    PropertyDescriptor
  >;
  for (const [key, member] of Object.entries(members)) {
    // As of interfaces of the platform: libraries enumerate them.
    if (key !== "constructor") {
      Object.defineProperty(made.prototype, key, { ...member, enumerable: true });
    }
  }
  Object.defineProperty(made, "name", { value: name });
  Object.defineProperty(made.prototype, Symbol.toStringTag, { value: name });
}
