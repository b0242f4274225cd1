import { centreView } from "../dataset/augment.ts";
import { buildInferenceBehind } from "../network/frozenPart.ts";
import { buildInference } from "../network/inference.ts";
import type { NetworkSpec } from "../network/networkSpec.ts";
import type { Border } from "../network/stages.ts";
import type { StateDict } from "../network/stateDict.ts";
import type { Device } from "../runtime/device.ts";
import { openSession } from "../runtime/session.ts";
import type { SliceRecipe } from "../slices/sliceRecipe.ts";
import { classesOf, type LabelledImage } from "./epochPlan.ts";
import type { ViewedBatch } from "./imageLoader.ts";
import type { Inputs } from "./inputs.ts";
import { type Metrics, measure, measureSeveral } from "./metrics.ts";

const batchSize = 16;

/**
 * The network's loss and metrics on images that it does not learn from, as it would be deployed: centre crops, running statistics.
 *
 * border: behind which stage the inputs are taken; null: they are images.
 */
export async function validate(
  network: { readonly spec: NetworkSpec; readonly state: StateDict; readonly border: Border | null },
  images: readonly LabelledImage[],
  options: {
    readonly inputs: Inputs;
    readonly recipe: SliceRecipe;
    readonly threads: number;
    readonly device?: Device | undefined;
    readonly onImages?: (done: number) => void;
  },
): Promise<Metrics> {
  const { inputs, recipe, threads, device = "cpu", onImages } = options;
  const { spec, state, border } = network;
  const form = { sizePx: recipe.inputPx, isPortable: device !== "cpu" };
  const model = border === null ? buildInference(spec, state, form) : buildInferenceBehind(spec, state, border, form);
  const session = await openSession(model, { threads, device });
  const rows: Float32Array[] = [];
  try {
    for await (const { batch, data } of inputs.stream(centred(images, recipe))) {
      const count = batch.images.length;
      const entering = { data, shape: [count, ...inputs.shape] };
      const { logits } = await session.run({ [border === null ? "images" : "features"]: entering });
      for (let i = 0; i < count; i++) {
        rows.push(logits?.data.slice(i * spec.classes, (i + 1) * spec.classes) ?? new Float32Array(spec.classes));
      }
      onImages?.(count);
    }
  } finally {
    await session.close();
  }
  const labels = images.map(({ label }) => classesOf(label));
  return spec.labels === "several" ? measureSeveral(rows, labels) : measure(rows, labels.flat());
}

/** Batches of images seen as they are in diagnosis. */
function* centred(images: readonly LabelledImage[], recipe: SliceRecipe): Generator<ViewedBatch> {
  for (let start = 0; start < images.length; start += batchSize) {
    const some = images.slice(start, start + batchSize);
    yield { images: some, views: some.map(() => centreView(recipe)) };
  }
}
