import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { depthOf } from "../network/stages.ts";
import { openSession, type SessionTensor } from "../runtime/session.ts";
import type { OptimiserSettings } from "./optimiser.ts";
import { arrayPrefixes, buildOptimiser, groupNumbers, nextPrefix } from "./optimiserGraph.ts";
import { parameterGroups } from "./parameterGroups.ts";

type Arrays = Record<string, number[]>;

/** PyTorch's, by optimiser.golden.py. */
const golden: {
  readonly shapes: Record<string, number[]>;
  readonly cases: readonly {
    readonly settings: OptimiserSettings;
    readonly clip: number | null;
    readonly accumulate: number;
    readonly thawed: number;
    readonly weights: Arrays;
    readonly gradients: readonly (readonly Arrays[])[];
    readonly norms: readonly number[];
    readonly after: readonly Arrays[];
  }[];
} = JSON.parse(readFileSync(new URL("./optimiser.golden.json", import.meta.url), "utf8"));

const tensorOf = (name: string, data: readonly number[]): SessionTensor => ({
  data: Float32Array.from(data),
  shape: golden.shapes[name]!,
});

describe("buildOptimiser", () => {
  for (const { settings, clip, accumulate, thawed, weights, gradients, norms, after } of golden.cases) {
    const how = JSON.stringify({ ...settings, clip, accumulate, thawed });
    it(`moves the weights as PyTorch's optimisers do with ${how}`, async () => {
      const arrays = new Map<string, SessionTensor>();
      for (const [name, numbers] of Object.entries(weights)) {
        arrays.set(arrayPrefixes.weight + name, tensorOf(name, numbers));
        for (const kind of ["first", "second"] as const) {
          arrays.set(
            arrayPrefixes[kind] + name,
            tensorOf(
              name,
              numbers.map(() => 0),
            ),
          );
        }
      }
      for (const [step, parts] of gradients.entries()) {
        const isAll = step >= thawed;
        const learned = Object.keys(weights).filter((name) => isAll || depthOf(name) > 0);
        const groups = parameterGroups(
          learned.map((name) => [name, { shape: golden.shapes[name]! }]),
          settings,
          (name) => (depthOf(name) > 0 ? 0 : thawed),
        );
        const { model } = buildOptimiser(groups, (name) => golden.shapes[name]!, { ...settings, clipNorm: clip });
        const session = await openSession(model, { threads: 1 });
        const numbers = { ...groupNumbers(groups, settings, { steps: step + 1, rateShare: 1 }), gathered: accumulate };
        for (const [name, value] of Object.entries(numbers)) {
          arrays.set(name, { data: Float32Array.of(value), shape: [1] });
        }
        for (const name of learned) {
          const total = weights[name]!.map((_, i) => parts.reduce((sum, part) => sum + part[name]![i]!, 0));
          arrays.set(arrayPrefixes.gradient + name, tensorOf(name, total));
        }
        const feeds = Object.fromEntries(session.inputNames.map((name) => [name, arrays.get(name)!]));
        const { norm, ...moved } = await session.run(feeds);
        await session.close();
        expect(Math.abs(norm!.data[0]! / norms[step]! - 1)).toBeLessThan(1e-6);
        for (const [name, array] of Object.entries(moved)) arrays.set(name.slice(nextPrefix.length), array);
        for (const name of Object.keys(weights)) {
          const expected = after[step]![name]!;
          for (const [i, weight] of (arrays.get(arrayPrefixes.weight + name)!.data as Float32Array).entries()) {
            expect(Math.abs(weight - expected[i]!), `step ${step}, ${name}[${i}]`).toBeLessThanOrEqual(
              5e-7 * Math.max(1, Math.abs(expected[i]!)),
            );
          }
        }
      }
    });
  }
});
