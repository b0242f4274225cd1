import type { Random } from "../base/random.ts";

/** A case's prepared slices with the class of each. */
export interface LabelledCase {
  readonly caseId: string;
  /** Index of the class of each prepared slice, in their order; −1 where none is known: it is left out. */
  readonly labels: readonly number[];
}

/** One image of an epoch. */
export interface LabelledImage {
  readonly caseId: string;
  /** Index among the case's prepared slices. */
  readonly index: number;
  readonly label: number;
}

/** All labelled images of the cases, in their order. */
export function labelledImages(cases: readonly LabelledCase[]): LabelledImage[] {
  return cases.flatMap(({ caseId, labels }) =>
    labels.flatMap((label, index) => (label < 0 ? [] : [{ caseId, index, label }])),
  );
}

/** How many images an epoch draws from: all labelled ones, of each case at most so many. */
export function imagesInEpoch(cases: readonly LabelledCase[], slicesPerStudy: number | null): number {
  const cap = slicesPerStudy ?? Number.POSITIVE_INFINITY;
  return cases.reduce((sum, { labels }) => sum + Math.min(cap, labels.filter((label) => label >= 0).length), 0);
}

/**
 * One epoch's batches, each of the same size, in an order that random decides.
 *
 * Images that fill no whole batch are left out of this epoch; the next epoch's order is another.
 * slicesPerStudy: at most so many images of one case, drawn anew by random; null: all.
 */
export function planEpoch(
  cases: readonly LabelledCase[],
  options: { batchSize: number; slicesPerStudy: number | null },
  random: Random,
): LabelledImage[][] {
  const { batchSize, slicesPerStudy } = options;
  const drawn = cases.flatMap((one) => {
    const images = labelledImages([one]);
    if (slicesPerStudy === null || images.length <= slicesPerStudy) return images;
    return random.fork(`slices of ${one.caseId}`).shuffled(images).slice(0, slicesPerStudy);
  });
  const order = random.fork("order").shuffled(drawn);
  const batches = Math.floor(order.length / batchSize);
  return Array.from({ length: batches }, (_, i) => order.slice(i * batchSize, (i + 1) * batchSize));
}
