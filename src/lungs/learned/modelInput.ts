import { InputError } from "../../base/errors.ts";
import type { Session } from "../../runtime/session.ts";
import type { Volume } from "../../study/volume.ts";
import type { BitMask } from "../bitMask.ts";
import { rowExtent } from "../rows.ts";
import type { LungModel } from "./lungModel.ts";
import { type Box, resamplePlane } from "./resample.ts";

/** How slices go into a model. */
export interface InputPlan {
  readonly name: string;
  /** Slices in a run. */
  readonly batch: number;
  /** Whether each run must have so many; the last is then filled up. */
  readonly isBatchFixed: boolean;
}

/**
 * Which input takes the slices, and how many at a time.
 * @throws InputError LUNG_MODEL_MISMATCH if the description does not fit what the model declares.
 */
export function planInput({ inputs }: Session, { input, file }: LungModel): InputPlan {
  const found = input.name === undefined ? inputs[0] : inputs.find(({ name }) => name === input.name);
  const names = inputs.map(({ name }) => name).join(", ");
  if (found === undefined || (input.name === undefined && inputs.length > 1)) {
    throw mismatch(file, `input.name: the model has the inputs ${names}; ${input.name ?? "none"} is named`);
  }
  if (found.type !== "float32") throw mismatch(file, `its input ${found.name} takes ${found.type}; float32 is fed`);
  const { shape } = found;
  const wanted = shapeOf(input, shape[0] ?? input.batch);
  const fits = shape.length === wanted.length && shape.every((size, axis) => size === null || size === wanted[axis]);
  if (shape.length > 0 && !fits) {
    throw mismatch(
      file,
      `its input ${found.name} takes [${shape.map((size) => size ?? "any").join(", ")}]; [${wanted.join(", ")}] is described`,
    );
  }
  const fixed = shape[0] ?? null;
  return { name: found.name, batch: fixed ?? input.batch, isBatchFixed: fixed !== null };
}

/** The error of a description that does not fit its model. */
export function mismatch(file: string, what: string): InputError {
  return new InputError(
    "LUNG_MODEL_MISMATCH",
    `The description of ${file} does not fit the model: ${what}. Correct the description; see docs/inspect.md.`,
  );
}

/** The shape that a batch of slices has. */
export function shapeOf({ layout, channels, sizePx }: LungModel["input"], batch: number): number[] {
  if (layout === "NCHW") return [batch, channels, sizePx, sizePx];
  return layout === "NHWC" ? [batch, sizePx, sizePx, channels] : [batch, sizePx, sizePx];
}

/** The piece of slice z that the model looks at: the whole, or the rectangle around the body. */
export function boxOf(z: number, volume: Pick<Volume, "shape">, body: BitMask | null): Box {
  const [, rows, columns] = volume.shape;
  const whole = { firstRow: 0, firstColumn: 0, rows, columns };
  if (body === null) return whole;
  let [top, bottom, left, right] = [rows, -1, columns, -1];
  for (let y = 0; y < rows; y++) {
    const extent = rowExtent(body, z * rows + y);
    if (extent === undefined) continue;
    top = Math.min(top, y);
    bottom = y;
    left = Math.min(left, extent.start);
    right = Math.max(right, extent.end - 1);
  }
  return bottom < 0 ? whole : { firstRow: top, firstColumn: left, rows: bottom - top + 1, columns: right - left + 1 };
}

/** Writes a slice into a batch at its place: clipped, resized, scaled, and its grey repeated for each channel. */
export function fillSlice(
  { data, at }: { readonly data: Float32Array; readonly at: number },
  { voxels, shape }: Volume,
  { z, box }: { readonly z: number; readonly box: Box },
  { lowHu, highHu, range, mean, std, sizePx, channels, layout }: LungModel["input"],
): void {
  const [, rows, columns] = shape;
  const plane = new Float32Array(box.rows * box.columns);
  for (let y = 0; y < box.rows; y++) {
    const from = (z * rows + box.firstRow + y) * columns + box.firstColumn;
    for (let x = 0; x < box.columns; x++) {
      plane[y * box.columns + x] = Math.min(highHu, Math.max(lowHu, voxels[from + x]));
    }
  }
  const resized = resamplePlane(plane, [box.rows, box.columns], [sizePx, sizePx]);
  const [low, high] = range;
  const slope = (high - low) / (highHu - lowHu) / std;
  const offset = (low - mean) / std - lowHu * slope;
  const pixels = sizePx * sizePx;
  const start = at * channels * pixels;
  const [step, plane2] = layout === "NHWC" ? [channels, 1] : [1, pixels];
  for (let c = 0; c < channels; c++) {
    for (let i = 0; i < pixels; i++) data[start + c * plane2 + i * step] = resized[i] * slope + offset;
  }
}
