/** The panel's questions. Each draws itself anew on each call, and keeps what was typed. */

import { html, nothing, type TemplateResult } from "lit";
import type { FileEntry, TreeCount } from "../../bridge/files.ts";
import { dialog } from "../../style/dialog.ts";
import { byteCount } from "../../style/format.ts";
import { nameText } from "./grid-row.ts";
import { fromOctal, octal } from "./mode.ts";
import { fromTyped, typedForm } from "../names.ts";
import { isAtOrBelow, nameProblem, normal, resolve } from "./path.ts";

/** Draws a question; redraw is called when something of it changed. */
export type Draw<T> = (answer: (value: T) => void) => TemplateResult;

/** One field of a small form. */
interface Field {
  readonly id: string;
  readonly label: string;
  value: string;
  readonly hint?: string;
}

interface FormParts {
  readonly label: string;
  readonly intro?: unknown;
  readonly fields: readonly Field[];
  readonly more?: () => unknown;
  readonly yes: string;
  /** Why it cannot be; "" when it can. */
  readonly problem: () => string;
  readonly redraw: () => void;
}

/** Fields, and a button that works when what they hold is right. */
function form(parts: FormParts): Draw<boolean> {
  let tried = false;
  return (answer) => {
    const problem = parts.problem();
    return dialog({
      label: parts.label,
      body: html`${parts.intro ?? nothing}
      ${parts.fields.map(
        (field, index) =>
          html`<div class="field">
            <label for=${field.id}>${field.label}</label>
            <input
              id=${field.id}
              ?autofocus=${index === 0}
              autocomplete="off"
              autocapitalize="off"
              spellcheck="false"
              aria-describedby=${tried && problem !== "" ? "form-problem" : nothing}
              .value=${field.value}
              @input=${(event: Event) => {
                field.value = (event.target as HTMLInputElement).value;
                parts.redraw();
              }}
            />
            ${field.hint === undefined ? nothing : html`<span class="hint">${field.hint}</span>`}
          </div>`,
      )}
      ${parts.more?.() ?? nothing}
      ${
        tried && problem !== ""
          ? html`<div id="form-problem" class="note bad" role="alert">${problem}</div>`
          : nothing
      }`,
      buttons: html`<button
          type="button"
          @click=${() => {
            answer(false);
          }}
        >
          Cancel
        </button>
        <button type="submit" class="primary">${parts.yes}</button>`,
      onCancel: () => {
        answer(false);
      },
      onSubmit: () => {
        tried = true;
        if (parts.problem() === "") answer(true);
        else parts.redraw();
      },
    });
  };
}

/** Turns the yes or no of a form into what it holds. */
function valued<T>(draw: Draw<boolean>, value: () => T): Draw<T | null> {
  return (answer) =>
    draw((yes) => {
      answer(yes ? value() : null);
    });
}

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

const WHO = ["Owner", "Group", "Others"] as const;
const MAY = ["Read", "Write", "Execute"] as const;

/** What is done to permissions or owners. */
interface Recursion {
  readonly recursive: boolean;
}

/** Asks for permission bits: boxes and octal say the same. */
export function modeDialog(about: {
  readonly what: unknown;
  readonly mode: number;
  readonly folders: boolean;
  readonly redraw: () => void;
}): Draw<({ mode: number } & Recursion) | null> {
  const field: Field = { id: "mode-octal", label: "Octal", value: octal(about.mode) };
  let recursive = false;
  const mode = () => fromOctal(field.value);
  const box = (shift: number, bit: number, label: string) =>
    html`<td>
      <input
        type="checkbox"
        aria-label=${label}
        .checked=${((mode() ?? 0) & (bit << shift)) !== 0}
        @change=${() => {
          field.value = octal((mode() ?? 0) ^ (bit << shift));
          about.redraw();
        }}
      />
    </td>`;
  const draw = form({
    ...{ label: "Permissions", yes: "Change", fields: [field], redraw: about.redraw },
    intro: html`<p>${about.what}</p>`,
    problem: () => (mode() === null ? "Type three or four octal digits, as 644 or 0755." : ""),
    more: () =>
      html`<table class="mode-table">
          <thead>
            <tr>
              <td></td>
              ${MAY.map((may) => html`<th scope="col">${may}</th>`)}
            </tr>
          </thead>
          <tbody>
            ${WHO.map(
              (who, row) =>
                html`<tr>
                  <th scope="row">${who}</th>
                  ${MAY.map((may, column) =>
                    box(6 - 3 * row, 4 >> column, `${who}: ${may.toLowerCase()}`),
                  )}
                </tr>`,
            )}
          </tbody>
        </table>
        ${
          about.folders
            ? recursionBox((yes) => {
                recursive = yes;
              })
            : nothing
        }`,
  });
  return valued(draw, () => ({ mode: mode() ?? 0, recursive }));
}

/** Asks for owner and group, by number: names are the device's own affair. */
export function ownerDialog(about: {
  readonly what: unknown;
  readonly entry: FileEntry;
  readonly folders: boolean;
  readonly redraw: () => void;
}): Draw<({ uid: number; gid: number } & Recursion) | null> {
  const { uid, gid, owner, group } = about.entry;
  const hint = (name: string) => (name === "" ? {} : { hint: `Now: ${name}.` });
  const user: Field = {
    ...{ id: "owner-uid", label: "Owner (number)", value: uid === null ? "" : String(uid) },
    ...hint(owner),
  };
  const team: Field = {
    ...{ id: "owner-gid", label: "Group (number)", value: gid === null ? "" : String(gid) },
    ...hint(group),
  };
  let recursive = false;
  const number = (text: string) => (text.trim() === "" ? -1 : Number(text));
  const draw = form({
    ...{ label: "Owner", yes: "Change", fields: [user, team], redraw: about.redraw },
    intro: html`<p>${about.what}</p>`,
    problem: () =>
      [user, team].every(({ value }) => /^\d{0,10}$/.test(value.trim()) && number(value) < 2 ** 32)
        ? number(user.value) < 0 && number(team.value) < 0
          ? "Type at least one number; an empty field stays as it is."
          : ""
        : "Type numbers: the user's and the group's id, as “id” shows them on the device.",
    more: () =>
      about.folders
        ? recursionBox((yes) => {
            recursive = yes;
          })
        : nothing,
  });
  return valued(draw, () => ({ uid: number(user.value), gid: number(team.value), recursive }));
}

function recursionBox(changed: (yes: boolean) => void): TemplateResult {
  return html`<label class="check">
    <input
      type="checkbox"
      @change=${(event: Event) => {
        changed((event.target as HTMLInputElement).checked);
      }}
    />
    Also all that is inside
  </label>`;
}

/** Above this many the number has to be typed. */
export const TYPED_ABOVE = 100;

/** What is known of what would be deleted. */
export interface Deletion {
  readonly names: readonly string[];
  readonly directory: string;
  /** What was counted so far. */
  count: TreeCount;
  /** It is counted to the end. */
  counted: boolean;
  /** Why it could not be counted; "" otherwise. */
  problem: string;
}

/** How many things a count is. */
export function countOf({ files, folders, others }: TreeCount): number {
  return files + folders + others;
}

/** Asks before something is deleted: what, where, and how many. */
export function deleteDialog(about: Deletion, redraw: () => void): Draw<boolean> {
  let typed = "";
  return (answer) => {
    const { count, counted, problem } = about;
    const total = countOf(count);
    const mustType = counted && total > TYPED_ABOVE;
    const ready =
      (counted || problem !== "") && (!mustType || typed.replace(/\D/g, "") === String(total));
    return dialog({
      label:
        about.names.length === 1
          ? "Delete this?"
          : `Delete these ${about.names.length.toString()}?`,
      body: html`<p class="delete-names">
          ${about.names.slice(0, 5).map((name) => html`<strong>${nameText(name)}</strong> `)}${
            about.names.length > 5 ? `and ${String(about.names.length - 5)} more ` : nothing
          }
          <span class="quiet">in <span class="mono">${nameText(about.directory)}</span></span>
        </p>
        <p role="status" data-test="delete-count">${countText(about)}</p>
        ${problem === "" ? nothing : html`<div class="note warn">${problem}</div>`}
        <p>It is removed from the device for good: there is no trash.</p>
        ${
          mustType
            ? typedNumber(total, (text) => {
                typed = text;
                redraw();
              })
            : nothing
        }`,
      buttons: html`<button
          type="button"
          ?autofocus=${!mustType}
          @click=${() => {
            answer(false);
          }}
        >
          Cancel
        </button>
        <button type="submit" class="danger" ?disabled=${!ready}>Delete</button>`,
      onCancel: () => {
        answer(false);
      },
      onSubmit: () => {
        if (ready) answer(true);
      },
    });
  };
}

function countText({ count, counted, problem }: Deletion): string {
  const parts = [
    plural(count.files, "file", "files"),
    plural(count.folders, "folder", "folders"),
    plural(count.others, "other", "others"),
  ].filter((part) => part !== "");
  const sum = parts.length === 0 ? "Nothing" : parts.join(", ");
  const bytes = count.bytes > 0 ? `, ${byteCount(count.bytes)}` : "";
  if (counted) return `${sum}${bytes}.`;
  return problem === ""
    ? `Counting … ${sum.toLowerCase()} so far`
    : `At least ${sum.toLowerCase()}.`;
}

function plural(count: number, one: string, many: string): string {
  if (count === 0) return "";
  return `${count.toLocaleString("en")} ${count === 1 ? one : many}`;
}

function typedNumber(total: number, changed: (text: string) => void): TemplateResult {
  return html`<div class="field">
    <label for="delete-typed"
      >Type how many (<span class="mono">${String(total)}</span>) to go ahead</label
    >
    <input
      id="delete-typed"
      autofocus
      autocomplete="off"
      inputmode="numeric"
      @input=${(event: Event) => {
        changed((event.target as HTMLInputElement).value);
      }}
    />
  </div>`;
}

/** Asks before something that is there is replaced. */
export function replaceDialog(name: string, into: string): Draw<boolean> {
  return (answer) =>
    dialog({
      label: "Replace it?",
      body: html`<p>
        <strong>${nameText(name)}</strong> is in
        <span class="mono">${nameText(into)}</span> already. What is there would be gone.
      </p>`,
      buttons: html`<button
          type="button"
          autofocus
          @click=${() => {
            answer(false);
          }}
        >
          Keep it
        </button>
        <button type="submit" class="danger">Replace</button>`,
      onCancel: () => {
        answer(false);
      },
      onSubmit: () => {
        answer(true);
      },
    });
}
