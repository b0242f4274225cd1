import type { Random } from "../base/random.ts";

/** The index of an image's class, −1 where none is known; where it may show several, the indices of all it shows. */
export type ImageLabel = number | readonly number[];

/** Whether an image can be learned from. */
export function isLabelled(label: ImageLabel): boolean {
  return typeof label !== "number" || label >= 0;
}

/** The classes that a labelled image shows. */
export function classesOf(label: ImageLabel): readonly number[] {
  return typeof label === "number" ? [label] : label;
}

/** A case's prepared slices with the class of each. */
export interface LabelledCase {
  readonly caseId: string;
  /** Whose case it is; where it is left out, a case is a subject. */
  readonly subjectId?: string | undefined;
  /** Of each prepared slice, in their order; one without a known label is left out. */
  readonly labels: readonly ImageLabel[];
}

/** One image of an epoch. */
export interface LabelledImage {
  readonly caseId: string;
  /** Index among the case's prepared slices. */
  readonly index: number;
  readonly label: ImageLabel;
}

/** How an epoch draws from the cases. */
export interface EpochSettings {
  /** At most so many images of one case, drawn anew by random; null: all. */
  readonly slicesPerStudy: number | null;
  /**
   * images: each at most once. subjects: as many images in all, but the same number of each class and, in it, of each subject;
   * some then come twice, others not at all.
   */
  readonly sampling?: "images" | "subjects";
}

/** All labelled images of the cases, in their order. */
export function labelledImages(cases: readonly LabelledCase[]): LabelledImage[] {
  return cases.flatMap(({ caseId, labels }) =>
    labels.flatMap((label, index) => (isLabelled(label) ? [{ caseId, index, label }] : [])),
  );
}

/** How many images an epoch draws from: all labelled ones, of each case at most so many. */
export function imagesInEpoch(cases: readonly LabelledCase[], slicesPerStudy: number | null): number {
  const cap = slicesPerStudy ?? Number.POSITIVE_INFINITY;
  return cases.reduce((sum, { labels }) => sum + Math.min(cap, labels.filter(isLabelled).length), 0);
}

/**
 * One epoch's batches, each of the same size, in an order that random decides.
 *
 * Images that fill no whole batch are left out of this epoch; the next epoch's order is another.
 */
export function planEpoch(
  cases: readonly LabelledCase[],
  options: EpochSettings & { readonly batchSize: number },
  random: Random,
): LabelledImage[][] {
  const { batchSize, slicesPerStudy, sampling = "images" } = options;
  const count = imagesInEpoch(cases, slicesPerStudy);
  const drawn = sampling === "subjects" ? bySubject(cases, count, random) : byImage(cases, slicesPerStudy, random);
  const order = random.fork("order").shuffled(drawn);
  const batches = Math.floor(order.length / batchSize);
  return Array.from({ length: batches }, (_, i) => order.slice(i * batchSize, (i + 1) * batchSize));
}

/**
 * How many images of each class an epoch has, on average.
 *
 * classes: how many there are.
 */
export function classesInEpoch(cases: readonly LabelledCase[], settings: EpochSettings, classes: number): number[] {
  const counts = new Array<number>(classes).fill(0);
  const cap = settings.slicesPerStudy ?? Number.POSITIVE_INFINITY;
  for (const one of cases) {
    const labels = one.labels.filter(isLabelled);
    const share = Math.min(1, cap / labels.length);
    for (const label of labels.flatMap(classesOf)) counts[label] = (counts[label] ?? 0) + share;
  }
  if (settings.sampling !== "subjects") return counts;
  const present = counts.filter((count) => count > 0).length;
  return counts.map((count) => (count > 0 ? imagesInEpoch(cases, settings.slicesPerStudy) / present : 0));
}

function byImage(cases: readonly LabelledCase[], slicesPerStudy: number | null, random: Random): LabelledImage[] {
  return cases.flatMap((one) => {
    const images = labelledImages([one]);
    if (slicesPerStudy === null || images.length <= slicesPerStudy) return images;
    return random.fork(`slices of ${one.caseId}`).shuffled(images).slice(0, slicesPerStudy);
  });
}

/** So many images: the classes in turn, in each its subjects in turn, of each its images in turn, all in random orders. */
function bySubject(cases: readonly LabelledCase[], count: number, random: Random): LabelledImage[] {
  const byClass = new Map<number, Map<string, LabelledImage[]>>();
  for (const one of cases) {
    for (const image of labelledImages([one])) {
      const subject = one.subjectId ?? one.caseId;
      const shown = classesOf(image.label);
      for (const label of shown.length === 0 ? [-1] : shown) {
        const subjects = byClass.get(label) ?? new Map<string, LabelledImage[]>();
        byClass.set(label, subjects.set(subject, [...(subjects.get(subject) ?? []), image]));
      }
    }
  }
  const classes = inTurn(
    [...byClass].map(([label, subjects]) => {
      const own = random.fork(`class ${label}`);
      return inTurn(
        [...subjects].map(([subject, images]) => inTurn(images, own.fork(subject))),
        own,
      );
    }),
    random.fork("classes"),
  );
  return Array.from({ length: count }, () => classes()()());
}

/** Gives the items one by one in a random order, and again in another when all were given. */
function inTurn<T>(items: readonly T[], random: Random): () => T {
  let left: T[] = [];
  return () => {
    if (left.length === 0) left = random.shuffled(items);
    return left.pop() as T;
  };
}
