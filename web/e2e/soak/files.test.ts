/** `make soak`: 1 GiB there and back in the app while the connection breaks again and again. */

import { testCuts } from "../support/cut-tests.ts";

testCuts("1 GiB", 2 ** 30, 19);
