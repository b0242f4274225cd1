import type { Case, Dataset } from "../dataset/dataset.ts";
import {
  type PreparedCase,
  readPreparedCase,
  readPreparedLungs,
  readPreparedSlices,
  readWholePlanes,
} from "../dataset/preparedSlices.ts";
import type { WholePlanes } from "../slices/wholePlanes.ts";
import type { StudySignature } from "./findCopies.ts";
import { type SliceSignature, signatureOf } from "./sliceSignature.ts";
import { spaced } from "./spaced.ts";
import { type WholeSignature, wholeSignatureOf, wholeSignatureOfPicture } from "./wholeSignature.ts";

/** A case with its prepared slices, as one pass over the data set sees it. */
export interface CaseImages {
  readonly one: Case;
  readonly prepared: PreparedCase;
  /** [slices, px, px], grey 0–255. */
  readonly pixels: Uint8Array;
  /** [slices, px, px] of 0 and 1; null where lungs were not isolated. */
  readonly lungs: Uint8Array | null;
  /** Of a volume; null where it was prepared before there were any. */
  readonly whole: WholePlanes | null;
  readonly px: number;
}

/** Reads each case's slices once and hands them on; nothing of the pixels is kept. @throws InputError PREPARED_DAMAGED. */
export async function eachCase(
  folder: string,
  dataset: Dataset,
  visit: (images: CaseImages, index: number) => void,
): Promise<void> {
  for (const [index, one] of dataset.cases.entries()) {
    const prepared = await readPreparedCase(folder, one.caseId);
    const { pixels } = await readPreparedSlices(folder, one.caseId);
    const lungs = await readPreparedLungs(folder, one.caseId);
    const whole = await readWholePlanes(folder, one.caseId);
    visit({ one, prepared, pixels, lungs, whole, px: prepared.storedPx }, index);
  }
}

/** What the lungs of a case show: one signature of a volume, one of each picture; none where no lungs are seen. */
export function wholeSignaturesOf({ one, prepared, pixels, whole, px }: CaseImages): WholeSignature[] {
  if (prepared.kind === "volume") {
    const signature = whole === null ? null : wholeSignatureOf(one, whole);
    return signature === null ? [] : [signature];
  }
  const size = px * px;
  return spaced(prepared.slices.length, mostSlicesSigned).flatMap(
    (i) => wholeSignatureOfPicture(one, pixels.subarray(i * size, (i + 1) * size), px) ?? [],
  );
}

const mostSlicesSigned = 12;
const fewestSlicesOfMean = 4;

/** What of a case is compared with others. */
export function signatureOfCase({ one, prepared, pixels, px }: CaseImages): StudySignature {
  const size = px * px;
  const count = prepared.slices.length;
  const slices = spaced(count, mostSlicesSigned).flatMap((i) => {
    const signature = signatureOf(pixels.subarray(i * size, (i + 1) * size), px);
    const positionMm = prepared.slices[i]?.positionMm ?? 10 * i;
    return signature === null ? [] : [{ signature, positionMm }];
  });
  return {
    caseId: one.caseId,
    subjectId: one.subjectId,
    slices,
    mean: count < fewestSlicesOfMean ? null : meanOf(),
  };

  function meanOf(): SliceSignature | null {
    const sums = new Uint32Array(size);
    for (let i = 0, at = 0; i < count; i++)
      for (let k = 0; k < size; k++) sums[k] = (sums[k] as number) + (pixels[at++] as number);
    return signatureOf(
      Uint8Array.from(sums, (sum) => Math.round(sum / count)),
      px,
    );
  }
}
