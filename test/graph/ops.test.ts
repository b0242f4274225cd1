import { describe, expect, it } from "vitest";
import { createRandom } from "../../src/base/random.ts";
import * as graph from "../../src/graph/index.ts";
import { constant, encodeModel, gradient, input, mul, sum, type Tensor } from "../../src/graph/index.ts";
import { elementCount } from "../../src/graph/tensor.ts";
import { openSession, type SessionTensor } from "../../src/runtime/session.ts";
import { type OpCase, opTable } from "./opTable.ts";

/** What the package's door exports besides ops. */
const notOps = ["constant", "encodeModel", "gradient", "input", "integers"];

/** Numbers checked by finite differences in each argument; each costs two runs. */
const checkedPlaces = 12;

describe("op table", () => {
  it("has a row for every op that the package exports", () => {
    const ops = Object.keys(graph).filter((name) => !notOps.includes(name));
    expect(Object.keys(opTable).sort()).toEqual(ops.sort());
  });
});

for (const [name, cases] of Object.entries(opTable)) {
  describe(name, () => {
    for (const row of cases) {
      const title = row.title ? ` (${row.title})` : "";
      it(`has the shape and the values of the reference${title}`, async () => {
        const { arrays, tensors } = draw(name, row);
        const y = row.op(...tensors);
        expect(y.shape).toEqual(row.shape);
        const { result } = await runOnce({ result: y }, tensors, arrays);
        expect(result!.shape).toEqual(row.shape);
        expectClose(result!.data, row.reference(...arrays.map((array) => Float64Array.from(array))), 1e-5);
      });
      if (row.isConstant) continue;
      it(`has the gradient of finite differences${title}`, () => checkGradient(name, row));
    }
  });
}

async function checkGradient(name: string, row: OpCase): Promise<void> {
  const { arrays, tensors, random } = draw(name, row);
  const y = row.op(...tensors);
  const weights = Float32Array.from({ length: elementCount(y.shape) }, () => random.between(-1, 1));
  const loss = sum(mul(y, constant(weights, y.shape)));
  const gradients = gradient(loss, tensors);
  const outputs = Object.fromEntries(gradients.map((tensor, i) => [`d${i}`, tensor]));
  const derived = await runOnce(outputs, tensors, arrays);
  const session = await openSession(encodeModel({ inputs: tensors, outputs: { y } }), { threads: 1 });
  const lossAt = async () => {
    const { y: values } = await session.run(feedsOf(tensors, arrays));
    return values!.data.reduce((total, value, i) => total + value * weights[i]!, 0);
  };
  const step = 1 / 128;
  for (const [i, array] of arrays.entries()) {
    const places = random.shuffled([...array.keys()]).slice(0, checkedPlaces);
    for (const place of places) {
      const value = array[place]!;
      array[place] = value + step;
      const above = await lossAt();
      array[place] = value - step;
      const below = await lossAt();
      array[place] = value;
      const slope = (above - below) / (2 * step);
      const got = derived[`d${i}`]!.data[place]!;
      expect(Math.abs(got - slope), `argument ${i} at ${place}: ${got}, not ${slope}`).toBeLessThan(
        4e-3 + 4e-3 * Math.abs(slope),
      );
    }
  }
  await session.close();
}

/** Arguments whose values all differ by more than the step of the finite differences, so that no kink lies between. */
function draw(name: string, row: OpCase) {
  const random = createRandom(`${name} ${row.title ?? ""}`);
  const [low, high] = row.between ?? [-1, 1];
  const arrays = row.arguments.map((shape) => {
    const count = elementCount(shape);
    const steps = random.shuffled(Array.from({ length: count }, (_, i) => (i + 0.5) / count));
    return Float32Array.from(steps, (share) => low + (high - low) * share);
  });
  const tensors = row.arguments.map((shape, i) => input(`x${i}`, shape));
  return { arrays, tensors, random };
}

async function runOnce(outputs: Record<string, Tensor>, tensors: readonly Tensor[], arrays: readonly Float32Array[]) {
  const session = await openSession(encodeModel({ inputs: tensors, outputs }), { threads: 1 });
  const results = await session.run(feedsOf(tensors, arrays));
  await session.close();
  return results;
}

function feedsOf(tensors: readonly Tensor[], arrays: readonly Float32Array[]): Record<string, SessionTensor> {
  return Object.fromEntries(tensors.map(({ shape }, i) => [`x${i}`, { data: arrays[i]!, shape }]));
}

function expectClose(got: ArrayLike<number>, expected: ArrayLike<number>, tolerance: number): void {
  expect(got.length).toBe(expected.length);
  for (let i = 0; i < got.length; i++) {
    const allowed = tolerance * (1 + Math.abs(expected[i]!));
    expect(Math.abs(got[i]! - expected[i]!), `at ${i}: ${got[i]}, not ${expected[i]}`).toBeLessThan(allowed);
  }
}
