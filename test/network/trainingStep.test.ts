import { describe, expect, it } from "vitest";
import { buildTrainingStep } from "../../src/network/trainingStep.ts";
import { findBlockSize } from "../../src/runtime/blockSize.ts";
import { openSession } from "../../src/runtime/session.ts";
import { type Golden, goldenImages, goldenState, readGoldens, relativeError, sample } from "./resnetGolden.ts";

const machineBlock = await findBlockSize();
const layouts = machineBlock > 1 ? [1, machineBlock] : [1];
// Batches that fill the blocks are there for the blocks' sake.
const cases = readGoldens().flatMap((golden) =>
  layouts.filter((block) => block > 1 || golden.batch < 16).map((block) => [golden, block] as const),
);

describe("training step", () => {
  for (const [golden, block] of cases) {
    const { network, batch, sizePx, margin } = golden;
    // No larger than what PyTorch's own float32 misses float64 by, but for the order of sums; or two units in a number's last place.
    const tolerance = Math.max(1.5 * golden.float32SampleError, 2 * 2 ** -23);
    const normTolerance = Math.max(1e-4, 5 * golden.float32Error);
    it(`equals PyTorch's for ${network}, ${batch} images of ${sizePx} px, margin ${margin}, maps in blocks of ${block}`, async () => {
      const results = await runStep(golden, block);
      const kept = (name: string) => sample(results[name]!);
      const { gradients, running } = golden;
      expect(Math.abs(results.loss![0]! - golden.loss)).toBeLessThan(1e-4);
      expect(relativeError([[kept("logits"), golden.logits]])).toBeLessThan(1e-4);
      const statistics = Object.entries(running).map(([name, values]) => [kept(`running/${name}`), values] as const);
      expect(relativeError(statistics)).toBeLessThan(1e-4);
      const samples = Object.entries(gradients).map(([name, dy]) => [kept(`gradient/${name}`), dy.sample] as const);
      expect(relativeError(samples)).toBeLessThan(tolerance);
      const global = Math.hypot(...Object.values(gradients).map(({ norm }) => norm));
      for (const [name, dy] of Object.entries(gradients)) {
        const norm = Math.sqrt(results[`gradient/${name}`]!.reduce((total, value) => total + value * value, 0));
        expect(Math.abs(norm - dy.norm), name).toBeLessThan(normTolerance * (dy.norm + 1e-3 * global));
      }
    });
  }

  it("gives gradients only to the parameters that are trained", () => {
    const { outputs } = buildTrainingStep(
      { name: "resnet18", classes: 3 },
      { batch: 2, sizePx: 32, isTrained: (name) => name.startsWith("fc.") },
    );
    const names = outputs.map(({ name }) => name).filter((name) => name.startsWith("gradient/"));
    expect(names).toEqual(["gradient/fc.weight", "gradient/fc.bias"]);
  });
});

async function runStep(golden: Golden, block: number): Promise<Record<string, Float32Array>> {
  const { network, batch, sizePx, classes } = golden;
  const { model } = buildTrainingStep({ name: network, classes }, { batch, sizePx, block });
  const session = await openSession(model, { threads: 1 });
  const outputs = await session.run({
    ...Object.fromEntries(goldenState(golden)),
    images: goldenImages(golden),
    labels: { data: BigInt64Array.from({ length: batch }, (_, i) => BigInt(i % classes)), shape: [batch] },
  });
  await session.close();
  return Object.fromEntries(Object.entries(outputs).map(([name, { data }]) => [name, data]));
}
