import { centreView, type View } from "../dataset/augment.ts";
import { buildFrozenPart, frozenShape } from "../network/frozenPart.ts";
import type { NetworkSpec } from "../network/networkSpec.ts";
import type { Border } from "../network/stages.ts";
import type { StateDict } from "../network/stateDict.ts";
import type { Device } from "../runtime/device.ts";
import { openSession } from "../runtime/session.ts";
import type { SliceRecipe } from "../slices/sliceRecipe.ts";
import type { ImageLoader, ViewedBatch } from "./imageLoader.ts";

/** What a step learns from: images, or what leaves the frozen part of the network. Holds memory: close it. */
export interface Inputs {
  /** Of one image's. */
  readonly shape: readonly number[];
  /** Milliseconds that were spent on waiting for images so far. */
  readonly waitedMs: () => number;
  /**
   * What a step takes for each batch in its turn; valid until the next is taken. While a step runs, the images of the next two batches
   * are read and augmented.
   */
  stream<Batch extends ViewedBatch>(batches: Iterable<Batch>): AsyncGenerator<Entering<Batch>>;
  close(): Promise<void>;
}

/** A batch and what of it enters the step: [images, ...shape]. */
export interface Entering<Batch> {
  readonly batch: Batch;
  readonly data: Float32Array;
}

/** Where images come from, and the clock that waiting for them is measured by. */
export interface ImageSource {
  readonly loader: ImageLoader;
  readonly recipe: SliceRecipe;
  readonly nowMs: () => number;
}

/** Batches that are made ready while another is learned from. One would do, were reading always as fast. */
const batchesAhead = 2;

/** Images as the whole network takes them. */
export function imageInputs({ loader, recipe, nowMs }: ImageSource): Inputs {
  const waiting = waitingClock(nowMs);
  return {
    shape: [3, recipe.inputPx, recipe.inputPx],
    waitedMs: waiting.ms,
    async *stream(batches) {
      const begin = <Batch extends ViewedBatch>(batch: Batch) => ({ batch, loading: loader.load(batch) });
      for (const { batch, loading } of begunAhead(batches, begin)) {
        const data = await waiting.for(loading);
        yield { batch, data };
        loader.release(data);
      }
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

/** Where in a batch an image's features go, and under what they are kept. */
interface Place {
  readonly n: number;
  readonly key: string | undefined;
}

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
  const { threads, device = "cpu" } = options;
  const model = buildFrozenPart(spec, state, border, { sizePx: recipe.inputPx, isPortable: device !== "cpu" });
  const session = await openSession(model, { threads, device });
  const { loader } = source;
  const waiting = waitingClock(source.nowMs);
  /** null: begun with. */
  const kept = new Map<string, Float32Array | null>();
  const centre = centreView(recipe);

  /** Under what a view of an image is kept; undefined where it will hardly come again. */
  const keyOf = ({ caseId, index }: ViewedBatch["images"][number], { top, left, isFlipped, distortion }: View) =>
    distortion === undefined && top === centre.top && left === centre.left
      ? `${caseId}/${index}/${isFlipped}`
      : undefined;

  /** Begins to load the images of a batch whose features are not kept, nor will be by the time that it comes to its turn. */
  function begin<Batch extends ViewedBatch>(batch: Batch) {
    const places = batch.images.map((image, n) => {
      const key = keyOf(image, batch.views[n] ?? centre);
      if (key !== undefined && kept.has(key)) return { n, key, isKept: true };
      const isKept = key !== undefined && (kept.size + 1) * size * 4 <= options.cacheBytes;
      if (isKept) kept.set(key, null);
      return { n, key: isKept ? key : undefined, isKept: false };
    });
    const missing = places.filter(({ isKept }) => !isKept);
    const parts = [];
    for (let start = 0; start < missing.length; start += batchSize) {
      const some = missing.slice(start, start + batchSize);
      const pick = <T>(items: readonly T[]) => some.flatMap(({ n }) => items[n] ?? []);
      parts.push({ some, loading: loader.load({ images: pick(batch.images), views: pick(batch.views) }) });
    }
    return { batch, standing: places.filter(({ isKept }) => isKept), parts };
  }

  /** Puts the features of loaded images at their places in the batch, and keeps those that have a key. */
  async function compute(into: Float32Array, places: readonly Place[], images: Float32Array<ArrayBuffer>) {
    const shape = [places.length, 3, recipe.inputPx, recipe.inputPx];
    const { features } = await session.run({ images: { data: images, shape } });
    loader.release(images);
    if (features === undefined) throw new Error("The frozen part gave no features");
    for (const [i, { n, key }] of places.entries()) {
      const one = features.data.subarray(i * size, (i + 1) * size);
      into.set(one, n * size);
      if (key !== undefined) kept.set(key, one.slice());
    }
  }

  return {
    shape,
    waitedMs: waiting.ms,
    async *stream(batches) {
      let buffer = new Float32Array(0);
      try {
        for (const { batch, standing, parts } of begunAhead(batches, begin)) {
          const length = batch.images.length * size;
          if (buffer.length < length) buffer = new Float32Array(length);
          const data = buffer.subarray(0, length);
          for (const { some, loading } of parts) await compute(data, some, await waiting.for(loading));
          for (const { n, key } of standing) {
            const features = kept.get(key ?? "");
            if (!features) throw new Error("Features of an image were to be kept and are not there");
            data.set(features, n * size);
          }
          yield { batch, data };
        }
      } finally {
        // What was begun and not come to, where the stream was left before its end.
        for (const [key, features] of kept) if (features === null) kept.delete(key);
      }
    },
    async close() {
      kept.clear();
      await session.close();
    },
  };
}

/** What beginning with each item gives, in their order; when one is given, the next ones are begun. */
function* begunAhead<Item, Begun>(items: Iterable<Item>, begin: (item: Item) => Begun): Generator<Begun> {
  const begun: Begun[] = [];
  for (const item of items) {
    begun.push(begin(item));
    const first = begun.length > batchesAhead ? begun.shift() : undefined;
    if (first !== undefined) yield first;
  }
  yield* begun;
}

/** Sums up how long was waited. */
function waitingClock(nowMs: () => number) {
  let sum = 0;
  return {
    ms: () => sum,
    async for<T>(something: Promise<T>): Promise<T> {
      const start = nowMs();
      try {
        return await something;
      } finally {
        sum += nowMs() - start;
      }
    },
  };
}
