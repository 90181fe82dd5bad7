import type { FileEntry } from "../../bridge/files.ts";
import type { FileViewMode } from "../view/types.ts";
import type { FilesActions } from "./actions.ts";
import { mayRead } from "./allowed.ts";
import type { FilesDesk } from "./desk.ts";
import type { MenuItem } from "./menu-element.ts";
import { isSpecial } from "./mode.ts";
import { typedForm } from "../names.ts";
import { isFolder } from "./order.ts";

/** What a menu does besides what actions do. */
export interface MenuOwner {
  readonly desk: FilesDesk;
  readonly actions: FilesActions;
  open(entry: FileEntry): void;
  view(entry: FileEntry, mode: FileViewMode): void;
  chooseFiles(folder: boolean): void;
  terminalHere(path: string): void;
}

/** What can be done with what is selected, or with the directory when nothing is. */
export function contextMenu(owner: MenuOwner): { label: string; items: (MenuItem | null)[] } {
  const { chosen } = owner.desk;
  const [first] = chosen;
  if (first === undefined) {
    return { label: "Actions for this folder", items: directoryItems(owner) };
  }
  if (chosen.length === 1) {
    return { label: "Actions", items: [...openItems(owner, first), ...commonItems(owner, chosen)] };
  }
  return { label: "Actions for what is selected", items: commonItems(owner, chosen) };
}

function openItems(owner: MenuOwner, entry: FileEntry): (MenuItem | null)[] {
  const { desk, actions } = owner;
  const write = actions.whyNotWrite();
  if (isFolder(entry)) {
    const path = desk.pathOf(entry);
    return [
      {
        label: "Open",
        key: "Enter",
        run: () => {
          owner.open(entry);
        },
      },
      {
        label: "Open terminal here",
        test: "terminal-here",
        run: () => {
          owner.terminalHere(path);
        },
      },
      null,
    ];
  }
  const read = mayRead(desk.limits, desk.pathOf(entry)) ? "" : "This may not be read here.";
  const special = isSpecial(entry) ? "This is no regular file." : "";
  const view = (label: string, mode: FileViewMode, why: string, key?: string): MenuItem => ({
    ...{ label, why, test: mode },
    ...(key === undefined ? {} : { key }),
    run: () => {
      owner.view(entry, mode);
    },
  });
  return [
    view("Preview", "preview", read, "Enter"),
    view("Edit", "edit", read || special || write),
    view("Follow", "follow", read || special),
    null,
  ];
}

function commonItems(owner: MenuOwner, chosen: readonly FileEntry[]): (MenuItem | null)[] {
  const { desk, actions } = owner;
  const write = actions.whyNotWrite();
  const one = chosen.length === 1 ? chosen[0] : undefined;
  const paths = chosen.map((entry) => desk.pathOf(entry));
  const run = (action: Promise<void>) => {
    void action;
  };
  return [
    {
      label: "Download",
      test: "download",
      run: () => {
        run(actions.download(chosen, "browser"));
      },
    },
    {
      label: "Download to …",
      test: "download-to",
      run: () => {
        run(actions.download(chosen, "ask"));
      },
    },
    optionsItem(actions),
    null,
    ...(one === undefined
      ? []
      : [
          {
            label: "Rename …",
            key: "F2",
            why: write,
            test: "rename",
            run: () => {
              run(actions.rename(one));
            },
          },
        ]),
    {
      label: "Move to …",
      key: "F6",
      why: write,
      test: "move-to",
      run: () => {
        run(actions.moveTo(chosen));
      },
    },
    {
      label: one === undefined ? "Copy paths" : "Copy path",
      test: "copy-path",
      run: () => {
        run(actions.copy(paths.map(typedForm).join("\n"), "Copied."));
      },
    },
    {
      label: "Permissions …",
      why: write,
      test: "mode",
      run: () => {
        run(actions.chmod(chosen));
      },
    },
    {
      label: "Owner …",
      why: write,
      test: "owner",
      run: () => {
        run(actions.chown(chosen));
      },
    },
    ...(one === undefined
      ? []
      : [
          {
            label: "New link to this …",
            why: write,
            test: "new-link",
            run: () => {
              run(actions.newLink());
            },
          },
          {
            label: "Properties",
            key: "Alt+Enter",
            test: "properties",
            run: () => {
              run(actions.properties(one));
            },
          },
        ]),
    null,
    {
      label: "Delete …",
      key: "Del",
      why: write,
      danger: true,
      test: "delete",
      run: () => {
        run(actions.delete(chosen));
      },
    },
  ];
}

function directoryItems(owner: MenuOwner): (MenuItem | null)[] {
  const { desk } = owner;
  return [
    ...newItems(owner),
    null,
    ...uploadItems(owner),
    null,
    {
      label: "Open terminal here",
      test: "terminal-here",
      run: () => {
        owner.terminalHere(desk.path);
      },
    },
    {
      label: "Copy path",
      run: () => {
        void owner.actions.copy(typedForm(desk.path), "Copied.");
      },
    },
    {
      label: "Reload",
      key: "F5",
      run: () => {
        void desk.reload();
      },
    },
  ];
}

/** What can be made in the directory. */
export function newItems({ actions }: MenuOwner): MenuItem[] {
  const why = actions.whyNotWrite();
  return [
    {
      label: "New folder …",
      why,
      test: "new-folder",
      run: () => {
        void actions.newFolder();
      },
    },
    {
      label: "New file …",
      why,
      test: "new-file",
      run: () => {
        void actions.newFile();
      },
    },
    {
      label: "New link …",
      why,
      test: "new-link",
      run: () => {
        void actions.newLink();
      },
    },
  ];
}

/** What can be brought into the directory. */
export function uploadItems(owner: MenuOwner): (MenuItem | null)[] {
  const why = owner.actions.whyNotWrite();
  return [
    {
      label: "Upload files …",
      why,
      test: "upload-files",
      run: () => {
        owner.chooseFiles(false);
      },
    },
    {
      label: "Upload a folder …",
      why,
      test: "upload-folder",
      run: () => {
        owner.chooseFiles(true);
      },
    },
    null,
    optionsItem(owner.actions),
  ];
}

/** What transfers keep. */
function optionsItem(actions: FilesActions): MenuItem {
  return {
    label: "Transfer options …",
    test: "transfer-options",
    run: () => {
      void actions.transferOptions();
    },
  };
}
