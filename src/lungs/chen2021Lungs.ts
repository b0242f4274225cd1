import type { Volume } from "../study/volume.ts";
import type { Warning } from "../study/warning.ts";
import { and, andNot, type BitMask, countOf, emptyMask, maskBetween, not } from "./bitMask.ts";
import { floodFromBorder, withoutSmall } from "./components.ts";
import { type LungMask, lungMaskOfSides } from "./lungMask.ts";
import type { Chen2021LungSettings } from "./lungSettings.ts";
import type { OnLungStage } from "./lungStage.ts";
import { close, discOf, erode, open } from "./morphology.ts";
import { setRun } from "./rows.ts";

/**
 * The paper's lung isolation, slice by slice: first the chest (R6), then what in it is neither bone nor soft tissue (R7).
 *
 * To the letter it keeps fat of the chest wall and loses consolidation above 0 HU. It does not know right from left: here
 * the middle column of each slice's chest parts them.
 * @source Chen et al. 2021, "Data Pre-processing"
 */
export function chen2021LungMask(volume: Volume, settings: Chen2021LungSettings, onStage?: OnLungStage): LungMask {
  const chest = chestOf(volume, settings, onStage);
  const lungs = lungsWithin(chest, volume, settings, onStage);
  const warnings: Warning[] = [];
  if (countOf(lungs) === 0) {
    warnings.push({
      code: "NO_LUNGS_FOUND",
      message: `Nothing between ${settings.lungAboveHu} and ${settings.lungBelowHu} HU is left inside a chest: the mask is empty.`,
    });
  }
  const sides = partedAtMiddle(lungs, chest);
  onStage?.("lungs", sides);
  return lungMaskOfSides(sides, volume, warnings);
}

/** R6: binarise, erode, open, close, remove small objects; what a flood from the border does not reach is the chest. */
function chestOf(volume: Volume, settings: Chen2021LungSettings, onStage?: OnLungStage): BitMask {
  const { spacingMm } = volume.geometry;
  const binary = maskBetween(volume.voxels, volume.shape, [settings.bodyAboveHu, Number.POSITIVE_INFINITY]);
  onStage?.("above", binary);
  const eroded = erode(binary, discOf(settings.bodyErosionMm, spacingMm));
  const opened = open(eroded, discOf(settings.bodyOpeningMm, spacingMm));
  const closed = close(opened, discOf(settings.bodyClosingMm, spacingMm));
  const body = withoutSmall(closed, pixelsIn(settings.bodySmallestMm2, spacingMm));
  onStage?.("cleaned", body);
  const chest = not(floodFromBorder(not(body)));
  onStage?.("chest", chest);
  return chest;
}

/** R7: the range of lung inside the chest, eroded, closed, without small objects. */
function lungsWithin(chest: BitMask, volume: Volume, settings: Chen2021LungSettings, onStage?: OnLungStage): BitMask {
  const { spacingMm } = volume.geometry;
  const range = maskBetween(volume.voxels, volume.shape, [settings.lungAboveHu, settings.lungBelowHu]);
  const within = and(range, chest);
  onStage?.("range", within);
  const eroded = erode(within, discOf(settings.lungErosionMm, spacingMm));
  const closed = close(eroded, discOf(settings.lungClosingMm, spacingMm));
  return withoutSmall(closed, pixelsIn(settings.lungSmallestMm2, spacingMm));
}

function pixelsIn(areaMm2: number, [, stepY, stepX]: readonly [number, number, number]): number {
  return Math.ceil(areaMm2 / (stepY * stepX));
}

function partedAtMiddle(lungs: BitMask, chest: BitMask): { right: BitMask; left: BitMask } {
  const [slices, rows] = lungs.shape;
  const rightHalf = emptyMask(lungs.shape);
  const perSlice = rows * chest.rowWords;
  for (let z = 0; z < slices; z++) {
    const middle = middleColumn(chest.words.subarray(z * perSlice, (z + 1) * perSlice), chest.rowWords);
    if (middle === 0) continue;
    for (let row = z * rows; row < (z + 1) * rows; row++) setRun(rightHalf, row, { start: 0, end: middle });
  }
  return { right: and(lungs, rightHalf), left: andNot(lungs, rightHalf) };
}

/** The column halfway between the first and the last that is set in any row; 0 if none is. */
function middleColumn(words: Int32Array, rowWords: number): number {
  const any = new Int32Array(rowWords);
  for (let i = 0; i < words.length; i++) any[i % rowWords] = (any[i % rowWords] as number) | (words[i] as number);
  const first = any.findIndex((bits) => bits !== 0);
  if (first < 0) return 0;
  const last = any.findLastIndex((bits) => bits !== 0);
  const firstBits = any[first] as number;
  const low = first * 32 + 31 - Math.clz32(firstBits & -firstBits);
  const high = last * 32 + 31 - Math.clz32(any[last] as number);
  return (low + high + 1) >> 1;
}
