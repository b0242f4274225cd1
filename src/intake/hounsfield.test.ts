import { describe, expect, it } from "vitest";
import { hounsfieldInto, hounsfieldTable } from "./hounsfield.ts";

const through = (stored: Int16Array | Uint16Array, table: Int16Array) => {
  const target = new Int16Array(stored.length);
  hounsfieldInto(target, stored, table);
  return [...target];
};

describe("hounsfieldTable", () => {
  it("applies slope and intercept, rounds, and clips at the lowest HU and at 16 bits", () => {
    const table = hounsfieldTable({}, { slope: 2.5, intercept: -1024 }, { isSigned: false, lowestHu: -1024 });
    // 2.5·1 − 1024 = −1021.5 → −1021; 2.5·3 − 1024 = −1016.5 → −1016; 2.5·65535 − 1024 is beyond 32767
    expect(through(Uint16Array.of(0, 1, 2, 3, 65_535), table)).toEqual([-1024, -1021, -1019, -1016, 32_767]);
  });

  it("reads patterns above 32767 as negative where the pixels are signed", () => {
    const table = hounsfieldTable({}, { slope: 1, intercept: 0 }, { isSigned: true, lowestHu: -1024 });
    expect(through(Int16Array.of(-1000, -1025, 40), table)).toEqual([-1000, -1024, 40]);
  });

  it("turns padding, a value or a range, into the lowest HU", () => {
    const rescale = { slope: 1, intercept: 0 };
    const signed = { isSigned: true, lowestHu: -1024 };
    expect(through(Int16Array.of(-7, -6), hounsfieldTable({ padding: [-7, -7] }, rescale, signed))).toEqual([
      -1024, -6,
    ]);
    expect(through(Int16Array.of(1, 2, 3, 4), hounsfieldTable({ padding: [2, 3] }, rescale, signed))).toEqual([
      1, -1024, -1024, 4,
    ]);
  });

  it("looks values up in a Modality LUT, its ends for values beyond it", () => {
    const lut = { first: 10, values: [5, 50, 500] };
    const table = hounsfieldTable(
      { modalityLut: lut },
      { slope: 9, intercept: 9 },
      { isSigned: false, lowestHu: -1024 },
    );
    expect(through(Uint16Array.of(0, 10, 11, 12, 99), table)).toEqual([5, 5, 50, 500, 500]);
  });
});
