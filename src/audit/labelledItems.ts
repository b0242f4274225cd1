import type { Random } from "../base/random.ts";
import type { Case, Dataset } from "../dataset/dataset.ts";

/** Labelled things, each of a subject: what a shortcut is looked for in. A study, or a study's slices of one label. */
export interface LabelledItems {
  readonly count: number;
  /** Index of the class of each item. */
  readonly label: Int32Array;
  /** Index of the subject of each item, 0 … subjects − 1. */
  readonly subject: Int32Array;
  readonly subjects: number;
  readonly classes: readonly string[];
  /** Index of the case of each item. */
  readonly caseOf: Int32Array;
  /** Each subject counts once, however many items it has. */
  readonly weight: Float64Array;
}

/** The items of a data set: one for each case, or, where labels belong to slices, one for each label of a case. */
export function labelledItems({ cases, classes }: Pick<Dataset, "cases" | "classes">): LabelledItems {
  const subjectIds = [...new Set(cases.map(({ subjectId }) => subjectId))];
  const indexOf = new Map(subjectIds.map((id, index) => [id, index]));
  const rows = cases.flatMap((one, index) =>
    labelsIn(one).map((name) => ({
      label: classes.indexOf(name),
      subject: indexOf.get(one.subjectId) ?? 0,
      index,
    })),
  );
  const sizes = new Float64Array(subjectIds.length);
  for (const { subject } of rows) sizes[subject] = (sizes[subject] as number) + 1;
  return {
    count: rows.length,
    label: Int32Array.from(rows, (row) => row.label),
    subject: Int32Array.from(rows, (row) => row.subject),
    subjects: subjectIds.length,
    classes,
    caseOf: Int32Array.from(rows, (row) => row.index),
    weight: Float64Array.from(rows, (row) => 1 / (sizes[row.subject] as number)),
  };
}

function labelsIn(one: Case): string[] {
  return one.label === null ? [...new Set(Object.values(one.sliceLabels ?? {}).flat())].sort() : [one.label];
}

/** The fold of each item, all items of a subject in one. */
export function foldsBySubject({ subject, subjects }: LabelledItems, folds: number, random: Random): Int32Array {
  const order = random.shuffled(Array.from({ length: subjects }, (_, i) => i));
  const foldOf = new Int32Array(subjects);
  for (const [place, one] of order.entries()) foldOf[one] = place % folds;
  return subject.map((one) => foldOf[one] as number);
}

/**
 * Draws labels for items: each subject gets the labels of another. Of a subject with several labels the other's items take
 * them in turn.
 */
export function labelShuffler(items: LabelledItems, random: Random): () => Int32Array {
  const own: number[][] = Array.from({ length: items.subjects }, () => []);
  const place = new Int32Array(items.count);
  for (let i = 0; i < items.count; i++) {
    const labels = own[items.subject[i] as number] as number[];
    place[i] = labels.length;
    labels.push(items.label[i] as number);
  }
  const giver = Int32Array.from({ length: items.subjects }, (_, i) => i);
  return () => {
    for (let i = giver.length - 1; i > 0; i--) {
      const j = random.integer(i + 1);
      const kept = giver[i] as number;
      giver[i] = giver[j] as number;
      giver[j] = kept;
    }
    return items.label.map((_, i) => {
      const labels = own[giver[items.subject[i] as number] as number] as number[];
      return labels[(place[i] as number) % labels.length] as number;
    });
  };
}
