import { InputError } from "../../base/errors.ts";
import { openSession, type Session, type SessionTensor } from "../../runtime/session.ts";
import { type Volume, voxelMl } from "../../study/volume.ts";
import { airInsideBody } from "../airInsideBody.ts";
import { andNot, type BitMask, emptyMask, or } from "../bitMask.ts";
import { withoutSmall } from "../components.ts";
import { type LungMask, lungMaskOfSides, withWarnings } from "../lungMask.ts";
import { defaultLungs, type LearnedLungSettings } from "../lungSettings.ts";
import type { OnLungStage } from "../lungStage.ts";
import { lungWarnings } from "../lungWarnings.ts";
import { parted, type Sides } from "../rightAndLeft.ts";
import { setRun } from "../rows.ts";
import type { LungLabels, LungModel } from "./lungModel.ts";
import { boxOf, fillSlice, type InputPlan, planInput, shapeOf } from "./modelInput.ts";
import { checkOutput, labelsOfSlice } from "./modelOutput.ts";
import { readLungModel, readLungModelBytes } from "./readLungModel.ts";
import type { Box } from "./resample.ts";

/**
 * The lungs as a segmentation network sees them, slice by slice; pieces too small are left out, and lungs that the network
 * does not tell apart are parted as the default isolation parts them. A few slices are in memory at a time.
 * @throws InputError as readLungModel; LUNG_MODEL_UNREADABLE, LUNG_MODEL_MISMATCH, LUNG_MODEL_FAILED.
 */
export async function learnedLungMask(
  volume: Volume,
  settings: LearnedLungSettings,
  onStage?: OnLungStage,
): Promise<LungMask> {
  const model = typeof settings.model === "string" ? await readLungModel(settings.model) : settings.model;
  const { labels, input, smallestMl } = model;
  const hasSides = "right" in labels;
  const body = hasSides && input.crop === "slice" ? null : airInsideBody(volume, defaultLungs).body;
  const seen = await segment(volume, model, input.crop === "body" ? body : null);
  onStage?.("model", seen);
  const smallest = Math.ceil(smallestMl / voxelMl(volume.geometry));
  const kept = (side: BitMask) => withoutSmall(side, smallest, "volume6");
  const sides =
    hasSides || body === null
      ? { right: kept(seen.right), left: kept(seen.left) }
      : parted(kept(or(seen.right, seen.left)), body, volume.geometry);
  onStage?.("lungs", sides);
  const mask = lungMaskOfSides(sides, volume, []);
  return withWarnings(mask, lungWarnings(mask, or(sides.right, sides.left), volume.geometry));
}

/** What the network says of every slice; lungs without sides are all in `right`. */
async function segment(volume: Volume, model: LungModel, body: BitMask | null): Promise<Sides> {
  const session = await openModel(model);
  try {
    const plan = planInput(session, model);
    const sides = { right: emptyMask(volume.shape), left: emptyMask(volume.shape) };
    const [slices] = volume.shape;
    for (let first = 0; first < slices; first += plan.batch) {
      const planes = Array.from({ length: Math.min(plan.batch, slices - first) }, (_, i) => ({
        z: first + i,
        box: boxOf(first + i, volume, body),
      }));
      const size = plan.isBatchFixed ? plan.batch : planes.length;
      const shape = shapeOf(model.input, size);
      const data = new Float32Array(shape.reduce((product, one) => product * one, 1));
      for (const [at, plane] of planes.entries()) fillSlice({ data, at }, volume, plane, model.input);
      const output = checkOutput(await run(session, plan, { data, shape }, model), model, size);
      for (const [at, plane] of planes.entries()) {
        put(sides, plane, labelsOfSlice(output, { at, box: plane.box }, model), model.labels);
      }
    }
    return { right: sides.right, left: andNot(sides.left, sides.right) };
  } finally {
    await session.close();
  }
}

async function openModel(model: LungModel): Promise<Session> {
  const bytes = await readLungModelBytes(model);
  try {
    return await openSession(bytes);
  } catch (cause) {
    throw new InputError(
      "LUNG_MODEL_UNREADABLE",
      `${model.file} is no ONNX model that ONNX Runtime can load: ${(cause as Error).message}. Export it again as one file.`,
      { cause },
    );
  }
}

async function run(
  session: Session,
  plan: InputPlan,
  images: SessionTensor,
  { file }: LungModel,
): Promise<Record<string, SessionTensor>> {
  try {
    return await session.runAny({ [plan.name]: images });
  } catch (cause) {
    throw new InputError(
      "LUNG_MODEL_FAILED",
      `${file} failed on slices of the shape [${images.shape.join(", ")}]: ${(cause as Error).message}. Correct sizePx, layout, channels or batch of its description.`,
      { cause },
    );
  }
}

/** Adds a slice's labels to the sides. labels: [rows, columns] of the box. */
function put(
  { right, left }: Sides,
  { z, box }: { readonly z: number; readonly box: Box },
  labels: Uint8Array,
  names: LungLabels,
): void {
  const targets: (BitMask | undefined)[] = new Array(256).fill(undefined);
  for (const label of "lungs" in names ? names.lungs : names.right) targets[label] = right;
  for (const label of "lungs" in names ? [] : names.left) targets[label] = left;
  for (let y = 0; y < box.rows; y++) {
    const row = z * right.shape[1] + box.firstRow + y;
    for (let x = 0; x < box.columns; ) {
      const start = x;
      const label = labels[y * box.columns + x];
      while (x < box.columns && labels[y * box.columns + x] === label) x++;
      const target = targets[label];
      if (target) setRun(target, row, { start: box.firstColumn + start, end: box.firstColumn + x });
    }
  }
}
