/** The folder of OPFS in which downloads are made where there is no service worker. */

/** Its name. */
const keptFolder = "porthole-downloads";

/** A file of it that is being made, or was handed over and is copied by the browser. */
export interface KeptFile {
  readonly handle: FileSystemFileHandle;
  /** Removes it. */
  remove(): Promise<void>;
}

/** Makes one, and removes what tabs that are gone have left behind. Rejects without OPFS. */
export async function newKeptFile(): Promise<KeptFile> {
  const root = await navigator.storage.getDirectory();
  const folder = await root.getDirectoryHandle(keptFolder, { create: true });
  await sweep(folder); // its room may be needed
  const id = crypto.randomUUID();
  const release = await hold(id);
  try {
    const handle = await folder.getFileHandle(id, { create: true });
    return {
      handle,
      remove: async () => {
        await folder.removeEntry(id).catch(() => undefined); // the next download sweeps
        release();
      },
    };
  } catch (error) {
    release();
    throw error;
  }
}

/** Removes what tabs that are gone have left behind. Never rejects. */
export async function sweepKept(): Promise<void> {
  try {
    const folder = await kept();
    if (folder !== null) await sweep(folder);
  } catch {
    // a browser without OPFS or locks keeps nothing
  }
}

/** Bytes of all files that are kept. */
export async function keptBytes(): Promise<number> {
  let bytes = 0;
  for await (const handle of (await kept())?.values() ?? []) {
    if (handle.kind === "file") bytes += (await handle.getFile()).size;
  }
  return bytes;
}

/** Removes the folder and all that no tab uses. False when something is in use still. */
export async function removeKept(): Promise<boolean> {
  const folder = await kept();
  if (folder === null) return true;
  await sweep(folder);
  for await (const _ of folder.keys()) return false;
  await (await navigator.storage.getDirectory()).removeEntry(keptFolder);
  return true;
}

/** The folder; null when there is none. */
async function kept(): Promise<FileSystemDirectoryHandle | null> {
  try {
    return await (await navigator.storage.getDirectory()).getDirectoryHandle(keptFolder);
  } catch {
    return null;
  }
}

/**
 * Says to other tabs that the file is in use, as long as this worker lives. Resolves when they
 * see it: a file that is there before would be swept by one of them.
 */
function hold(id: string): Promise<() => void> {
  return new Promise((resolve, reject) => {
    const granted = (): Promise<void> =>
      new Promise((release) => {
        resolve(release);
      });
    navigator.locks.request(lockName(id), granted).catch(reject);
  });
}

async function sweep(folder: FileSystemDirectoryHandle): Promise<void> {
  for await (const id of folder.keys()) {
    await navigator.locks.request(lockName(id), { ifAvailable: true }, async (lock) => {
      if (lock !== null) await folder.removeEntry(id).catch(() => undefined); // another tab did
    });
  }
}

function lockName(id: string): string {
  return `porthole-kept-${id}`;
}
