import { type FileHandle, open } from "node:fs/promises";
import { InputError } from "../base/errors.ts";
import { datasetPaths } from "../dataset/dataset.ts";
import type { SliceRecipe } from "../slices/sliceRecipe.ts";
import type { LabelledImage } from "./epochPlan.ts";

/** The prepared images of a dataset, read one by one: a large dataset does not fit into memory. */
export interface ImageStore {
  /** [storedPx, storedPx] each, in the order asked for; one call at a time. @throws InputError PREPARED_DAMAGED. */
  read(images: readonly Pick<LabelledImage, "caseId" | "index">[]): Promise<Uint8Array[]>;
  close(): Promise<void>;
}

/** Files that are kept open; beyond them the oldest are closed. */
const mostOpenFiles = 200;
/** Images that are asked of the disk at the same time. */
const atOnce = 16;

/** A dataset's images. The operating system keeps what was read lately in memory, so reading again costs little. */
export function openImageStore(dataset: string, recipe: SliceRecipe): ImageStore {
  const paths = datasetPaths(dataset);
  const imageBytes = recipe.storedPx ** 2;
  const files = new Map<string, Promise<FileHandle>>();

  function fileOf(caseId: string): Promise<FileHandle> {
    const standing = files.get(caseId);
    if (standing) return standing;
    const opened = open(paths.pixels(caseId)).catch((error) => {
      files.delete(caseId);
      throw damaged(caseId, error);
    });
    files.set(caseId, opened);
    return opened;
  }

  async function readOne({ caseId, index }: Pick<LabelledImage, "caseId" | "index">): Promise<Uint8Array> {
    const target = new Uint8Array(imageBytes);
    const { bytesRead } = await (await fileOf(caseId)).read(target, 0, imageBytes, index * imageBytes);
    if (bytesRead < imageBytes) throw damaged(caseId);
    return target;
  }

  async function closeOldest(kept: number): Promise<void> {
    for (const [oldest, file] of [...files].slice(0, Math.max(0, files.size - kept))) {
      files.delete(oldest);
      await (await file.catch(() => undefined))?.close();
    }
  }

  return {
    async read(images) {
      const pixels: Uint8Array[] = [];
      for (let start = 0; start < images.length; start += atOnce) {
        pixels.push(...(await Promise.all(images.slice(start, start + atOnce).map(readOne))));
        await closeOldest(mostOpenFiles);
      }
      return pixels;
    },
    close: () => closeOldest(0),
  };
}

function damaged(caseId: string, cause?: unknown): InputError {
  return new InputError(
    "PREPARED_DAMAGED",
    `The prepared slices of ${caseId} are missing or cut short. Run groundglass prepare again; it makes them anew.`,
    { cause },
  );
}
