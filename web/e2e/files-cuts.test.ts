/** A large file there and back while the connection breaks about every tenth of it. */

import { testCuts } from "./support/cut-tests.ts";

testCuts("64 MiB", 64 * 2 ** 20, 9);
