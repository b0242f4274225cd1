import type { SeenImages } from "../prediction/predictSlices.ts";
import type { SliceImage } from "../slices/sliceImage.ts";
import type { DiagnosedSlice } from "./diagnosis.ts";

/** Slices with what the network says of them. Numbers are kept to the seven digits that float32 holds. */
export function describeSlices(
  slices: readonly SliceImage[],
  { probabilities, attention }: Pick<SeenImages, "probabilities" | "attention">,
  classes: number,
): DiagnosedSlice[] {
  return slices.map(({ sliceIndex, name, positionMm }, i) => ({
    sliceIndex,
    name,
    positionMm,
    probabilities: Array.from(probabilities.subarray(i * classes, (i + 1) * classes), (p) => Number(p.toPrecision(7))),
    ...(attention !== null && { attention: Number(attention[i].toPrecision(7)) }),
  }));
}
