import { join } from "node:path";
import { gunzipSync } from "node:zlib";
import { readBytes, readJson } from "../../base/files.ts";
import { readStudy } from "../../intake/readStudy.ts";
import { studyTruthSchema } from "../../phantom/truth.ts";
import { preparedBox } from "../../slices/preparedBox.ts";
import { prepareStudyImages } from "../../slices/prepareStudyImages.ts";
import type { SliceRecipe } from "../../slices/sliceRecipe.ts";

/** A prepared slice of a drawn study with what is true of it, each [storedPx, storedPx]. */
export interface SliceWithLesions {
  readonly sliceIndex: number;
  readonly pixels: Uint8Array;
  /** 1 where lung was isolated; null where lungs are not isolated. */
  readonly lungs: Uint8Array | null;
  /** 1 where a lesion was drawn. */
  readonly lesions: Uint8Array;
}

/**
 * The slices of a phantom as a recipe prepares them, with the lesions that were drawn.
 *
 * data: the folder of the phantoms; name: of the study, such as p0003-1.
 * @throws InputError FILE_MISSING, FILE_INVALID where the folder holds no truth of this study; as readStudy.
 */
export async function readLesionMasks(data: string, name: string, recipe: SliceRecipe): Promise<SliceWithLesions[]> {
  const truth = await readJson(join(data, "truth", `${name}.json`), studyTruthSchema);
  const drawn = gunzipSync(await readBytes(join(data, truth.masks.lesions)));
  const { images } = await readStudy(join(data, truth.path));
  const { slices, mask } = await prepareStudyImages(images, recipe);
  const box = preparedBox(images, mask, recipe);
  const [, rows, columns] = truth.shape;
  const px = recipe.storedPx;
  return slices.map(({ sliceIndex, name: uid, pixels, lungs }) => {
    const z = truth.slices.findIndex((slice) => slice.uid === uid);
    const lesions = new Uint8Array(px * px);
    for (let y = 0; y < px; y++) {
      const row = box.firstRow + Math.floor(((y + 0.5) * box.rows) / px);
      if (row < 0 || row >= rows) continue;
      for (let x = 0; x < px; x++) {
        const column = box.firstColumn + Math.floor(((x + 0.5) * box.columns) / px);
        if (column < 0 || column >= columns) continue;
        if (drawn[(z * rows + row) * columns + column] > 0) lesions[y * px + x] = 1;
      }
    }
    return { sliceIndex, pixels, lungs, lesions };
  });
}
