/** Removes what a transfer left that was interrupted by a reload, and is not wanted any more. */

import type { Files } from "../../bridge/files.ts";
import { partPath } from "./names.ts";
import { discardLocal } from "./targets.ts";
import type { LedgerPiece } from "./tree-ledger.ts";
import { dropPartial } from "./tree-paths.ts";
import { dropPart } from "./upload-part.ts";
import { staying } from "./upload-tree.ts";
import type { Remembered } from "./work.ts";

/**
 * pieces: of a tree's ledger. Resolves with a sentence on what stays, on either side; "" for
 * nothing. The browser is not asked for a permission that is gone.
 */
export async function dropRemembered(
  what: Remembered,
  pieces: readonly LedgerPiece[],
  files: Files | null,
): Promise<string> {
  switch (what.kind) {
    case "download": {
      const { target, before } = what;
      if (target.kind !== "handle") return "";
      if (!(await isWritable(target.handle))) return incomplete(target.handle.name);
      return await discardLocal(target.handle, before);
    }
    case "download-tree": {
      const local = pieces.at(-1)?.partial?.local;
      if (local === undefined) return "";
      const { handle } = what.target;
      if (!(await isWritable(handle))) return incomplete([handle.name, ...local].join("/"));
      return await dropPartial(handle, local);
    }
    case "upload": {
      const { path, place, source } = what;
      return await dropPart(await partPath(place?.path ?? path, source), files);
    }
    case "upload-tree": {
      const parts = pieces.at(-1)?.parts ?? [];
      return staying(await Promise.all(parts.map((part) => dropPart(part, files))));
    }
  }
}

function incomplete(name: string): string {
  return `“${name}” on this computer may not be complete: delete it, if it is not.`;
}

async function isWritable(handle: FileSystemHandle): Promise<boolean> {
  const { queryPermission } = handle as unknown as {
    queryPermission?: (options: { mode: "readwrite" }) => Promise<PermissionState>;
  };
  if (queryPermission === undefined) return true;
  return (await queryPermission.call(handle, { mode: "readwrite" })) === "granted";
}
