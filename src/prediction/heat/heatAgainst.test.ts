import { expect, test } from "vitest";
import { heatAgainst } from "./heatAgainst.ts";

// Worked by hand.
const part = Uint8Array.of(1, 1, 0, 0, 0);

test("counts the heat on a part, its hottest place, the pairs in order and the overlap", () => {
  expect(heatAgainst(Float32Array.of(4, 1, 2, 1, 0), part)).toEqual({
    energy: 5 / 8,
    isPointedAt: true,
    // Pairs: 4 beats all three; 1 loses to 2, ties with 1, beats 0: 4.5 of 6.
    auc: 4.5 / 6,
    // Hottest two: places 0 and 2; one of them and of the part's two is shared.
    iou: 1 / 3,
  });
});

test("looks at a field only", () => {
  const found = heatAgainst(Float32Array.of(4, 0.5, 8, 1, 0), part, Uint8Array.of(1, 1, 0, 1, 1));
  // Pairs: 4 beats 1 and 0; 0.5 loses to 1 and beats 0. Hottest two: places 0 and 3.
  expect(found).toEqual({ energy: 4.5 / 5.5, isPointedAt: true, auc: 3 / 4, iou: 1 / 3 });
});

test("no heat points nowhere, and is worth a guess", () => {
  const { energy, isPointedAt, auc } = heatAgainst(new Float32Array(5), part);
  expect([energy, isPointedAt, auc]).toEqual([null, null, 0.5]);
});

test("a part that is all or nothing cannot be looked for", () => {
  expect(() => heatAgainst(new Float32Array(2), Uint8Array.of(1, 1))).toThrow(RangeError);
  expect(() => heatAgainst(new Float32Array(2), Uint8Array.of(0, 0))).toThrow(RangeError);
});
