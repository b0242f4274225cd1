import { expect, test } from "vitest";
import {
  constant,
  encodeModel,
  flatten,
  globalAveragePool,
  input,
  linear,
  mul,
  softmax,
} from "../../src/graph/index.ts";
import { ensembleOf, openPredictor } from "../../src/prediction/predictSlices.ts";
import { defaultRecipe } from "../../src/slices/sliceRecipe.ts";

const recipe = { ...defaultRecipe, storedPx: 8, inputPx: 8 };
/** Says how bright the left half is: weights [left, right] of the mean grey, in two classes. */
async function madePredictor(slope: number, mirror = false) {
  const images = input("images", [1, 3, 8, 8]);
  const isLeft = constant(
    Array.from({ length: 64 }, (_, i) => (i % 8 < 4 ? 1 : 0)),
    [1, 1, 8, 8],
  );
  const left = flatten(globalAveragePool(mul(images, isLeft)));
  const logits = linear(left, constant([slope, 0, 0, 0, 0, 0], [2, 3]), constant([0, 0]));
  const onnx = encodeModel({ inputs: [images], outputs: { probabilities: softmax(logits) }, anyBatch: [images] });
  return openPredictor(onnx, recipe, ["A", "B"], { threads: 1, mirror });
}
const brightLeft = Uint8Array.from({ length: 64 }, (_, i) => (i % 8 < 4 ? 255 : 0));
const brightRight = brightLeft.map((grey) => 255 - grey);

test("a mirrored prediction is the mean over an image and its mirror image", async () => {
  const [plain, mirrored] = [await madePredictor(2), await madePredictor(2, true)];
  const own = await plain.predict([brightLeft, brightRight]);
  expect(Math.abs(own[0]! - own[2]!)).toBeGreaterThan(0.2);
  const both = await mirrored.predict([brightLeft, brightRight]);
  for (const i of [0, 2]) expect(both[i]!).toBeCloseTo((own[0]! + own[2]!) / 2, 6);
  await plain.close();
  await mirrored.close();
});

test("an ensemble is the mean of its members", async () => {
  const [one, other] = [await madePredictor(2), await madePredictor(-5)];
  const [a, b] = [await one.predict([brightLeft]), await other.predict([brightLeft])];
  const together = ensembleOf([one, other]);
  const found = await together.predict([brightLeft]);
  expect(found[0]!).toBeCloseTo((a[0]! + b[0]!) / 2, 6);
  expect(found[0]! + found[1]!).toBeCloseTo(1, 6);
  await together.close();
});
