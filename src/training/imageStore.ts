import { type FileHandle, open } from "node:fs/promises";
import { InputError } from "../base/errors.ts";
import { datasetPaths } from "../dataset/dataset.ts";
import type { SliceRecipe } from "../slices/sliceRecipe.ts";
import type { LabelledImage } from "./epochPlan.ts";

/** The prepared images of a dataset, read one by one: a large dataset does not fit into memory. */
export interface ImageStore {
  /** [storedPx, storedPx] each, in the order asked for. @throws InputError PREPARED_DAMAGED. */
  read(images: readonly Pick<LabelledImage, "caseId" | "index">[]): Promise<Uint8Array[]>;
  close(): Promise<void>;
}

/** Files that are kept open; beyond them the oldest is closed. */
const mostOpenFiles = 200;

/** A dataset's images. The operating system keeps what was read lately in memory, so reading again costs little. */
export function openImageStore(dataset: string, recipe: SliceRecipe): ImageStore {
  const paths = datasetPaths(dataset);
  const imageBytes = recipe.storedPx ** 2;
  const files = new Map<string, FileHandle>();

  async function fileOf(caseId: string): Promise<FileHandle> {
    const standing = files.get(caseId);
    if (standing) return standing;
    for (const [oldest, file] of files) {
      if (files.size < mostOpenFiles) break;
      files.delete(oldest);
      await file.close();
    }
    const opened = await open(paths.pixels(caseId)).catch((error) => {
      throw damaged(caseId, error);
    });
    files.set(caseId, opened);
    return opened;
  }

  return {
    async read(images) {
      const pixels: Uint8Array[] = [];
      for (const { caseId, index } of images) {
        const target = new Uint8Array(imageBytes);
        const { bytesRead } = await (await fileOf(caseId)).read(target, 0, imageBytes, index * imageBytes);
        if (bytesRead < imageBytes) throw damaged(caseId);
        pixels.push(target);
      }
      return pixels;
    },
    async close() {
      for (const file of files.values()) await file.close();
      files.clear();
    },
  };
}

function damaged(caseId: string, cause?: unknown): InputError {
  return new InputError(
    "PREPARED_DAMAGED",
    `The prepared slices of ${caseId} are missing or cut short. Run groundglass prepare again; it makes them anew.`,
    { cause },
  );
}
