import { type BitMask, countOf, sliceOf } from "../../lungs/bitMask.ts";
import type { LungMask } from "../../lungs/lungMask.ts";
import { labelsOf, lungAreasMm2 } from "../../lungs/lungMask.ts";
import type { LungSettings } from "../../lungs/lungSettings.ts";
import type { LungStageName } from "../../lungs/lungStage.ts";
import type { Sides } from "../../lungs/rightAndLeft.ts";
import { greyByTable, windowTable } from "../../slices/greyOfSlice.ts";
import { prepareStudyImages } from "../../slices/prepareStudyImages.ts";
import type { SliceRecipe } from "../../slices/sliceRecipe.ts";
import type { Volume } from "../../study/volume.ts";
import { lungWindow } from "../../study/windowLevel.ts";
import type { StudyStages } from "./inspection.ts";

/** Which slice, and by which recipes. */
export interface StagesWanted {
  /** Counted from 0 at the feet; the slice with the most lung where it is left out, or beyond the study. */
  readonly sliceIndex?: number | undefined;
  readonly recipes: readonly SliceRecipe[];
}

/** A stage to look at. */
export interface StagePicture {
  readonly words: string;
  /** Grey 0–255, row-major [rows, columns]. */
  readonly grey: Uint8Array;
  readonly shape: readonly [rows: number, columns: number];
  /** 0 outside, 1 inside (or the right lung), 2 the left lung; null where the stage is a picture. */
  readonly labels: Uint8Array | null;
}

/** The stages of one slice under one recipe: as data, and as pictures in the same order. */
export interface DrawnStages {
  readonly stages: StudyStages;
  readonly pictures: readonly StagePicture[];
}

/**
 * The stages of lung isolation of one slice, for each recipe: the slice in the lung window, what each stage makes of it, and
 * last the image that the network sees (the paper's Fig. 2).
 */
export async function inspectStages(
  path: string,
  volume: Volume,
  mask: LungMask | null,
  { sliceIndex, recipes }: StagesWanted,
): Promise<DrawnStages[]> {
  const z = sliceIndex !== undefined && sliceIndex < volume.shape[0] ? sliceIndex : fullestSlice(volume, mask);
  const drawn: DrawnStages[] = [];
  for (const recipe of recipes) drawn.push(await drawStages(path, volume, z, recipe));
  return drawn;
}

async function drawStages(path: string, volume: Volume, z: number, recipe: SliceRecipe): Promise<DrawnStages> {
  const made: { name: LungStageName; mask: BitMask | Sides }[] = [];
  const prepared = await prepareStudyImages({ kind: "volume", volume }, recipe, {
    sliceIndices: [z],
    onLungStage: (name, stage) => made.push({ name, mask: inSlice(stage, z) }),
  });
  const [rows, columns] = [volume.shape[1], volume.shape[2]];
  const hu = volume.voxels.subarray(z * rows * columns, (z + 1) * rows * columns);
  const grey = greyByTable(hu, windowTable(lungWindow), null);
  const shape = [rows, columns] as const;
  const pixelMm2 = volume.geometry.spacingMm[1] * volume.geometry.spacingMm[2];
  const steps = made.map(({ name, mask }) => ({
    name,
    words: stageWords(name, recipe.lungs),
    labels: labelsIn(mask, shape),
    areaMm2: Math.round(areaOf(mask) * pixelMm2),
  }));
  const first = { name: "slice", words: "CT slice in the lung window" };
  const last = { name: "image", words: imageWords(recipe) };
  return {
    stages: {
      path,
      method: recipe.lungs.method,
      sliceIndex: z,
      sliceName: volume.sliceNames[z] ?? String(z),
      stages: [
        { ...first, areaMm2: null },
        ...steps.map(({ name, words, areaMm2 }) => ({ name, words, areaMm2 })),
        { ...last, areaMm2: null },
      ],
    },
    pictures: [
      { words: first.words, grey, shape, labels: null },
      ...steps.map(({ words, labels }) => ({ words, grey, shape, labels })),
      ...prepared.slices.map(({ pixels }) => ({
        words: last.words,
        grey: pixels,
        shape: [recipe.storedPx, recipe.storedPx] as const,
        labels: null,
      })),
    ],
  };
}

function stageWords(name: LungStageName, lungs: LungSettings): string {
  if (lungs.method === "chen2021") {
    const { bodyAboveHu, lungAboveHu, lungBelowHu } = lungs;
    if (name === "above") return `R6: above ${signed(bodyAboveHu)} HU`;
    if (name === "cleaned") return "R6: eroded, opened, closed; small objects removed";
    if (name === "chest") return "R6: what a flood from the border does not reach";
    if (name === "range") return `R7: between ${signed(lungAboveHu)} and ${signed(lungBelowHu)} HU inside it`;
    if (name === "lungs") return "R7: eroded, closed; small objects removed";
  }
  if (lungs.method === "default" && name === "air") return `Air inside it: below ${signed(lungs.airBelowHu)} HU`;
  if (lungs.method === "learned" && name === "lungs") return "Small pieces removed, right and left apart";
  return otherWords[name];
}

const otherWords: Readonly<Record<LungStageName, string>> = {
  above: "Above the threshold",
  cleaned: "Cleaned",
  chest: "Chest",
  range: "Within the range",
  body: "The body, without table and blankets",
  air: "Air inside it",
  airways: "Walled air: windpipe, bronchi, bowel gas",
  aerated: "Air that is lung",
  sides: "Right and left apart",
  model: "What the network says",
  lungs: "With vessels and consolidated lung",
};

function imageWords({ outsideLungs, intensity }: SliceRecipe): string {
  const masked = outsideLungs === "blank" ? "R8: masked and " : "R8: ";
  const grey = intensity.kind === "window" ? "windowed" : "normalised";
  return `${masked}${grey}, as it is stored for the network`;
}

const signed = (hu: number) => String(hu).replace("-", "\u2212");

/** The slice with the most lung; without lungs the middle one. */
function fullestSlice(volume: Volume, mask: LungMask | null): number {
  if (mask === null || mask.volumeMl === 0) return volume.shape[0] >> 1;
  const areas = lungAreasMm2(mask, volume.geometry);
  return areas.indexOf(Math.max(...areas));
}

/** One slice of what a stage made, with words of its own, for the stage's may be used again. */
function inSlice(made: BitMask | Sides, z: number): BitMask | Sides {
  if ("words" in made) return copied(made, z);
  return { right: copied(made.right, z), left: copied(made.left, z) };
}

function copied(mask: BitMask, z: number): BitMask {
  const slice = sliceOf(mask, z);
  return { ...slice, words: slice.words.slice() };
}

function labelsIn(mask: BitMask | Sides, [rows, columns]: readonly [number, number]): Uint8Array {
  const shape = [1, rows, columns] as const;
  if (!("words" in mask)) return labelsOf({ ...mask, shape });
  return labelsOf({ right: mask, left: { ...mask, words: new Int32Array(mask.words.length) }, shape });
}

function areaOf(mask: BitMask | Sides): number {
  return "words" in mask ? countOf(mask) : countOf(mask.right) + countOf(mask.left);
}
