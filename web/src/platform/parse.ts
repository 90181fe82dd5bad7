/**
 * Narrow readers for JSON that others wrote. Each takes `unknown` and returns a typed
 * value or throws BadAnswer with the path of the first thing that is wrong; unknown
 * members are ignored, because platforms add some with every release.
 */
export class BadAnswer extends Error {
  override readonly name = "BadAnswer";
}

/** Reads one value; `at` is its path, for the error. */
export type Reader<T> = (value: unknown, at: string) => T;

/** A JSON object whose members are still unread. */
export type Members = Readonly<Record<string, unknown>>;

/** Reads an object, not an array, not null. */
export const members: Reader<Members> = (value, at) => {
  if (typeof value !== "object" || value === null || Array.isArray(value)) {
    throw new BadAnswer(`${at} is not an object`);
  }
  return value as Members;
};

/** Reads a string, empty ones too. */
export const text: Reader<string> = (value, at) => {
  if (typeof value !== "string") throw new BadAnswer(`${at} is not a string`);
  return value;
};

/** Reads an identifier: a string that is not empty. Some platform versions send numbers. */
export const identifier: Reader<string> = (value, at) => {
  if (typeof value === "number" && Number.isSafeInteger(value)) return String(value);
  const id = text(value, at);
  if (id === "") throw new BadAnswer(`${at} is empty`);
  return id;
};

/** Reads true or false. */
export const flag: Reader<boolean> = (value, at) => {
  if (typeof value !== "boolean") throw new BadAnswer(`${at} is not true or false`);
  return value;
};

/** Reads a whole number from min to max. */
export function whole(min: number, max: number): Reader<number> {
  return (value, at) => {
    if (typeof value !== "number" || !Number.isInteger(value) || value < min || value > max) {
      throw new BadAnswer(`${at} is not a whole number from ${String(min)} to ${String(max)}`);
    }
    return value;
  };
}

/** Reads an RFC 3339 time. */
export const time: Reader<Date> = (value, at) => {
  const date = new Date(text(value, at));
  if (Number.isNaN(date.getTime())) throw new BadAnswer(`${at} is not a time`);
  return date;
};

/** Reads an array of one kind. */
export function list<T>(item: Reader<T>): Reader<T[]> {
  return (value, at) => {
    if (!Array.isArray(value)) throw new BadAnswer(`${at} is not an array`);
    return value.map((element: unknown, index) => item(element, `${at}[${String(index)}]`));
  };
}

/** Reads a member that may be absent or null. */
export function optional<T>(reader: Reader<T>): Reader<T | undefined> {
  return (value, at) => (value === undefined || value === null ? undefined : reader(value, at));
}

/** Reads a member that must not spoil the rest when it is wrong: undefined then. */
export function lenient<T>(reader: Reader<T>): Reader<T | undefined> {
  return (value, at) => {
    try {
      return reader(value, at);
    } catch (error) {
      if (error instanceof BadAnswer) return undefined;
      throw error;
    }
  };
}
