import { describe, expect, it } from "vitest";
import { createRandom } from "../base/random.ts";
import { fillBatch } from "../dataset/batches.ts";
import { encodeModel } from "../graph/encodeModel.ts";
import { gradient } from "../graph/gradient.ts";
import { sum } from "../graph/ops/reduce.ts";
import { slice } from "../graph/ops/shape.ts";
import { input } from "../graph/tensor.ts";
import { initialStateDict } from "../network/initialState.ts";
import { namedParameters, Pass, parametersAsConstants } from "../network/module.ts";
import { createNetwork } from "../network/resnet.ts";
import { openSession } from "../runtime/session.ts";
import { defaultRecipe } from "../slices/sliceRecipe.ts";
import { activationMaps, heatMaps, type MappedNetwork } from "./heatMap.ts";

const network = { name: "resnet18", classes: 3 } as const;
const recipe = { ...defaultRecipe, storedPx: 110, inputPx: 96 };
const mapped: MappedNetwork = { network, recipe, state: initialStateDict(network, createRandom(5)) };
const random = createRandom(6);
const pixels = Array.from({ length: 3 }, () => Uint8Array.from({ length: 110 * 110 }, () => random.integer(256)));

/** Grad-CAM by its definition: the gradient of the class's logit by the last maps, from the graph's own derivatives. */
async function gradCam(classIndex: number): Promise<number[][]> {
  const resnet = createNetwork(network);
  const images = input("images", [3, 3, 96, 96]);
  const pass = new Pass("inference", parametersAsConstants(namedParameters(resnet), mapped.state));
  const features = resnet.features(images, pass);
  const logits = resnet.classify(features, pass);
  const own = sum(slice(logits, [{ axis: 1, start: classIndex, stop: classIndex + 1 }]));
  const [slope] = gradient(own, [features]);
  const session = await openSession(
    encodeModel({ inputs: [images], outputs: { features, slope: slope! }, anyBatch: [], metadata: {} }),
    { threads: 1 },
  );
  const data = new Float32Array(3 * 3 * 96 * 96);
  fillBatch(data, pixels, recipe, "none");
  const found = await session.run({ images: { data, shape: [3, 3, 96, 96] } });
  await session.close();
  const [, channels, rows, columns] = found.features!.shape as [number, number, number, number];
  const places = rows * columns;
  return pixels.map((_, i) => {
    const map = new Array<number>(places).fill(0);
    for (let k = 0; k < channels; k++) {
      const start = (i * channels + k) * places;
      const alpha = found.slope!.data.subarray(start, start + places).reduce((a, b) => a + b, 0) / places;
      for (let p = 0; p < places; p++) map[p]! += alpha * found.features!.data[start + p]!;
    }
    return map.map((value) => Math.max(0, value));
  });
}

describe("heatMaps", () => {
  it("equal Grad-CAM by the graph's own gradients, to 1e-5", async () => {
    for (const classIndex of [0, 2]) {
      const maps = await activationMaps(mapped, pixels, [classIndex, classIndex, classIndex], { threads: 1 });
      const expected = await gradCam(classIndex);
      const largest = Math.max(...expected.flat());
      expect(largest).toBeGreaterThan(0);
      for (const [i, { data, shape }] of maps.entries()) {
        expect(shape).toEqual([3, 3]);
        for (const [p, value] of data.entries()) {
          expect(Math.abs(value - expected[i]![p]!)).toBeLessThan(1e-5 * largest);
        }
      }
    }
  });

  it("lie where the network looked: nothing outside the centre crop, the coarse map's values inside", async () => {
    const classes = [0, 1, 2];
    const [coarse] = await activationMaps(mapped, pixels, classes, { threads: 1 });
    const [whole] = await heatMaps(mapped, pixels, classes, { threads: 1 });
    expect(whole).toHaveLength(110 * 110);
    const at = (y: number, x: number) => whole![y * 110 + x]!;
    for (const edge of [0, 6, 103, 109]) expect(at(edge, 50)).toBe(0);
    // The first place of 3 × 3 stands for 32 × 32 pixels; level before its centre, the mean halfway to the next.
    expect(at(7, 7)).toBe(coarse!.data[0]);
    expect((at(7, 7 + 31) + at(7, 7 + 32)) / 2).toBeCloseTo((coarse!.data[0]! + coarse!.data[1]!) / 2, 6);
    expect(Math.max(...whole!)).toBeLessThanOrEqual(Math.max(...coarse!.data) + 1e-9);
  });

  it("follow the class of each image", async () => {
    const together = await activationMaps(mapped, pixels, [2, 1, 0], { threads: 1 });
    const [second] = await activationMaps(mapped, [pixels[1]!], [1], { threads: 1 });
    for (const [p, value] of second!.data.entries()) expect(together[1]!.data[p]).toBeCloseTo(value, 6);
  });
});
