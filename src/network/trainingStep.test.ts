import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { openSession, type SessionTensor } from "../runtime/session.ts";
import { namedParameters } from "./module.ts";
import type { NetworkSpec } from "./networkSpec.ts";
import { createNetwork } from "./resnet.ts";
import { sizeOf } from "./stateDict.ts";
import { buildTrainingStep } from "./trainingStep.ts";

/** PyTorch's step in float64; made by trainingStep.golden.py. */
interface Golden {
  readonly network: NetworkSpec["name"];
  readonly batch: number;
  readonly sizePx: number;
  readonly classes: number;
  /** How far from zero the normalisations keep what enters a ReLU; 0 leaves it as it comes. */
  readonly margin: number;
  readonly loss: number;
  readonly logits: readonly number[];
  readonly float32Error: number;
  readonly gradients: Record<string, { norm: number; sample: number[] }>;
  readonly running: Record<string, number[]>;
}

const goldens: Golden[] = JSON.parse(readFileSync(new URL("./trainingStep.golden.json", import.meta.url), "utf8"));

describe("training step", () => {
  for (const golden of goldens) {
    const { network, batch, sizePx, margin } = golden;
    // Where a value beside zero may fall on either side of a ReLU, rounding alone moves a gradient by per cents.
    const tolerance = margin > 0 ? 1e-4 : Math.max(0.02, 2 * golden.float32Error);
    it(`equals PyTorch's for ${network}, ${batch} images of ${sizePx} px, margin ${margin}`, async () => {
      const results = await runStep(golden);
      expect(Math.abs(results.loss![0]! - golden.loss)).toBeLessThan(1e-4);
      expect(relativeError([[sample(results.logits!), golden.logits]])).toBeLessThan(1e-4);
      const running = Object.entries(golden.running).map(([name, values]) => [
        sample(results[`running/${name}`]!),
        values,
      ]);
      expect(relativeError(running as [number[], number[]][])).toBeLessThan(1e-5);
      const samples = Object.entries(golden.gradients).map(([name, gradient]) => [
        sample(results[`gradient/${name}`]!),
        gradient.sample,
      ]);
      expect(relativeError(samples as [number[], number[]][])).toBeLessThan(tolerance);
      const global = Math.hypot(...Object.values(golden.gradients).map(({ norm }) => norm));
      for (const [name, gradient] of Object.entries(golden.gradients)) {
        const norm = Math.sqrt(results[`gradient/${name}`]!.reduce((total, value) => total + value * value, 0));
        expect(Math.abs(norm - gradient.norm), name).toBeLessThan(5 * tolerance * (gradient.norm + 1e-3 * global));
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

async function runStep({ network, batch, sizePx, classes, margin }: Golden): Promise<Record<string, Float32Array>> {
  const spec = { name: network, classes };
  const { model } = buildTrainingStep(spec, { batch, sizePx });
  const images = hashed(batch * 3 * sizePx * sizePx, 0).map((value) => 4 * value);
  const feeds: Record<string, SessionTensor> = {
    images: { data: Float32Array.from(images), shape: [batch, 3, sizePx, sizePx] },
    labels: { data: BigInt64Array.from({ length: batch }, (_, i) => BigInt(i % classes)), shape: [batch] },
  };
  const lastNorm = network === "resnet18" ? "bn2.bias" : "bn3.bias";
  let seed = 0;
  for (const [name, { shape }] of namedParameters(createNetwork(spec))) {
    seed++;
    feeds[name] = { data: formula(name, shape, seed, margin, lastNorm), shape };
  }
  const session = await openSession(model, { threads: 1 });
  const outputs = await session.run(feeds);
  await session.close();
  return Object.fromEntries(Object.entries(outputs).map(([name, { data }]) => [name, data]));
}

/** The golden script's weights. */
function formula(name: string, shape: readonly number[], seed: number, margin: number, lastNorm: string): Float32Array {
  const [outputs = 1, inputs = 1, height = 1, width = 1] = shape;
  const numbers = hashed(sizeOf(shape), seed);
  if (margin > 0 && name.endsWith("bias") && name.includes("bn")) {
    return Float32Array.from(numbers, (u) => (u < 0 && !name.endsWith(lastNorm) ? -margin : margin));
  }
  if (shape.length === 4) return Float32Array.from(numbers, (u) => u * Math.sqrt(24 / (outputs * height * width)));
  if (shape.length === 2) return Float32Array.from(numbers, (u) => u * Math.sqrt(12 / inputs));
  const isAroundOne = name.endsWith("running_var") || name.endsWith(".weight");
  return Float32Array.from(numbers, (u) => (isAroundOne ? 1 : 0) + 0.4 * u);
}

/** The golden script's numbers in [−0.5, 0.5), from integers only. */
function hashed(count: number, seed: number): Float64Array {
  return Float64Array.from({ length: count }, (_, i) => {
    let h = (Math.imul(i + 1, 2654435761) + Math.imul(seed, 40503)) >>> 0;
    h = (h ^ (h >>> 15)) >>> 0;
    h = Math.imul(h, 2246822519) >>> 0;
    h = (h ^ (h >>> 13)) >>> 0;
    return h / 2 ** 32 - 0.5;
  });
}

function sample(values: Float32Array): number[] {
  return Array.from({ length: Math.min(16, values.length) }, (_, i) => values[(i * 7919) % values.length]!);
}

/** The L2 norm of all differences, as a share of the expected numbers' norm. */
function relativeError(pairs: readonly (readonly [number[], readonly number[]])[]): number {
  let [difference, total] = [0, 0];
  for (const [got, expected] of pairs) {
    for (const [i, value] of expected.entries()) {
      difference += (got[i]! - value) ** 2;
      total += value ** 2;
    }
  }
  return Math.sqrt(difference / total);
}
