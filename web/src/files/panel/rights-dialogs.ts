/** Asks for what may be done with an entry, and by whom. */

import { html, nothing, type TemplateResult } from "lit";
import type { FileEntry } from "../../bridge/files.ts";
import { form, valued, type Draw, type Field } from "./form.ts";
import { fromOctal, octal } from "./mode.ts";

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
