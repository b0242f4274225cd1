import { describe, expect, it } from "vitest";
import { hounsfieldInto, hounsfieldTable } from "./hounsfield.ts";

const unsigned = { bitsStored: 16, highBit: 15, isSigned: false };
const signed = { ...unsigned, isSigned: true };

const through = (values: Int16Array | Uint16Array, table: Int16Array) => {
  const target = new Int16Array(values.length);
  hounsfieldInto(target, new Uint16Array(values.buffer), table);
  return [...target];
};

describe("hounsfieldTable", () => {
  it("applies slope and intercept, rounds, and clips at the lowest HU and at 16 bits", () => {
    const table = hounsfieldTable({}, { slope: 2.5, intercept: -1024 }, { bits: unsigned, lowestHu: -1024 });
    // 2.5·1 − 1024 = −1021.5 → −1021; 2.5·3 − 1024 = −1016.5 → −1016; 2.5·65535 − 1024 is beyond 32767
    expect(through(Uint16Array.of(0, 1, 2, 3, 65_535), table)).toEqual([-1024, -1021, -1019, -1016, 32_767]);
  });

  it("reads patterns above 32767 as negative where the pixels are signed", () => {
    const table = hounsfieldTable({}, { slope: 1, intercept: 0 }, { bits: signed, lowestHu: -1024 });
    expect(through(Int16Array.of(-1000, -1025, 40), table)).toEqual([-1000, -1024, 40]);
  });

  it("turns padding, a value or a range, into the lowest HU", () => {
    const rescale = { slope: 1, intercept: 0 };
    const options = { bits: signed, lowestHu: -1024 };
    expect(through(Int16Array.of(-7, -6), hounsfieldTable({ padding: [-7, -7] }, rescale, options))).toEqual([
      -1024, -6,
    ]);
    expect(through(Int16Array.of(1, 2, 3, 4), hounsfieldTable({ padding: [2, 3] }, rescale, options))).toEqual([
      1, -1024, -1024, 4,
    ]);
  });

  it("looks values up in a Modality LUT, its ends for values beyond it", () => {
    const lut = { first: 10, values: [5, 50, 500] };
    const table = hounsfieldTable(
      { modalityLut: lut },
      { slope: 9, intercept: 9 },
      { bits: unsigned, lowestHu: -1024 },
    );
    expect(through(Uint16Array.of(0, 10, 11, 12, 99), table)).toEqual([5, 5, 50, 500, 500]);
  });

  it("takes 12 stored bits out of 16, the sign at their head and the bits above left aside", () => {
    const bits = { bitsStored: 12, highBit: 11, isSigned: true };
    const table = hounsfieldTable({}, { slope: 1, intercept: 0 }, { bits, lowestHu: -2048 });
    expect(through(Uint16Array.of(0x0800, 0x0fff, 0x7001), table)).toEqual([-2048, -1, 1]);
    const high = hounsfieldTable({}, { slope: 1, intercept: 0 }, { bits: { ...bits, highBit: 15 }, lowestHu: -2048 });
    expect(through(Uint16Array.of(0xfff3, 0x0015), high)).toEqual([-1, 1]);
  });
});
