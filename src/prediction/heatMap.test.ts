import { describe, expect, it } from "vitest";
import { createRandom } from "../base/random.ts";
import { fillBatch } from "../dataset/batches.ts";
import { encodeModel } from "../graph/encodeModel.ts";
import { mul } from "../graph/ops/arithmetic.ts";
import { input } from "../graph/tensor.ts";
import { initialStateDict } from "../network/initialState.ts";
import { namedParameters, Pass, parametersAsConstants } from "../network/module.ts";
import { createNetwork } from "../network/resnet.ts";
import { openSession } from "../runtime/session.ts";
import { defaultRecipe } from "../slices/sliceRecipe.ts";
import type { HeatMethod } from "./heat/heatMethod.ts";
import { buildHeatModel } from "./heat/heatModel.ts";
import { coarseHeatMaps, heatMaps, type MappedNetwork } from "./heatMap.ts";

const network = { name: "resnet18", classes: 3 } as const;
const recipe = { ...defaultRecipe, storedPx: 110, inputPx: 96 };
const mapped: MappedNetwork = { network, recipe, state: initialStateDict(network, createRandom(5)) };
const random = createRandom(6);
const pixels = Array.from({ length: 3 }, () => Uint8Array.from({ length: 110 * 110 }, () => random.integer(256)));

/** The maps of layer4 of each image, [images, 512, 3, 3], without a gradient. */
async function lastMaps(): Promise<Float32Array> {
  const resnet = createNetwork(network);
  const images = input("images", [3, 3, 96, 96]);
  const pass = new Pass("inference", parametersAsConstants(namedParameters(resnet), mapped.state));
  const features = resnet.features(images, pass);
  const session = await openSession(encodeModel({ inputs: [images], outputs: { features } }), { threads: 1 });
  const data = new Float32Array(3 * 3 * 96 * 96);
  fillBatch(data, pixels, recipe, "none");
  const found = await session.run({ images: { data, shape: [3, 3, 96, 96] } });
  await session.close();
  return found.features!.data;
}

/**
 * Behind layer4 come a mean over 9 places and a linear layer, so each place of map k has the gradient w[k] / 9, which
 * gives every method in closed form.
 */
const closedForms: readonly [
  HeatMethod,
  tolerance: number,
  (maps: readonly number[], weight: number) => (value: number) => number,
][] = [
  [{ kind: "gradCam", layer: 4 }, 1e-5, (_, w) => (value) => (w / 9) * value],
  [{ kind: "layerCam", layer: 4 }, 1e-5, (_, w) => (value) => (Math.max(0, w) / 9) * value],
  [
    { kind: "gradCamPlusPlus", layer: 4 },
    1e-4,
    (maps, w) => {
      const g = w / 9;
      const total = maps.reduce((a, b) => a + b, 0);
      const alpha = g ** 2 / (2 * g ** 2 + total * g ** 3);
      return (value) => 9 * alpha * Math.max(0, g) * value;
    },
  ],
];

describe("coarseHeatMaps", () => {
  it.each(closedForms)("follow their definition at the last maps, %j to %f", async (method, tolerance, formOf) => {
    const features = await lastMaps();
    const weights = mapped.state.get("fc.weight")!.data;
    for (const classIndex of [0, 2]) {
      const classes = [classIndex, classIndex, classIndex];
      const found = await coarseHeatMaps(mapped, pixels, classes, { method, threads: 1 });
      for (const [i, { data, shape }] of found.entries()) {
        const expected = new Array<number>(9).fill(0);
        for (let k = 0; k < 512; k++) {
          const own = [...features.subarray((i * 512 + k) * 9, (i * 512 + k + 1) * 9)];
          const form = formOf(own, weights[classIndex * 512 + k]!);
          for (const [p, value] of own.entries()) expected[p]! += form(value);
        }
        const largest = Math.max(...expected);
        expect(largest).toBeGreaterThan(0);
        expect(shape).toEqual([3, 3]);
        for (const [p, value] of data.entries()) {
          expect(Math.abs(value - Math.max(0, expected[p]!))).toBeLessThan(tolerance * largest);
        }
      }
    }
  });

  it("hold the whole slope of the logit: LayerCAM for less against it at layer3, by finite differences", async () => {
    // Scaling all of layer3's maps alike moves the logit by the sum of gradient · map.
    const resnet = createNetwork(network);
    const images = input("images", [1, 3, 96, 96]);
    const factor = input("factor", [1]);
    const pass = new Pass("inference", parametersAsConstants(namedParameters(resnet), mapped.state));
    const third = mul(resnet.stages(images, pass)[2], factor);
    const fourth = resnet.layer4.reduce((x, block) => block.forward(x, pass), third);
    const scaled = encodeModel({ inputs: [images, factor], outputs: { logits: resnet.classify(fourth, pass) } });
    const heated = buildHeatModel(mapped, { kind: "layerCam", layer: 3 }, { batch: 1, sizePx: 96 });
    const data = new Float32Array(3 * 96 * 96);
    fillBatch(data, pixels.slice(0, 1), recipe, "none");
    const feed = { data, shape: [1, 3, 96, 96] };
    const [scaledSession, heatedSession] = [await openSession(scaled), await openSession(heated)];
    const logitAt = async (value: number) => {
      const feeds = { images: feed, factor: { data: Float32Array.of(value), shape: [1] } };
      return (await scaledSession.run(feeds)).logits!.data[1]!;
    };
    const heatFor = async (sign: number) => {
      const feeds = { images: feed, wanted: { data: Float32Array.of(0, sign, 0), shape: [1, 3] } };
      const { heat } = await heatedSession.run(feeds);
      expect(heat!.shape).toEqual([1, 6, 6]);
      return heat!.data.reduce((a, b) => a + b, 0);
    };
    const slope = ((await logitAt(1.01)) - (await logitAt(0.99))) / 0.02;
    const heat = (await heatFor(1)) - (await heatFor(-1));
    expect(Math.abs(heat - slope)).toBeLessThan(0.01 * Math.abs(slope));
    await scaledSession.close();
    await heatedSession.close();
  });
});

const atLast = { method: { kind: "gradCam", layer: 4 }, threads: 1 } as const;

describe("heatMaps", () => {
  it("lie where the network looked: nothing outside the centre crop, the coarse map's values inside", async () => {
    const classes = [0, 1, 2];
    const [coarse] = await coarseHeatMaps(mapped, pixels, classes, atLast);
    const [whole] = await heatMaps(mapped, pixels, classes, atLast);
    expect(whole).toHaveLength(110 * 110);
    const at = (y: number, x: number) => whole![y * 110 + x]!;
    for (const edge of [0, 6, 103, 109]) expect(at(edge, 50)).toBe(0);
    // The first place of 3 × 3 stands for 32 × 32 pixels; level before its centre, the mean halfway to the next.
    expect(at(7, 7)).toBe(coarse!.data[0]);
    expect((at(7, 7 + 31) + at(7, 7 + 32)) / 2).toBeCloseTo((coarse!.data[0]! + coarse!.data[1]!) / 2, 6);
    expect(Math.max(...whole!)).toBeLessThanOrEqual(Math.max(...coarse!.data) + 1e-9);
  });

  it("follow the class of each image", async () => {
    const together = await coarseHeatMaps(mapped, pixels, [2, 1, 0], atLast);
    const [second] = await coarseHeatMaps(mapped, [pixels[1]!], [1], atLast);
    for (const [p, value] of second!.data.entries()) expect(together[1]!.data[p]).toBeCloseTo(value, 6);
  });
});
