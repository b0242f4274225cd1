import { expect, it } from "vitest";
import { noProgress } from "../../base/progress.ts";
import { createRandom } from "../../base/random.ts";
import type { StateDict } from "../../network/stateDict.ts";
import { foldScale, scaleFeatures, scaleOf, unfoldScale } from "./featureScale.ts";
import { type LabelledStudy, trainStudyHead } from "./trainStudyHead.ts";

const size = 12;
const random = createRandom(3);

/** A study of 40 images of noise; in those of class 0 one image shows a sign that no other has. */
function drawStudies(count: number, name: string): (LabelledStudy & { readonly sign: number })[] {
  return Array.from({ length: count }, (_, s) => {
    const own = random.fork(`${name} ${s}`);
    const truth = s % 2;
    const sign = own.integer(40);
    const features = Array.from({ length: 40 }, (_, i) =>
      Float32Array.from({ length: size }, (_, j) => {
        const isShown = truth === 0 && i === sign && j < 3;
        return 10 + j * (own.normal() + (isShown ? 4 : 0));
      }),
    );
    return { features, truth, sign };
  });
}

const layer = (data: number[], shape: number[]) => ({ shape, data: Float32Array.from(data) });
const nothingKnown: StateDict = new Map([
  ["fc.weight", layer(new Array(2 * size).fill(0), [2, size])],
  ["fc.bias", layer([0, 0], [2])],
]);

function product(state: StateDict, name: string, x: Float32Array): number[] {
  const weight = state.get(`${name}.weight`)!;
  const bias = state.get(`${name}.bias`)!;
  return Array.from(bias.data, (b, k) => x.reduce((sum, value, j) => sum + value * weight.data[k * size + j]!, b));
}

it("finds the one image in forty that decides a study, from the studies' labels alone", async () => {
  const [training, validation, test] = [drawStudies(60, "a"), drawStudies(30, "b"), drawStudies(60, "c")];
  const options = { classes: 2, seed: 1, threads: 1, progress: noProgress, settings: { epochs: 60 } };
  const { state, history, bestEpoch } = await trainStudyHead({ training, validation }, nothingKnown, options);
  expect(Math.min(...history.map(({ validationLoss }) => validationLoss))).toBe(history[bestEpoch - 1]!.validationLoss);
  let [right, found] = [0, 0];
  for (const { features, truth, sign } of test) {
    const scores = features.map((one) => {
      const gates = product(state, "attention.gate", one).map((value) => 1 / (1 + Math.exp(-value)));
      const seen = product(state, "attention.look", one).map((value, h) => Math.tanh(value) * gates[h]!);
      return seen.reduce((sum, value, h) => sum + value * state.get("attention.attend")!.data[h]!, 0);
    });
    const powers = scores.map((score) => Math.exp(score));
    const total = powers.reduce((a, b) => a + b);
    const gathered = Float32Array.from({ length: size }, (_, j) =>
      features.reduce((sum, one, i) => sum + (powers[i]! / total) * one[j]!, 0),
    );
    const [first, second] = product(state, "fc", gathered);
    right += Number((first! > second! ? 0 : 1) === truth);
    if (truth === 0) found += Number(scores.indexOf(Math.max(...scores)) === sign);
  }
  expect(right / test.length).toBeGreaterThan(0.9);
  expect(found / (test.length / 2)).toBeGreaterThan(0.75);
});

it("gives the same head for the same seed", async () => {
  const [training, validation] = [drawStudies(10, "a"), drawStudies(6, "b")];
  const options = { classes: 2, seed: 5, threads: 1, progress: noProgress, settings: { epochs: 2 } };
  const [one, other] = [
    await trainStudyHead({ training, validation }, nothingKnown, options),
    await trainStudyHead({ training, validation }, nothingKnown, options),
  ];
  expect(other).toEqual(one);
});

it("takes features as they are to where it took them scaled, and back", () => {
  const rows = drawStudies(1, "a")[0]!.features;
  const scale = scaleOf(rows);
  const scaled = rows.map((row) => scaleFeatures(row, scale));
  for (let j = 0; j < size; j++) {
    const column = scaled.map((row) => row[j]!);
    expect(column.reduce((a, b) => a + b) / rows.length).toBeCloseTo(0, 4);
    if (j > 0) expect(column.reduce((a, b) => a + b * b, 0) / rows.length).toBeCloseTo(1, 4);
  }
  const state: StateDict = new Map([
    [
      "fc.weight",
      layer(
        Array.from({ length: 2 * size }, () => random.normal()),
        [2, size],
      ),
    ],
    ["fc.bias", layer([1, -2], [2])],
  ]);
  const folded = foldScale(state, scale);
  for (const [i, row] of rows.entries()) {
    for (const [k, value] of product(state, "fc", scaled[i]!).entries()) {
      expect(product(folded, "fc", row)[k]).toBeCloseTo(value, 3);
    }
  }
  const back = unfoldScale(folded, scale);
  for (const [i, value] of state.get("fc.weight")!.data.entries()) {
    expect(back.get("fc.weight")!.data[i]).toBeCloseTo(value, 5);
  }
});
