/** Asks for names and places: of something new, of a link, of where something goes. */

import { fromTyped, typedForm } from "../names.ts";
import { form, valued, type Draw, type Field } from "./form.ts";
import { isAtOrBelow, nameProblem, normal, resolve } from "./path.ts";

/** Asks for a name. taken: whether something of that name is there. */
export function nameDialog(about: {
  readonly label: string;
  readonly start: string;
  readonly yes: string;
  readonly taken: (name: string) => boolean;
  readonly redraw: () => void;
}): Draw<string | null> {
  const field: Field = { id: "entry-name", label: "Name", value: typedForm(about.start) };
  const name = () => fromTyped(field.value);
  const draw = form({
    ...{ label: about.label, yes: about.yes, fields: [field], redraw: about.redraw },
    problem: () => {
      const problem = nameProblem(name());
      if (problem !== "") return problem;
      const taken = name() !== about.start && about.taken(name());
      return taken ? `Something named “${field.value}” is here already.` : "";
    },
  });
  return valued(draw, name);
}

/** Asks for the directory that something is moved to. */
export function moveDialog(about: {
  readonly what: string;
  readonly paths: readonly string[];
  readonly directory: string;
  readonly home: string;
  readonly redraw: () => void;
}): Draw<string | null> {
  const { directory, home } = about;
  const field: Field = {
    ...{ id: "move-to", label: "Folder", value: typedForm(directory) },
    hint: "An existing folder: absolute, from “~”, or from this folder (“..” is the one above).",
  };
  const into = () => resolve(fromTyped(field.value), directory, home);
  const draw = form({
    ...{ label: `Move ${about.what}`, yes: "Move", fields: [field], redraw: about.redraw },
    problem: () => {
      if (field.value.trim() === "") return "Type the path of a folder.";
      if (into() === normal(directory)) return "That is where it is already: type another folder.";
      const within = about.paths.some((path) => isAtOrBelow(into(), path));
      return within ? "A folder cannot go into itself: type another folder." : "";
    },
  });
  return valued(draw, into);
}

/** Asks what a new link is called and where it leads. */
export function linkDialog(about: {
  readonly target: string;
  readonly taken: (name: string) => boolean;
  readonly redraw: () => void;
}): Draw<{ name: string; target: string } | null> {
  const name: Field = { id: "link-name", label: "Name", value: "" };
  const target: Field = {
    ...{ id: "link-target", label: "Leads to", value: typedForm(about.target) },
    hint: "A path, absolute or from this directory.",
  };
  const value = () => ({ name: fromTyped(name.value), target: fromTyped(target.value) });
  const draw = form({
    ...{ label: "New link", yes: "Make the link", fields: [name, target], redraw: about.redraw },
    problem: () => {
      if (value().target === "") return "Type where the link leads to.";
      const problem = nameProblem(value().name);
      if (problem !== "") return problem;
      return about.taken(value().name) ? `Something named “${name.value}” is here already.` : "";
    },
  });
  return valued(draw, value);
}
