/** Numbers of connections, sessions and forwards, given out by the page. */

import type { ObjectID } from "./messages.ts";

let last: ObjectID = 0;

/** A number that no object of this page had before. */
export function nextID(): ObjectID {
  last += 1;
  return last;
}
