/** Files and folders of the person, as handles. */

import { localFile } from "./transfer-values.ts";

/** A file of the person, as a handle. */
export class FakeHandle {
  readonly kind = "file";
  readonly name: string;
  data: Uint8Array<ArrayBuffer>;
  modifiedMs = Date.now();
  permission: PermissionState = "granted";

  constructor(name: string, data = new Uint8Array(0)) {
    this.name = name;
    this.data = data;
  }

  get handle(): FileSystemFileHandle {
    return this as unknown as FileSystemFileHandle;
  }

  getFile(): Promise<File> {
    return Promise.resolve(localFile(this.name, this.data, this.modifiedMs));
  }

  /** Whether the person's disk has it no more. */
  removed = false;

  remove(): Promise<void> {
    this.removed = true;
    return Promise.resolve();
  }

  queryPermission(): Promise<PermissionState> {
    return Promise.resolve(this.permission);
  }

  requestPermission(): Promise<PermissionState> {
    return Promise.resolve(this.permission);
  }
}

/** A folder of the person. */
export class FakeFolder {
  readonly kind = "directory";
  readonly name = "folder";
  readonly files = new Map<string, FakeHandle>();
  readonly folders = new Set<string>();

  get handle(): FileSystemDirectoryHandle {
    return this as unknown as FileSystemDirectoryHandle;
  }

  getFileHandle(name: string, { create = false } = {}): Promise<FakeHandle> {
    const there = this.files.get(name);
    if (there !== undefined) return Promise.resolve(there);
    if (!create) return Promise.reject(new DOMException("no", "NotFoundError"));
    const made = new FakeHandle(name);
    this.files.set(name, made);
    return Promise.resolve(made);
  }

  getDirectoryHandle(name: string): Promise<unknown> {
    return this.folders.has(name)
      ? Promise.resolve({})
      : Promise.reject(new DOMException("no", "NotFoundError"));
  }
}
