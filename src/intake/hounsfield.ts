import type { Samples, StoredBits } from "../dicom/decodePixels.ts";
import type { Frame, PixelFormat } from "../dicom/instance.ts";

/** From each of the 65,536 patterns that a sample may have to Hounsfield units. */
export type HounsfieldTable = Int16Array;

/**
 * The table that turns samples into Hounsfield units: Modality LUT or slope and intercept, rounded to the nearest;
 * padding and values below `lowestHu` become `lowestHu`, values beyond 16 bits the highest that fits.
 * @source PS3.3 C.11.1, C.7.5.1.1.2
 */
export function hounsfieldTable(
  format: Pick<PixelFormat, "padding" | "modalityLut">,
  frame: Pick<Frame, "slope" | "intercept">,
  { bits, lowestHu }: { readonly bits: StoredBits; readonly lowestHu: number },
): HounsfieldTable {
  const table = new Int16Array(2 ** 16);
  const lut = format.modalityLut;
  const [firstPadding, lastPadding] = format.padding ?? [1, 0];
  const left = 31 - bits.highBit;
  const right = 32 - bits.bitsStored;
  for (let pattern = 0; pattern < table.length; pattern++) {
    const stored = bits.isSigned ? (pattern << left) >> right : (pattern << left) >>> right;
    const isPadding = stored >= firstPadding && stored <= lastPadding;
    const hu = lut
      ? (lut.values[Math.min(lut.values.length - 1, Math.max(0, stored - lut.first))] as number)
      : Math.round(stored * frame.slope + frame.intercept);
    table[pattern] = isPadding ? lowestHu : Math.min(32_767, Math.max(lowestHu, hu));
  }
  return table;
}

/** Writes a slice's Hounsfield units into `target`, of the same length. */
export function hounsfieldInto(target: Int16Array, samples: Samples["samples"], table: HounsfieldTable): void {
  let done = 0;
  if (samples instanceof Uint16Array && samples.byteOffset % 4 === 0 && target.byteOffset % 4 === 0) {
    // Two at a time, through words of 32 bits.
    const pairs = target.length >> 1;
    const from = new Uint32Array(samples.buffer, samples.byteOffset, pairs);
    const to = new Int32Array(target.buffer, target.byteOffset, pairs);
    for (let i = 0; i < pairs; i++) {
      const pair = from[i] as number;
      to[i] = ((table[pair & 0xffff] as number) & 0xffff) | ((table[pair >>> 16] as number) << 16);
    }
    done = 2 * pairs;
  }
  for (let i = done; i < target.length; i++) target[i] = table[samples[i] as number] as number;
}
