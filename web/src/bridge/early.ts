/**
 * Starts the worker before the page's own scripts have loaded: the Go program is the
 * longest way to a usable page. The build puts this into the head of every page.
 */

import { currentWorker } from "./loader.ts";

currentWorker();
