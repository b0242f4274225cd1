import { fillBatch } from "../dataset/batches.ts";
import { buildInference } from "../network/inference.ts";
import type { NetworkSpec } from "../network/networkSpec.ts";
import type { StateDict } from "../network/stateDict.ts";
import { openSession } from "../runtime/session.ts";
import type { SliceRecipe } from "../slices/sliceRecipe.ts";
import type { LabelledImage } from "./epochPlan.ts";
import type { ImageStore } from "./imageStore.ts";

const batchSize = 16;

/** How well the network does on images it does not learn from. */
export interface Validation {
  /** Mean cross entropy. */
  readonly loss: number;
  /** Share of images whose most probable class is theirs. */
  readonly accuracy: number;
}

/** The network's loss and accuracy on the images, as it would be deployed: centre crops, running statistics. */
export async function validate(
  network: { readonly spec: NetworkSpec; readonly state: StateDict },
  images: readonly LabelledImage[],
  options: {
    readonly store: ImageStore;
    readonly recipe: SliceRecipe;
    readonly threads: number;
    readonly onImages?: (done: number) => void;
  },
): Promise<Validation> {
  const { store, recipe, threads, onImages } = options;
  const session = await openSession(buildInference(network.spec, network.state, { sizePx: recipe.inputPx }), {
    threads,
  });
  const imageSize = 3 * recipe.inputPx ** 2;
  const buffer = new Float32Array(batchSize * imageSize);
  let loss = 0;
  let right = 0;
  try {
    for (let start = 0; start < images.length; start += batchSize) {
      const batch = images.slice(start, start + batchSize);
      const data = buffer.subarray(0, batch.length * imageSize);
      fillBatch(data, await store.read(batch), recipe, "none");
      const shape = [batch.length, 3, recipe.inputPx, recipe.inputPx];
      const { logits } = await session.run({ images: { data, shape } });
      for (const [i, { label }] of batch.entries()) {
        const row = logits?.data.subarray(i * network.spec.classes, (i + 1) * network.spec.classes) ?? [];
        loss += crossEntropy(row, label);
        if (isLargest(row, label)) right += 1;
      }
      onImages?.(batch.length);
    }
  } finally {
    await session.close();
  }
  return { loss: loss / images.length, accuracy: right / images.length };
}

/** −log softmax(logits)[label], in double precision. */
export function crossEntropy(logits: ArrayLike<number>, label: number): number {
  const row = Array.from(logits);
  const largest = Math.max(...row);
  const sum = row.reduce((total, logit) => total + Math.exp(logit - largest), 0);
  return Math.log(sum) + largest - (row[label] ?? Number.NaN);
}

/** Whether the label has the largest logit; of equal ones the first counts. */
function isLargest(logits: ArrayLike<number>, label: number): boolean {
  const row = Array.from(logits);
  return row.indexOf(Math.max(...row)) === label;
}
