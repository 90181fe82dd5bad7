/** Entry of the page: theme first, so that the first paint is right, then the app. */
import { applyTheme, storedTheme } from "./theme.ts";
import "./app.ts";

applyTheme(storedTheme());
