import { expect, it } from "vitest";
import { borderAt, describeFrozenAtRandom, thawedAt } from "./freezing.ts";

const gradual = { freeze: "layer3", unfreezeEvery: 2 } as const;

it("thaws one more stage after each so many epochs, the stem with the first", () => {
  expect([1, 2, 3, 4, 5, 6, 7, 8].map((epoch) => borderAt(gradual, epoch))).toEqual([
    ...["layer3", "layer3", "layer2", "layer2", "layer1", "layer1"],
    ...[null, null],
  ]);
  expect(borderAt({ freeze: "layer4", unfreezeEvery: null }, 9)).toBe("layer4");
  expect(borderAt({ freeze: null, unfreezeEvery: null }, 1)).toBeNull();
});

it("counts the steps of the epochs before a weight learns", () => {
  const names = ["fc.bias", "layer4.0.conv1.weight", "layer3.1.bn2.bias", "layer2.0.conv1.weight", "conv1.weight"];
  expect(names.map(thawedAt(gradual, 10))).toEqual([0, 0, 20, 40, 60]);
  expect(names.map(thawedAt({ freeze: null, unfreezeEvery: null }, 10))).toEqual([0, 0, 0, 0, 0]);
});

it("says which frozen stages no file gave, unless they will learn", () => {
  const drawn = ["layer4.0.conv1.weight", "fc.weight", "fc.bias"];
  const probe = { freeze: "layer4", unfreezeEvery: null } as const;
  expect(describeFrozenAtRandom(probe, drawn)).toMatch(/^Frozen, though drawn at random: layer4\. /);
  expect(describeFrozenAtRandom(probe, ["conv1.weight", ...drawn])).toContain("random: stem, layer4.");
  expect(describeFrozenAtRandom(probe, ["fc.weight", "fc.bias"])).toBeNull();
  expect(describeFrozenAtRandom({ ...probe, freeze: "layer3" }, drawn)).toBeNull();
  expect(describeFrozenAtRandom({ ...probe, unfreezeEvery: 1 }, drawn)).toBeNull();
  expect(describeFrozenAtRandom({ freeze: null, unfreezeEvery: null }, ["conv1.weight", ...drawn])).toBeNull();
});
