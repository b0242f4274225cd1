import { readdir, rm } from "node:fs/promises";
import { join } from "node:path";
import { isThere } from "../base/files.ts";

/** Removes what killed writes left half-done in the folder, if it is there: files and folders named "….part". */
export async function removePartialFiles(folder: string): Promise<void> {
  if (!(await isThere(folder))) return;
  for (const name of await readdir(folder)) {
    if (name.endsWith(".part")) await rm(join(folder, name), { recursive: true, force: true });
  }
}
