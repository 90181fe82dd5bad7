/** Entry of the page: theme first, so that the first paint is right, then the app. */
import { loadBridge } from "../bridge/client.ts";
import { applyTheme, storedTheme } from "./theme.ts";
import "./app.ts";
import { markUsable } from "./usable.ts";

applyTheme(storedTheme());
const app = document.querySelector("porthole-app");
if (app !== null) {
  void markUsable(app, loadBridge());
}
