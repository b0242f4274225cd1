import { expect, test } from "vitest";
import { createRandom } from "../../base/random.ts";
import { initialStateDict } from "../../network/initialState.ts";
import { defaultRecipe } from "../../slices/sliceRecipe.ts";
import { randomisationCheck } from "./randomisationCheck.ts";

const network = { name: "resnet18", classes: 2 } as const;
const recipe = { ...defaultRecipe, storedPx: 64, inputPx: 64 };
const random = createRandom(2);
const pixels = Array.from({ length: 2 }, () => Uint8Array.from({ length: 64 * 64 }, () => random.integer(256)));
const options = { seed: 7, threads: 1, method: { kind: "gradCam", layer: 2 } } as const;
/** What the check draws for seed 7. */
const drawn = initialStateDict(network, createRandom(7).fork("randomised"));
const learned = initialStateDict(network, createRandom(8));

const check = (state: typeof drawn) => randomisationCheck({ network, recipe, state }, pixels, [0, 1], options);

test("finds no change where forgetting changes nothing: the network is the one that is drawn", async () => {
  const found = await check(drawn);
  expect(found.map(({ randomised }) => randomised)).toEqual([
    "fc",
    "fc, layer4",
    "fc, layer4, layer3",
    "fc, layer4, layer3, layer2",
  ]);
  for (const { correlation } of found) expect(correlation).toBeCloseTo(1, 6);
});

test("forgets only the layers that it names: up to where networks agree, nothing changes", async () => {
  const agreeing = new Map([...learned].map(([name, own]) => [name, name.startsWith("fc.") ? drawn.get(name)! : own]));
  const [fc, layer4] = await check(agreeing);
  expect(fc!.correlation).toBeCloseTo(1, 6);
  expect(layer4!.correlation).toBeLessThan(0.99);
});

test("has no number where no map says anything", async () => {
  const silent = new Map(
    [...learned].map(([name, own]) => [
      name,
      name === "fc.weight" ? { ...own, data: new Float32Array(own.data.length) } : own,
    ]),
  );
  for (const { correlation } of await check(silent)) expect(correlation).toBeNull();
});
