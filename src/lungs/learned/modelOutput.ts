import type { SessionTensor } from "../../runtime/session.ts";
import type { LungModel } from "./lungModel.ts";
import { mismatch } from "./modelInput.ts";
import { type Box, resamplePlane } from "./resample.ts";

/** What a model said of a batch, checked. */
export interface ModelOutput {
  readonly data: SessionTensor["data"];
  /** Maps for each slice; 1 of labels. */
  readonly channels: number;
}

/**
 * The model's output, where it has the shape that is described.
 * @throws InputError LUNG_MODEL_MISMATCH.
 */
export function checkOutput(
  outputs: Readonly<Record<string, SessionTensor>>,
  { output, input, labels, file }: LungModel,
  slices: number,
): ModelOutput {
  const names = Object.keys(outputs);
  const name = output.name ?? names[0];
  const found = name === undefined ? undefined : outputs[name];
  if (found === undefined || (output.name === undefined && names.length > 1)) {
    throw mismatch(
      file,
      `output.name: the model has the outputs ${names.join(", ")}; ${output.name ?? "none"} is named`,
    );
  }
  const { data, shape } = found;
  const { sizePx } = input;
  const isFlat = output.layout === "NHW" || shape.length === 3;
  const channels = isFlat ? 1 : (shape[output.layout === "NCHW" ? 1 : 3] ?? 0);
  const planes = isFlat ? [] : [channels];
  const wanted =
    output.layout === "NHWC" && !isFlat ? [slices, sizePx, sizePx, channels] : [slices, ...planes, sizePx, sizePx];
  if (shape.length !== wanted.length || shape.some((size, axis) => size !== wanted[axis])) {
    throw mismatch(
      file,
      `its output ${name} is [${shape.join(", ")}] for ${slices} slices of ${sizePx}²; expected [${slices}, maps, ${sizePx}, ${sizePx}] in the layout ${output.layout}`,
    );
  }
  if (output.kind === "labels") {
    if (channels === 1) return { data, channels };
    throw mismatch(file, `its output ${name} has ${channels} maps, but labels are described; try logits`);
  }
  if (!(data instanceof Float32Array)) {
    throw mismatch(file, `its output ${name} holds whole numbers, but ${output.kind} are described; try labels`);
  }
  const highest = Math.max(...("lungs" in labels ? labels.lungs : [...labels.right, ...labels.left]));
  if (highest < Math.max(2, channels)) return { data, channels };
  throw mismatch(file, `labels: the label ${highest} is named, but the output ${name} has ${channels} maps, from 0`);
}

/**
 * The labels of one slice of a batch at the size of its box: of labels the nearest pixel's, of maps the label whose map,
 * interpolated, is highest; of a single map, 1 where it reaches the threshold.
 */
export function labelsOfSlice(
  output: ModelOutput,
  { at, box }: { readonly at: number; readonly box: Box },
  { input, output: { kind, layout, threshold } }: LungModel,
): Uint8Array {
  const { sizePx } = input;
  const { data, channels } = output;
  const size = [box.rows, box.columns] as const;
  if (kind === "labels") return nearest(data, at * sizePx * sizePx, sizePx, size);
  const pixels = sizePx * sizePx;
  const step = layout === "NHWC" ? channels : 1;
  const map = (c: number): Float32Array => {
    const start = at * channels * pixels + (layout === "NHWC" ? c : c * pixels);
    const plane = Float32Array.from({ length: pixels }, (_, i) => Number(data[start + i * step]));
    return resamplePlane(plane, [sizePx, sizePx], size);
  };
  const labels = new Uint8Array(box.rows * box.columns);
  if (channels === 1) {
    const least = kind === "logits" ? Math.log(threshold / (1 - threshold)) : threshold;
    const only = map(0);
    for (let i = 0; i < labels.length; i++) labels[i] = only[i] >= least ? 1 : 0;
    return labels;
  }
  const best = map(0);
  for (let c = 1; c < channels; c++) {
    const other = map(c);
    for (let i = 0; i < labels.length; i++) {
      if (other[i] <= best[i]) continue;
      best[i] = other[i];
      labels[i] = c;
    }
  }
  return labels;
}

function nearest(
  data: SessionTensor["data"],
  start: number,
  sizePx: number,
  [rows, columns]: readonly [number, number],
): Uint8Array {
  const labels = new Uint8Array(rows * columns);
  for (let y = 0; y < rows; y++) {
    const row = start + Math.floor(((y + 0.5) * sizePx) / rows) * sizePx;
    for (let x = 0; x < columns; x++) {
      labels[y * columns + x] = Number(data[row + Math.floor(((x + 0.5) * sizePx) / columns)]);
    }
  }
  return labels;
}
