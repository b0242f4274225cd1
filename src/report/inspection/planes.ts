import type { BitMask } from "../../lungs/bitMask.ts";
import { type LungMask, leftLung, lungAreasMm2, outsideLungs, rightLung } from "../../lungs/lungMask.ts";
import { eachRun } from "../../lungs/rows.ts";
import { cropGrey } from "../../slices/cropBox.ts";
import { greyByTable, windowTable } from "../../slices/greyOfSlice.ts";
import { resizeGrey } from "../../slices/resizeGrey.ts";
import type { StudyImages, Volume } from "../../study/volume.ts";
import { lungWindow } from "../../study/windowLevel.ts";

/** A plane through a study to look at, in the lung window, with the edge of each lung. */
export interface PlanePicture {
  readonly plane: "axial" | "coronal" | "sagittal" | "picture";
  /** Of the slice, row or column; where it lies, in words. */
  readonly place: string;
  /** Row-major [rows, columns], grey 0–255. */
  readonly grey: Uint8Array;
  /** 1 on the edge of the right lung, 2 of the left, else 0; null where lungs were not isolated. */
  readonly edges: Uint8Array | null;
  readonly shape: readonly [rows: number, columns: number];
}

/** Rows or columns of a picture, whichever are more. */
const sidePx = 256;
/** Of the slices that show lung, from the feet. */
const axialShares = [0.2, 0.5, 0.8];

/**
 * Planes through a study: three axial slices, a coronal one through the middle of the lungs and a sagittal one through each
 * lung; of pictures, three of them.
 */
export function drawPlanes(images: StudyImages, mask: LungMask | null): PlanePicture[] {
  return images.kind === "volume" ? planesOf(images.volume, mask) : picturesOf(images);
}

function planesOf(volume: Volume, mask: LungMask | null): PlanePicture[] {
  const [slices, rows, columns] = volume.shape;
  const box = bodyBox(volume);
  const spans = mask === null || mask.volumeMl === 0 ? null : lungSpans(volume, mask);
  const [lowest, highest] = spans?.z ?? [0, slices - 1];
  const draw = viewOf(volume, mask, box);
  const axial = [...new Set(axialShares.map((share) => Math.round(lowest + share * (highest - lowest))))];
  const middleRow = spans?.row ?? Math.round((box.top + box.bottom) / 2);
  const [rightColumn, leftColumn] = spans?.columns ?? [
    Math.round(box.left + 0.3 * (box.right - box.left)),
    Math.round(box.left + 0.7 * (box.right - box.left)),
  ];
  return [
    ...axial.reverse().map((z) =>
      draw({
        plane: "axial",
        place: `slice ${z + 1} of ${slices}`,
        size: [rows, columns],
        at: (row, column) => (z * rows + row) * columns + column,
      }),
    ),
    draw({
      plane: "coronal",
      place: `row ${middleRow + 1} of ${rows}`,
      size: [slices, columns],
      at: (row, column) => ((slices - 1 - row) * rows + middleRow) * columns + column,
    }),
    ...[rightColumn, leftColumn].map((x) =>
      draw({
        plane: "sagittal",
        place: `column ${x + 1} of ${columns}`,
        size: [slices, rows],
        at: (row, column) => ((slices - 1 - row) * rows + column) * columns + x,
      }),
    ),
  ];
}

interface BodyBox {
  readonly top: number;
  readonly bottom: number;
  readonly left: number;
  readonly right: number;
}

interface View {
  readonly plane: "axial" | "coronal" | "sagittal";
  readonly place: string;
  /** Rows and columns of the plane before it is cropped to the body. */
  readonly size: readonly [number, number];
  /** The voxel at a row and column of the plane. */
  readonly at: (row: number, column: number) => number;
}

/** Draws planes of a volume, cropped to the body, in square millimetres. */
function viewOf(volume: Volume, mask: LungMask | null, body: BodyBox): (view: View) => PlanePicture {
  const { voxels, shape, geometry } = volume;
  const [stepZ, stepY, stepX] = geometry.spacingMm;
  const table = windowTable(lungWindow);
  const across = { first: body.left, count: body.right - body.left + 1, mm: stepX };
  const back = { first: body.top, count: body.bottom - body.top + 1, mm: stepY };
  const up = { first: 0, count: shape[0], mm: stepZ };
  const ranges = { axial: [back, across], coronal: [up, across], sagittal: [up, back] } as const;
  return ({ plane, place, size, at }) => {
    const [down, over] = ranges[plane];
    const hu = new Int16Array(size[0] * size[1]);
    const labels = mask && new Uint8Array(hu.length);
    for (let row = 0; row < size[0]; row++) {
      for (let column = 0; column < size[1]; column++) {
        const voxel = at(row, column);
        hu[row * size[1] + column] = voxels[voxel];
        if (labels && mask) labels[row * size[1] + column] = labelAt(mask, voxel);
      }
    }
    const box = { firstRow: down.first, firstColumn: over.first, rows: down.count, columns: over.count };
    const pxPerMm = sidePx / Math.max(down.count * down.mm, over.count * over.mm);
    const to = [pixels(down.count * down.mm * pxPerMm), pixels(over.count * over.mm * pxPerMm)] as const;
    const grey = cropGrey(greyByTable(hu, table, null), size, box);
    return {
      plane,
      place,
      grey: resizeGrey(grey, [box.rows, box.columns], to),
      edges: labels && edgesOf(sampled(cropGrey(labels, size, box), [box.rows, box.columns], to), to),
      shape: to,
    };
  };
}

const pixels = (size: number) => Math.max(1, Math.round(size));

/** Where lungs are: the slices that show some, the row through their middle, the column through the middle of each. */
function lungSpans(
  { geometry, shape }: Volume,
  mask: LungMask,
): { readonly z: readonly [number, number]; readonly row: number; readonly columns: readonly [number, number] } {
  const areas = [...lungAreasMm2(mask, geometry)];
  const enough = Math.max(...areas) / 20;
  const z = [areas.findIndex((area) => area > enough), areas.findLastIndex((area) => area > enough)] as const;
  const middles = [mask.right, mask.left].map((lung) => middleOf(lung));
  const [right, left] = middles;
  const columns = [right ?? mirrored(left, shape[2]), left ?? mirrored(right, shape[2])] as const;
  const count = middles.reduce((sum, middle) => sum + (middle?.count ?? 0), 0);
  const row = middles.reduce((sum, middle) => sum + (middle ? (middle.row * middle.count) / count : 0), 0);
  return { z, row: Math.round(row), columns: [Math.round(columns[0].column), Math.round(columns[1].column)] };
}

interface Middle {
  readonly row: number;
  readonly column: number;
  readonly count: number;
}

/** The mean place of a lung; null of none. */
function middleOf(lung: BitMask): Middle | null {
  const [, rows, columns] = lung.shape;
  const sums = { row: 0, column: 0, count: 0 };
  eachRun(lung, (start, end) => {
    const count = end - start;
    sums.row += (Math.floor(start / columns) % rows) * count;
    sums.column += ((start % columns) + (count - 1) / 2) * count;
    sums.count += count;
  });
  const { row, column, count } = sums;
  return count === 0 ? null : { row: row / count, column: column / count, count };
}

/** Where the other lung would be. */
function mirrored(middle: Middle | null | undefined, columns: number): { readonly column: number } {
  return { column: columns - 1 - (middle?.column ?? 0) };
}

function labelAt({ right, left, shape }: LungMask, voxel: number): number {
  const column = voxel % shape[2];
  const word = Math.floor(voxel / shape[2]) * right.rowWords + (column >> 5);
  if ((right.words[word] >>> (column & 31)) & 1) return rightLung;
  return (left.words[word] >>> (column & 31)) & 1 ? leftLung : outsideLungs;
}

const tissueAboveHu = -300;
/** A row or column belongs to the body where this share of it is tissue. */
const tissueShare = 0.06;
const marginPx = 8;

/** The rows and columns that the body takes, over a few slices. */
function bodyBox({ voxels, shape }: Volume): BodyBox {
  const [slices, rows, columns] = shape;
  const inRow = new Uint32Array(rows);
  const inColumn = new Uint32Array(columns);
  const step = Math.max(1, Math.floor(slices / 12));
  let looked = 0;
  for (let z = step >> 1; z < slices; z += step, looked++) {
    for (let y = 0; y < rows; y++) {
      for (let x = 0; x < columns; x++) {
        if (voxels[(z * rows + y) * columns + x] <= tissueAboveHu) continue;
        inRow[y]++;
        inColumn[x]++;
      }
    }
  }
  const [top, bottom] = extent(inRow, tissueShare * looked * columns);
  const [left, right] = extent(inColumn, tissueShare * looked * rows);
  return { top, bottom, left, right };
}

function extent(counts: Uint32Array, enough: number): readonly [number, number] {
  const first = counts.findIndex((count) => count >= enough);
  if (first < 0) return [0, counts.length - 1];
  const last = counts.findLastIndex((count) => count >= enough);
  return [Math.max(0, first - marginPx), Math.min(counts.length - 1, last + marginPx)];
}

/** Labels at another size, by the nearest. */
function sampled(
  labels: Uint8Array,
  [rows, columns]: readonly [number, number],
  [toRows, toColumns]: readonly [number, number],
): Uint8Array {
  const result = new Uint8Array(toRows * toColumns);
  for (let y = 0; y < toRows; y++) {
    const row = Math.floor(((y + 0.5) * rows) / toRows);
    for (let x = 0; x < toColumns; x++) {
      result[y * toColumns + x] = labels[row * columns + Math.floor(((x + 0.5) * columns) / toColumns)];
    }
  }
  return result;
}

/** Labels that have a neighbour above, below, left or right of another label. */
export function edgesOf(labels: Uint8Array, [rows, columns]: readonly [number, number]): Uint8Array {
  const edges = new Uint8Array(labels.length);
  const at = (y: number, x: number) => (y < 0 || x < 0 || y >= rows || x >= columns ? 0 : labels[y * columns + x]);
  for (let y = 0; y < rows; y++) {
    for (let x = 0; x < columns; x++) {
      const label = at(y, x);
      if (label === 0) continue;
      const isInner =
        at(y - 1, x) === label && at(y + 1, x) === label && at(y, x - 1) === label && at(y, x + 1) === label;
      if (!isInner) edges[y * columns + x] = label;
    }
  }
  return edges;
}

function picturesOf({ pictures }: Extract<StudyImages, { kind: "pictures" }>): PlanePicture[] {
  const chosen = [...new Set(axialShares.map((share) => Math.round(share * (pictures.length - 1))))];
  return chosen.map((index) => {
    const { pixels: grey, shape } = pictures[index];
    const scale = sidePx / Math.max(...shape);
    const to = [pixels(shape[0] * scale), pixels(shape[1] * scale)] as const;
    const place = `picture ${index + 1} of ${pictures.length}`;
    return { plane: "picture", place, grey: resizeGrey(grey, shape, to), edges: null, shape: to };
  });
}
