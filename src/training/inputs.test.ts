import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createRandom } from "../base/random.ts";
import { centreView, paperAugmentation, randomView, type View } from "../dataset/augment.ts";
import { fillBatch } from "../dataset/batches.ts";
import { datasetPaths } from "../dataset/dataset.ts";
import { initialStateDict } from "../network/initialState.ts";
import { defaultRecipe } from "../slices/sliceRecipe.ts";
import { type ImageLoader, openImageLoader, type ViewedBatch } from "./imageLoader.ts";
import { featureInputs, type Inputs, imageInputs } from "./inputs.ts";

const recipe = { ...defaultRecipe, storedPx: 36, inputPx: 32 };
const images = 6;
const size = 3 * recipe.inputPx ** 2;

let folder: string;
let pixels: Uint8Array;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "inputs-"));
  const random = createRandom(1);
  pixels = Uint8Array.from({ length: images * recipe.storedPx ** 2 }, () => random.integer(256));
  const path = datasetPaths(folder).pixels("case-a");
  await mkdir(dirname(path), { recursive: true });
  await writeFile(path, pixels);
});
afterAll(() => rm(folder, { recursive: true }));

/** Batches of these images of the case, seen as random decides. */
function batchesOf(order: readonly (readonly number[])[], settings = paperAugmentation): ViewedBatch[] {
  const random = createRandom(2);
  return order.map((indices) => ({
    images: indices.map((index) => ({ caseId: "case-a", index })),
    views: indices.map(() => randomView(recipe, random, settings)),
  }));
}

/** What a batch's images are as the network takes them, made here. */
function filled({ images: places, views }: ViewedBatch): Float32Array {
  const target = new Float32Array(places.length * size);
  const stored = recipe.storedPx ** 2;
  const ofPlaces = places.map(({ index }) => pixels.subarray(index * stored, (index + 1) * stored));
  fillBatch(target, ofPlaces, recipe, views);
  return target;
}

async function collect(inputs: Inputs, batches: Iterable<ViewedBatch>): Promise<number[][]> {
  const all: number[][] = [];
  for await (const { data } of inputs.stream(batches)) all.push([...data]);
  return all;
}

/** A loader that tells which batches were begun and which were given back. */
function watched(loader: ImageLoader) {
  const told = { begun: 0, released: 0, images: 0 };
  const around: ImageLoader = {
    load(batch) {
      told.begun += 1;
      told.images += batch.images.length;
      return loader.load(batch);
    },
    release(loaded) {
      told.released += 1;
      loader.release(loaded);
    },
    close: () => loader.close(),
  };
  return { around, told };
}

const nowMs = () => performance.now();

describe("imageInputs", () => {
  it("gives each batch in its turn, of any size, as it is filled in this thread", async () => {
    const loader = openImageLoader(folder, recipe);
    const batches = batchesOf([[5, 0], [1], [2, 3, 3], [0, 4], [1, 2]]);
    const inputs = imageInputs({ loader, recipe, nowMs });
    expect(await collect(inputs, batches)).toEqual(batches.map((batch) => [...filled(batch)]));
    expect(inputs.waitedMs()).toBeGreaterThan(0);
    await loader.close();
  });

  it("begins with two batches ahead, no more, however many there are", async () => {
    const loader = openImageLoader(folder, recipe);
    const { around, told } = watched(loader);
    function* endless() {
      for (;;) yield* batchesOf([[0, 1]]);
    }
    let taken = 0;
    for await (const _ of imageInputs({ loader: around, recipe, nowMs }).stream(endless())) {
      expect(told).toMatchObject({ begun: taken + 3, released: taken });
      taken += 1;
      if (taken === 5) break;
    }
    await loader.close();
  });

  it("refuses an image that is not there with its code, also when other batches wait", async () => {
    const loader = openImageLoader(folder, recipe);
    const inputs = imageInputs({ loader, recipe, nowMs });
    const wrong = batchesOf([[0], [images], [1]]);
    await expect(collect(inputs, wrong)).rejects.toMatchObject({ code: "PREPARED_DAMAGED" });
    expect(await collect(inputs, batchesOf([[2]]))).toHaveLength(1);
    await loader.close();
    await expect(loader.load({ images: [], views: [] })).rejects.toThrow("ended early");
  });
});

describe("featureInputs", () => {
  const spec = { name: "resnet18", classes: 2 } as const;
  const frozen = { spec, state: initialStateDict(spec, createRandom(3)), border: "layer1" } as const;
  const flips = { ...paperAugmentation, crop: "centre" } as const;

  it("computes each view once and gives the same bits again, whether it is kept or not", async () => {
    const loader = openImageLoader(folder, recipe);
    const { around, told } = watched(loader);
    const source = { loader: around, recipe, nowMs };
    const keeping = await featureInputs(frozen, source, { threads: 1, cacheBytes: 1e9 });
    const batches = batchesOf(
      [
        [0, 1, 0],
        [1, 2],
        [0, 1, 2],
        [5, 4, 3],
        [2, 2, 2, 2],
      ],
      flips,
    );
    const views = new Set(batches.flatMap((batch) => batch.images.map((image, n) => viewName(image, batch.views[n]))));
    const first = await collect(keeping, batches);
    expect(told.images).toBe(views.size);
    expect(await collect(keeping, batches)).toEqual(first);
    expect(told.images).toBe(views.size);
    await keeping.close();

    const forgetting = await featureInputs(frozen, source, { threads: 1, cacheBytes: 0 });
    expect(await collect(forgetting, batches)).toEqual(first);
    expect(told.images).toBe(views.size + batches.flatMap((batch) => batch.images).length);
    await forgetting.close();
    await loader.close();
  });

  it("keeps no features that were begun with and not come to", async () => {
    const loader = openImageLoader(folder, recipe);
    const inputs = await featureInputs(frozen, { loader, recipe, nowMs }, { threads: 1, cacheBytes: 1e9 });
    const batches = [[0], [1], [2]].map((indices) => ({
      images: indices.map((index) => ({ caseId: "case-a", index })),
      views: indices.map(() => centreView(recipe)),
    }));
    for await (const _ of inputs.stream(batches)) break;
    const [first, second, third] = await collect(inputs, batches);
    for (const features of [first, second, third]) expect(features?.some((value) => value !== 0)).toBe(true);
    expect(second).not.toEqual(first);
    expect(third).not.toEqual(second);
    await inputs.close();
    await loader.close();
  });
});

function viewName({ index }: { index: number }, view: View | undefined): string {
  return `${index} ${view?.isFlipped}`;
}
