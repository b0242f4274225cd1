import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { buildFrozenPart, buildInferenceBehind, frozenShape } from "../../src/network/frozenPart.ts";
import { buildInference } from "../../src/network/inference.ts";
import { type Border, isBehind } from "../../src/network/stages.ts";
import { buildTrainingStep } from "../../src/network/trainingStep.ts";
import { findBlockSize } from "../../src/runtime/blockSize.ts";
import { openSession } from "../../src/runtime/session.ts";
import { type Golden, goldenImages, goldenState, relativeError, sample } from "./resnetGolden.ts";

/** PyTorch's step of a network whose first stages are frozen; made by frozenPart.golden.py. */
interface FrozenGolden
  extends Pick<
    Golden,
    "network" | "batch" | "sizePx" | "classes" | "margin" | "loss" | "logits" | "gradients" | "running"
  > {
  readonly border: Border;
}

const goldens: FrozenGolden[] = JSON.parse(readFileSync(new URL("./frozenPart.golden.json", import.meta.url), "utf8"));
const block = await findBlockSize();

describe("a network with a frozen part", () => {
  for (const golden of goldens) {
    const { network, border, batch, sizePx, classes, margin } = golden;
    const spec = { name: network, classes };

    it(`trains as PyTorch's: ${network} frozen up to ${border}, ${batch} images of ${sizePx} px`, async () => {
      const state = goldenState(golden);
      const features = await frozenFeatures(golden, goldenImages(golden).data);
      expect(features.length).toBe(batch * frozenShape(spec, border, sizePx).reduce((a, b) => a * b, 1));
      const { model, inputs } = buildTrainingStep(spec, { batch, sizePx, block, behind: border });
      expect(inputs.map(({ name }) => name)).toEqual([
        "features",
        "labels",
        ...[...state.keys()].filter((name) => isBehind(name, border)),
      ]);
      const session = await openSession(model, { threads: 1 });
      const results = await session.run({
        ...Object.fromEntries([...state].filter(([name]) => isBehind(name, border))),
        features: { data: features, shape: [batch, ...frozenShape(spec, border, sizePx)] },
        labels: { data: BigInt64Array.from({ length: batch }, (_, i) => BigInt(i % classes)), shape: [batch] },
      });
      await session.close();
      expect(Math.abs(results.loss!.data[0]! - golden.loss)).toBeLessThan(1e-4 * Math.max(1, golden.loss));
      const kept = (name: string) => sample(results[name]!.data);
      expect(relativeError([[kept("logits"), golden.logits]])).toBeLessThan(1e-4);
      const named = (prefix: string) => session.outputNames.filter((name) => name.startsWith(prefix)).toSorted();
      expect(named("running/")).toEqual(
        Object.keys(golden.running)
          .map((name) => `running/${name}`)
          .toSorted(),
      );
      expect(named("gradient/")).toEqual(
        Object.keys(golden.gradients)
          .map((name) => `gradient/${name}`)
          .toSorted(),
      );
      const statistics = Object.entries(golden.running).map(
        ([name, values]) => [kept(`running/${name}`), values] as const,
      );
      if (statistics.length > 0) expect(relativeError(statistics)).toBeLessThan(1e-4);
      const gradients = Object.entries(golden.gradients).map(
        ([name, dy]) => [kept(`gradient/${name}`), dy.sample] as const,
      );
      expect(relativeError(gradients)).toBeLessThan(margin > 0 ? 1e-4 : 1e-3);
    });
  }

  const [, golden] = goldens;
  it("gives an image's features with the same bits whatever else is in the batch, so that they may be kept", async () => {
    const { data } = goldenImages(golden!);
    const size = data.length / golden!.batch;
    const together = await frozenFeatures(golden!, data);
    const alone = await frozenFeatures(golden!, data.subarray(3 * size, 4 * size));
    const start = 3 * alone.length;
    expect(Buffer.compare(bytesOf(alone), bytesOf(together.subarray(start, start + alone.length)))).toBe(0);
  });

  it("gives the logits of the whole network when its two parts are run one after the other", async () => {
    for (const border of ["layer1", "layer2", "layer3", "layer4"] as const) {
      const one = { ...golden!, border };
      const { network, classes, sizePx, batch } = one;
      const images = goldenImages(one);
      const features = await frozenFeatures(one, images.data);
      const spec = { name: network, classes };
      const rest = await openSession(buildInferenceBehind(spec, goldenState(one), border, { sizePx }));
      const { logits } = await rest.run({
        features: { data: features, shape: [batch, ...frozenShape(spec, border, sizePx)] },
      });
      await rest.close();
      const whole = await openSession(buildInference(spec, goldenState(one), { sizePx }));
      const expected = await whole.run({ images });
      await whole.close();
      expect(relativeError([[[...logits!.data], [...expected.logits!.data]]])).toBeLessThan(1e-5);
    }
  });
});

async function frozenFeatures(golden: FrozenGolden, images: Float32Array): Promise<Float32Array> {
  const { network, classes, border, sizePx } = golden;
  const model = buildFrozenPart({ name: network, classes }, goldenState(golden), border, { sizePx });
  const session = await openSession(model, { threads: 2 });
  const shape = [images.length / (3 * sizePx * sizePx), 3, sizePx, sizePx];
  const { features } = await session.run({ images: { data: images, shape } });
  await session.close();
  return features!.data;
}

function bytesOf(data: Float32Array): Uint8Array {
  return new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
}
