import { type Shape3, voxelMl } from "../study/volume.ts";
import { and, type BitMask, emptyMask, or } from "./bitMask.ts";
import { type Components, countedIn, labelComponents, maskOfComponents } from "./components.ts";
import type { Field } from "./field.ts";
import type { DefaultLungSettings } from "./lungSettings.ts";
import { dilate, discOf, open } from "./morphology.ts";

/** What holds more air is no airway, and no bowel as a rule, but a lung with emphysema as pure as air. */
const largestPocketMl = 900;
/** An airway's lumen is at least this wide to matter; narrower ones lie in the lung and belong to it. */
const narrowestMm = 3;
/** Beyond the wall, this far from the lumen (a pixel outside of its smoothed core), there must be soft tissue … */
const probeMm = 2.8;
const softAboveHu = -600;
/** … along this share of its outline: a main bronchus has lung on one side. */
const walledShare = 0.5;

/** The mean of pure air; of a pocket larger than a windpipe more is asked, for inflated or emphysematous lung comes near. */
const pureBelowHu = -945;
const largeBelowHu = -955;
/** Air in a slice that is walled to this share is wholly such a pocket, its blurred edge too. */
const wholeShare = 0.4;

/**
 * Pockets of pure air that soft tissue surrounds, with their wall: windpipe, main bronchi, oesophagus, bowel gas. An airway
 * inside the lung, a bulla and the lung itself have lung around them.
 */
export function walledAir(field: Field, air: BitMask, settings: DefaultLungSettings): BitMask {
  const { spacingMm } = field.geometry;
  const offsetHu = airOffsetHu(field, air);
  const pure = and(air, smoothedBelow(field, air, settings.airwayBelowHu + offsetHu));
  const components = labelComponents(open(pure, discOf(narrowestMm / 2, spacingMm)), "slice4");
  const pockets3d = labelComponents(
    maskOfComponents(components, areWalled(components, field, { ...settings, offsetHu })),
    "volume6",
  );
  const largest = largestPocketMl / voxelMl(field.geometry);
  const walled = maskOfComponents(
    pockets3d,
    Uint8Array.from(pockets3d.sizes, (size) => (size <= largest ? 1 : 0)),
  );
  const withWall = dilate(walled, discOf(Math.max(settings.airwayWallMm, spacingMm[1], spacingMm[2]), spacingMm));
  const pockets = labelComponents(air, "slice4");
  const inside = countedIn(pockets, withWall);
  return or(
    withWall,
    maskOfComponents(
      pockets,
      Uint8Array.from(pockets.sizes, (size, label) => ((inside[label] as number) > wholeShare * size ? 1 : 0)),
    ),
  );
}

/** Of the air inside the body, this share is the purest: the windpipe's, nearly always. */
const purestShare = 0.001;
/** The purest air measures about so much; where a scanner's or a converter's scale is off, more, but no more than this. */
const purestHu = -980;
const largestOffsetHu = 120;

/** By how much the air of this volume measures too high. */
function airOffsetHu({ voxels, shape }: Field, air: BitMask): number {
  const [slices, rows, columns] = shape;
  const lowest = -1100;
  const counts = new Int32Array(1200);
  let total = 0;
  // Every fourth row tells as much.
  for (let row = 0; row < slices * rows; row += shape[0] === 1 ? 1 : 4) {
    const y = row % rows;
    if (y === 0 || y === rows - 1) continue;
    for (let w = 0; w < air.rowWords; w++) {
      for (let bits = air.words[row * air.rowWords + w] as number; bits !== 0; bits &= bits - 1) {
        const x = w * 32 + 31 - Math.clz32(bits & -bits);
        if (x === 0 || x === columns - 1) continue;
        const mean = Math.round(sum3x3(voxels, row * columns + x, columns) / 9);
        const at = Math.max(0, Math.min(counts.length - 1, mean - lowest));
        counts[at] = (counts[at] as number) + 1;
        total++;
      }
    }
  }
  let seen = 0;
  let at = -1;
  while (seen <= purestShare * total && at < counts.length - 1) seen += counts[++at] as number;
  return total === 0 ? 0 : Math.max(0, Math.min(largestOffsetHu, at + lowest - purestHu));
}

/** Pixels so large need no smoothing against noise, and bronchi would be lost in it. */
const smoothFromMm = 1.2;

/** Where the mean of 3 × 3 pixels lies below; of large pixels, their own value. Only looked at where there is air. */
function smoothedBelow({ voxels, shape, geometry }: Field, air: BitMask, belowHu: number): BitMask {
  const result = emptyMask(shape);
  const [slices, rows, columns] = shape;
  const isSmooth = geometry.spacingMm[2] > smoothFromMm;
  const limit = isSmooth ? belowHu : belowHu * 9;
  for (let row = 0; row < slices * rows; row++) {
    const y = row % rows;
    if (y === 0 || y === rows - 1) continue;
    for (let w = 0; w < air.rowWords; w++) {
      let bits = air.words[row * air.rowWords + w] as number;
      let kept = 0;
      while (bits !== 0) {
        const bit = bits & -bits;
        bits &= bits - 1;
        const x = w * 32 + 31 - Math.clz32(bit);
        if (
          x > 0 &&
          x < columns - 1 &&
          (isSmooth ? (voxels[row * columns + x] as number) : sum3x3(voxels, row * columns + x, columns)) < limit
        )
          kept |= bit;
      }
      result.words[row * air.rowWords + w] = kept;
    }
  }
  return result;
}

function sum3x3(voxels: Int16Array, at: number, columns: number): number {
  let sum = 0;
  for (let i = at - columns; i <= at + columns; i += columns) {
    sum += (voxels[i - 1] as number) + (voxels[i] as number) + (voxels[i + 1] as number);
  }
  return sum;
}

/** Looks outwards from every voxel of a component's outline, straight or across, away from its neighbours. */
function areWalled(
  components: Components,
  { voxels, shape, geometry }: Field,
  settings: DefaultLungSettings & { readonly offsetHu: number },
): Uint8Array {
  const looks = new Int32Array(components.count);
  const walls = new Int32Array(components.count);
  const sums = new Float64Array(components.count);
  const { rowRuns, runStart, runEnd, runLabel, mask } = components;
  const [, rows, columns] = shape;
  const [, stepY, stepX] = geometry.spacingMm;
  const isSoft = (row: number, x: number, slice: number) =>
    x >= 0 && x < columns && inSlice(row, slice, rows) && (voxels[row * columns + x] as number) > softAboveHu;
  for (let row = 0; row + 1 < rowRuns.length; row++) {
    const slice = Math.floor(row / rows);
    for (let run = rowRuns[row] as number; run < (rowRuns[row + 1] as number); run++) {
      const label = runLabel[run] as number;
      const start = runStart[run] as number;
      const end = runEnd[run] as number;
      for (let x = start; x < end; x++) {
        sums[label] = (sums[label] as number) + (voxels[row * columns + x] as number);
        const across = Number(x === end - 1) - Number(x === start);
        const down = Number(!isSet(mask, row + 1, x, slice)) - Number(!isSet(mask, row - 1, x, slice));
        if (across === 0 && down === 0) continue;
        const length = Math.hypot(across, down);
        const farX = across * (1 + Math.max(1, Math.round(probeMm / stepX / length)));
        const farY = down * (1 + Math.max(1, Math.round(probeMm / stepY / length)));
        const isWall = isSoft(row + farY, x + farX, slice);
        looks[label] = (looks[label] as number) + 1;
        if (isWall) walls[label] = (walls[label] as number) + 1;
      }
    }
  }
  return Uint8Array.from(looks, (count, label) => {
    const size = components.sizes[label] as number;
    const isLarge = size * stepY * stepX > settings.largestTracheaMm2;
    const isPure = (sums[label] as number) / size - settings.offsetHu < (isLarge ? largeBelowHu : pureBelowHu);
    return isPure && (walls[label] as number) >= walledShare * count ? 1 : 0;
  });
}

function isSet(mask: BitMask, row: number, x: number, slice: number): boolean {
  if (!inSlice(row, slice, mask.shape[1])) return false;
  return (((mask.words[row * mask.rowWords + (x >> 5)] as number) >> (x & 31)) & 1) === 1;
}

function inSlice(row: number, slice: number, rows: Shape3[1]): boolean {
  return row >= slice * rows && row < (slice + 1) * rows;
}
