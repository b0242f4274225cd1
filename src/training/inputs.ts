import { centreView, type View } from "../dataset/augment.ts";
import { fillBatch } from "../dataset/batches.ts";
import { buildFrozenPart, frozenShape } from "../network/frozenPart.ts";
import type { NetworkSpec } from "../network/networkSpec.ts";
import type { Border } from "../network/stages.ts";
import type { StateDict } from "../network/stateDict.ts";
import type { Device } from "../runtime/device.ts";
import { openSession } from "../runtime/session.ts";
import type { SliceRecipe } from "../slices/sliceRecipe.ts";
import type { LabelledImage } from "./epochPlan.ts";
import type { ImageStore } from "./imageStore.ts";

/** What a step learns from: images, or what leaves the frozen part of the network. Holds memory: close it. */
export interface Inputs {
  /** Of one image's. */
  readonly shape: readonly number[];
  /** Milliseconds that were spent on reading and augmenting images so far. */
  readonly waitedMs: () => number;
  /** Fills what a step takes, one after the other; each image seen as its view says. */
  fill(target: Float32Array, images: readonly PlacedImage[], views: readonly View[]): Promise<void>;
  close(): Promise<void>;
}

type PlacedImage = Pick<LabelledImage, "caseId" | "index">;

/** Where images come from, and the clock that their reading is measured by. */
export interface ImageSource {
  readonly store: ImageStore;
  readonly recipe: SliceRecipe;
  readonly nowMs: () => number;
}

/** Images as the whole network takes them. */
export function imageInputs({ store, recipe, nowMs }: ImageSource): Inputs {
  let waitedMs = 0;
  return {
    shape: [3, recipe.inputPx, recipe.inputPx],
    waitedMs: () => waitedMs,
    async fill(target, images, views) {
      const start = nowMs();
      fillBatch(target, await store.read(images), recipe, views);
      waitedMs += nowMs() - start;
    },
    close: async () => {},
  };
}

/** A network whose part up to and with a border is frozen. */
export interface FrozenNetwork {
  readonly spec: NetworkSpec;
  readonly state: StateDict;
  readonly border: Border;
}

const batchSize = 16;

/**
 * What leaves the frozen part of a network, which runs in inference mode and is computed once for each view that can come again: the
 * centre crop and its mirror image, as long as they fit into so many bytes. What is kept has the bits that computing it again gives.
 */
export async function featureInputs(
  { spec, state, border }: FrozenNetwork,
  source: ImageSource,
  options: { readonly threads: number; readonly cacheBytes: number; readonly device?: Device | undefined },
): Promise<Inputs> {
  const { recipe } = source;
  const shape = frozenShape(spec, border, recipe.inputPx);
  const size = shape.reduce((product, length) => product * length, 1);
  const session = await openSession(buildFrozenPart(spec, state, border, recipe.inputPx), {
    threads: options.threads,
    device: options.device,
  });
  const images = imageInputs(source);
  const imageSize = 3 * recipe.inputPx ** 2;
  const buffer = new Float32Array(batchSize * imageSize);
  const kept = new Map<string, Float32Array>();
  const centre = centreView(recipe);

  /** Under what a view of an image is kept; undefined where it will hardly come again. */
  const keyOf = ({ caseId, index }: PlacedImage, { top, left, isFlipped, distortion }: View) =>
    distortion === undefined && top === centre.top && left === centre.left
      ? `${caseId}/${index}/${isFlipped}`
      : undefined;

  return {
    shape,
    waitedMs: images.waitedMs,
    async fill(target, asked, views) {
      const missing: number[] = [];
      for (const [n, image] of asked.entries()) {
        const view = views[n] ?? centre;
        const standing = kept.get(keyOf(image, view) ?? "");
        if (standing) target.set(standing, n * size);
        else missing.push(n);
      }
      for (let start = 0; start < missing.length; start += batchSize) {
        const some = missing.slice(start, start + batchSize);
        const data = buffer.subarray(0, some.length * imageSize);
        const pick = <T>(items: readonly T[]) => some.map((n) => items[n]).filter((item) => item !== undefined);
        await images.fill(data, pick(asked), pick(views));
        const inputShape = [some.length, 3, recipe.inputPx, recipe.inputPx];
        const { features } = await session.run({ images: { data, shape: inputShape } });
        for (const [i, n] of some.entries()) {
          const one = features?.data.subarray(i * size, (i + 1) * size) ?? new Float32Array(size);
          target.set(one, n * size);
          const [image, view] = [asked[n], views[n] ?? centre];
          const key = image && keyOf(image, view);
          if (key !== undefined && (kept.size + 1) * size * 4 <= options.cacheBytes) kept.set(key, one.slice());
        }
      }
    },
    async close() {
      kept.clear();
      await session.close();
    },
  };
}
