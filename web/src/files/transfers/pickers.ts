/** The browser's pickers; null from each where there is none. To be called in a user gesture. */

import { safeName } from "../disk/names.ts";

interface Pickers {
  showSaveFilePicker?: (options: { suggestedName: string }) => Promise<FileSystemFileHandle>;
  showDirectoryPicker?: (options: {
    mode: "readwrite";
    id: string;
  }) => Promise<FileSystemDirectoryHandle>;
}

/** What came of a picker: "cancelled" by the person, or there is none that may be shown. */
export type Picked<T> = T | "cancelled" | null;

export function pickFile(name: string): Promise<Picked<FileSystemFileHandle>> {
  const { showSaveFilePicker } = globalThis as Pickers;
  return picked(showSaveFilePicker?.({ suggestedName: safeName(name) }));
}

export function pickFolder(): Promise<Picked<FileSystemDirectoryHandle>> {
  const { showDirectoryPicker } = globalThis as Pickers;
  return picked(showDirectoryPicker?.({ mode: "readwrite", id: "porthole" }));
}

async function picked<T>(choice: Promise<T> | undefined): Promise<Picked<T>> {
  if (choice === undefined) return null;
  try {
    return await choice;
  } catch (thrown) {
    // No gesture, or an embedder's frame of another origin: the browser's downloads do.
    return thrown instanceof DOMException && thrown.name === "AbortError" ? "cancelled" : null;
  }
}
