/** Where the panel has them from. */

export { fromTyped, nameParts, shownName, typedForm, type NamePart } from "../names.ts";
