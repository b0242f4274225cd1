import { type LungMask, lungAreasMm2 } from "../lungs/lungMask.ts";
import type { OnLungStage } from "../lungs/lungStage.ts";
import { lungsOfPlanes } from "../lungs/lungsOfPlanes.ts";
import { marginAround } from "../lungs/marginAround.ts";
import { thinVolume } from "../study/thinVolume.ts";
import { type Picture, positionMm, type StudyImages, type Volume } from "../study/volume.ts";
import { allOf, eachSlab, planesOf, type StudyPlanes, type VolumePlanes } from "../study/volumePlanes.ts";
import type { Warning } from "../study/warning.ts";
import { chooseSlices } from "./chooseSlices.ts";
import { boxAroundLungs, type CropBox, cropGrey, wholeSlice } from "./cropBox.ts";
import { greyByRange, greyByTable, windowTable } from "./greyOfSlice.ts";
import { resizeGrey } from "./resizeGrey.ts";
import type { SliceImage } from "./sliceImage.ts";
import { picturesRecipe, type SliceRecipe } from "./sliceRecipe.ts";
import { throughJpeg } from "./throughJpeg.ts";

/** A study as the network will see it, and what was found on the way. */
export interface PreparedStudy {
  /** In the order of the study, from the feet to the head. Empty if no slice has enough lung. */
  readonly slices: SliceImage[];
  /** null for pictures and where the recipe isolates no lungs. */
  readonly mask: LungMask | null;
  readonly warnings: Warning[];
}

/**
 * A study's slices, prepared by a recipe: isolate the lungs, choose slices, map to grey, blank what is no lung, crop, pass
 * through JPEG, resize. This one function prepares for training and for diagnosis.
 *
 * Pictures have neither Hounsfield units nor geometry: `picturesRecipe(recipe)` prepares them and a warning says so.
 */
export async function prepareStudyImages(
  images: StudyImages | StudyPlanes,
  recipe: SliceRecipe,
  look: LookOptions = {},
): Promise<PreparedStudy> {
  if (images.kind === "pictures") return preparePictures(images.pictures, recipe);
  const { volume } = images;
  return prepareVolume("voxels" in volume ? planesOf(volume) : volume, recipe, look);
}

/** For those who want to see how a volume's slices are made. */
export interface LookOptions {
  /** Prepare these slices, whatever the recipe would choose. */
  readonly sliceIndices?: readonly number[];
  readonly onLungStage?: OnLungStage;
  /** Is shown the volume as thinVolume makes it, before the lungs are isolated. */
  readonly onThin?: (thin: Volume) => void;
  /** Is shown every plane of the volume, [y, x], from the feet to the head, when the mask is made. */
  readonly onPlane?: (z: number, plane: Int16Array, mask: LungMask | null) => void;
}

async function prepareVolume(
  volume: VolumePlanes,
  wanted: SliceRecipe,
  { sliceIndices, onPlane, ...look }: LookOptions,
): Promise<PreparedStudy> {
  const { recipe, warnings } = recipeForVolume(wanted);
  const mask = await isolated(volume, recipe.lungs, look);
  warnings.push(...(mask?.warnings ?? []));
  const areasMm2 = mask && lungAreasMm2(mask, volume.geometry);
  const chosen = sliceIndices ?? chooseSlices(volume.shape[0], areasMm2, recipe);
  if (chosen.length === 0) {
    warnings.push({
      code: "NO_LUNG_SLICES",
      message: `None of the ${volume.shape[0]} slices has ${recipe.minLungAreaMm2} mm² of lung: nothing is left to look at.`,
    });
  }
  const toGrey = greyMaker(volume, mask, recipe);
  const [, rows, columns] = volume.shape;
  const box =
    mask && recipe.crop !== "slice"
      ? boxAroundLungs(mask, volume.geometry, recipe.crop.marginMm)
      : wholeSlice(rows, columns);
  // All slices lie in one piece of memory, so that who wants them so need not copy them.
  const plane = recipe.storedPx ** 2;
  const allPixels = new Uint8Array(chosen.length * plane);
  const allLungs = mask && new Uint8Array(chosen.length * plane);
  const slices: SliceImage[] = [];
  const placeOf = new Map(chosen.map((z, index) => [z, index]));
  const draw = async (z: number, hu: Int16Array): Promise<void> => {
    const index = placeOf.get(z) as number;
    const pixels = allPixels.subarray(index * plane, (index + 1) * plane);
    pixels.set(await storedPixels({ pixels: toGrey(z, hu), shape: [rows, columns], box }, recipe));
    const lungs = allLungs?.subarray(index * plane, (index + 1) * plane) ?? null;
    if (mask && lungs) lungsOfSliceInto(lungs, { mask, z }, { box, px: recipe.storedPx });
    const name = volume.sliceNames[z] ?? String(z);
    const height = positionMm(volume.geometry, [z, 0, 0])[2];
    slices[index] = { pixels, lungs, sliceIndex: z, name, positionMm: height, lungAreaMm2: areasMm2?.[z] ?? null };
  };
  const wantedPlanes = onPlane ? allOf(volume) : [...placeOf.keys()];
  await eachSlab(volume, wantedPlanes, async ({ indices, voxels }) => {
    const own = indices.map((z, i) => ({ z, hu: voxels.subarray(i * rows * columns, (i + 1) * rows * columns) }));
    await eachInTurn(own, async ({ z, hu }) => {
      onPlane?.(z, hu, mask);
      if (placeOf.has(z)) await draw(z, hu);
    });
  });
  return { slices, mask, warnings };
}

async function isolated(
  volume: VolumePlanes,
  settings: SliceRecipe["lungs"],
  { onThin, onLungStage: onStage }: Pick<LookOptions, "onThin" | "onLungStage">,
): Promise<LungMask | null> {
  const thin = onThin && (await thinVolume(volume));
  if (thin) onThin(thin);
  return settings.method === "none" ? null : lungsOfPlanes(volume, settings, { onStage, thin });
}

/** So many slices go through JPEG, in threads of its own, while the next ones are drawn. */
const atATime = 4;

/** Some work on each item, a few at a time, begun in the order of the items. */
async function eachInTurn<Item>(items: readonly Item[], work: (item: Item) => Promise<void>): Promise<void> {
  let next = 0;
  const lane = async () => {
    while (next < items.length) await work(items[next++] as Item);
  };
  await Promise.all(Array.from({ length: atATime }, lane));
}

async function preparePictures(pictures: readonly Picture[], wanted: SliceRecipe): Promise<PreparedStudy> {
  const recipe = picturesRecipe(wanted);
  const warnings: Warning[] = [
    {
      code: "NO_HOUNSFIELD_UNITS",
      message:
        "The slices are pictures without Hounsfield units: their grey is taken as it is, lungs are not isolated and no sizes in mm are known.",
    },
  ];
  const slices: SliceImage[] = [];
  for (const sliceIndex of chooseSlices(pictures.length, null, recipe)) {
    const { pixels, shape, name } = pictures[sliceIndex] as Picture;
    const grey = recipe.intensity.kind === "minMax" ? greyByRange(pixels, null) : pixels;
    const stored = await storedPixels({ pixels: grey, shape, box: wholeSlice(...shape) }, recipe);
    slices.push({ pixels: stored, lungs: null, sliceIndex, name, positionMm: null, lungAreaMm2: null });
  }
  return { slices, mask: null, warnings };
}

/** A recipe made for pictures takes grey "as is", which Hounsfield units do not have: the lung window stands in. */
function recipeForVolume(recipe: SliceRecipe): { recipe: SliceRecipe; warnings: Warning[] } {
  if (recipe.intensity.kind !== "asIs") return { recipe, warnings: [] };
  const intensity = { kind: "window", levelHu: -600, widthHu: 1500 } as const;
  const message =
    "The recipe was made for pictures, but the study has Hounsfield units: a lung window (−600, 1500 HU) makes its grey. Results may not carry over.";
  return { recipe: { ...recipe, intensity }, warnings: [{ code: "RECIPE_FOR_PICTURES", message }] };
}

/** Sets which pixels of the prepared slice are lung, by the voxel at each pixel's centre. */
function lungsOfSliceInto(
  lungs: Uint8Array,
  { mask, z }: { readonly mask: LungMask; readonly z: number },
  { box, px }: { readonly box: CropBox; readonly px: number },
): void {
  const [, rows, columns] = mask.shape;
  const { right, left } = mask;
  const { rowWords } = right;
  const columnAt = Int32Array.from({ length: px }, (_, x) => {
    const column = box.firstColumn + Math.floor(((x + 0.5) * box.columns) / px);
    return column < 0 || column >= columns ? -1 : column;
  });
  for (let y = 0; y < px; y++) {
    const row = box.firstRow + Math.floor(((y + 0.5) * box.rows) / px);
    if (row < 0 || row >= rows) continue;
    const start = (z * rows + row) * rowWords;
    for (let x = 0; x < px; x++) {
      const column = columnAt[x] as number;
      if (column < 0) continue;
      const at = start + (column >> 5);
      lungs[y * px + x] = (((right.words[at] as number) | (left.words[at] as number)) >>> (column & 31)) & 1;
    }
  }
}

function greyMaker(
  { geometry }: VolumePlanes,
  mask: LungMask | null,
  recipe: SliceRecipe,
): (z: number, hu: Int16Array) => Uint8Array {
  const table = recipe.intensity.kind === "window" ? windowTable(recipe.intensity) : null;
  return (z, hu) => {
    const isShown =
      mask && recipe.outsideLungs === "blank"
        ? marginAround(mask, z, { marginMm: recipe.lungMarginMm, geometry })
        : null;
    return table ? greyByTable(hu, table, isShown) : greyByRange(hu, isShown);
  };
}

async function storedPixels(
  { pixels, shape, box }: { pixels: Uint8Array; shape: readonly [number, number]; box: CropBox },
  { storedPx, jpegQuality }: SliceRecipe,
): Promise<Uint8Array> {
  const cropped = cropGrey(pixels, shape, box);
  const size = [box.rows, box.columns] as const;
  const kept = jpegQuality === null ? cropped : await throughJpeg(cropped, size, jpegQuality);
  return resizeGrey(kept, size, [storedPx, storedPx]);
}
