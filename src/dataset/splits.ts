import { z } from "zod";
import { InputError } from "../base/errors.ts";
import { createRandom } from "../base/random.ts";
import type { Case } from "./dataset.ts";
import type { SetName } from "./labels.ts";

/** Who is in which set, by subjectId, sorted. */
export interface Fold {
  readonly train: readonly string[];
  readonly validation: readonly string[];
  readonly test: readonly string[];
}

/** Which subjects a network learns from, is chosen on and is measured on. Fold 0 is the single split. */
export interface Splits {
  readonly format: "groundglass-splits/1";
  readonly seed: number;
  /** How the sets were made, in words. */
  readonly method: string;
  readonly folds: readonly Fold[];
}

const foldSchema = z.strictObject({
  train: z.array(z.string()),
  validation: z.array(z.string()),
  test: z.array(z.string()),
});

export const splitsSchema: z.ZodType<Splits> = z.strictObject({
  format: z.literal("groundglass-splits/1"),
  seed: z.number(),
  method: z.string(),
  folds: z.array(foldSchema).min(1),
});

export const setNames: readonly SetName[] = ["train", "validation", "test"];

/** What a split needs to know of a case. */
export type LabelledCase = Pick<Case, "subjectId" | "label" | "sliceLabels">;

const foldCount = 5;
/** A class needs a subject in each of three sets. */
const smallestClass = 3;

/**
 * 70 / 15 / 15 by subject, stratified by class, and five folds of it.
 *
 * The subjects of each class are put in one random order; the held-out window (validation 15 %, then test 15 %) slides by
 * 20 % and wraps: adjacent windows share 10 %, the five test sets are disjoint. Each class has at least one subject in
 * validation and one in test; with fewer than five subjects, test sets must repeat.
 * given: where the label file names each subject's set; then there is one fold, kept as it is. A given split without
 * validation gets one out of training.
 * @throws InputError CLASS_TOO_SMALL.
 * @source Chen et al. 2021, "Five-fold cross-validation"; requirements R3, R4, reading a.
 */
export function makeSplits(
  cases: readonly LabelledCase[],
  options: { readonly seed: number; readonly given?: ReadonlyMap<string, SetName> | undefined },
): Splits {
  const { seed, given } = options;
  const small = findSmallClass(cases, given);
  if (small !== null) throw classTooSmall(small);
  const labelsOf = subjectLabels(cases);
  const made = given === undefined ? slidingFolds(labelsOf, seed) : givenFold(labelsOf, seed, given);
  const splits: Splits = { format: "groundglass-splits/1", seed, ...made };
  checkSplits(splits, cases);
  return splits;
}

/**
 * k folds whose test sets are disjoint and together hold every subject: fold i is tested on part i, validated on the next
 * part and trained on the rest. Parts are by subject, stratified by class, in an order drawn from the seed.
 * folds: 3 or more.
 * @throws InputError CLASS_TOO_SMALL if a class has fewer subjects than there are folds.
 */
export function makeDisjointFolds(
  cases: readonly LabelledCase[],
  options: { readonly seed: number; readonly folds: number },
): Splits {
  const { seed, folds } = options;
  if (folds < 3) throw new Error(`A fold needs three parts to train, validate and test; ${folds} are too few`);
  const labelsOf = subjectLabels(cases);
  for (const [name, subjects] of countSubjects(labelsOf)) {
    if (subjects < folds) throw classTooSmall({ name, subjects, needed: folds, isTraining: false });
  }
  const random = createRandom(seed).fork("disjoint folds");
  const order = stratify(labelsOf).flatMap((subjects, index) => random.fork(index).shuffled(subjects));
  const part = (index: number) => order.filter((_, place) => place % folds === index % folds).sort();
  const splits: Splits = {
    format: "groundglass-splits/1",
    seed,
    method: `${folds} parts by subject, stratified by class, in an order drawn from the seed; fold k is tested on part k, validated on the next part and trained on the rest, so that each subject is tested once.`,
    folds: Array.from({ length: folds }, (_, index) => ({
      train: order.filter((_, place) => place % folds !== index && place % folds !== (index + 1) % folds).sort(),
      validation: part(index + 1),
      test: part(index),
    })),
  };
  checkSplits(splits, cases);
  return splits;
}

/** One fold that tests every subject and trains on none: of a dataset that is to be predicted only. */
export function testedOnly(cases: readonly Pick<Case, "subjectId">[]): Splits {
  const test = [...new Set(cases.map((one) => one.subjectId))].sort();
  const method = "Prepared for prediction: every subject is tested, none is learned from.";
  return { format: "groundglass-splits/1", seed: 0, method, folds: [{ train: [], validation: [], test }] };
}

/**
 * Makes sure that in each fold every subject of the cases is in exactly one set.
 * @throws InputError SPLITS_LEAK if a subject is in two sets; SPLITS_INCOMPLETE if one is in none, or is unknown.
 */
export function checkSplits(splits: Splits, cases: readonly Pick<Case, "subjectId">[]): void {
  const known = new Set(cases.map((one) => one.subjectId));
  for (const [index, fold] of splits.folds.entries()) {
    const seen = new Set<string>();
    for (const subject of setNames.flatMap((set) => fold[set])) {
      if (seen.has(subject)) {
        throw new InputError(
          "SPLITS_LEAK",
          `Fold ${index} of the splits has ${subject} twice. A subject must be in one set only; prepare the dataset anew.`,
        );
      }
      if (!known.has(subject)) throw incomplete(`Fold ${index} of the splits names ${subject}, which no case is of`);
      seen.add(subject);
    }
    const left = [...known].find((subject) => !seen.has(subject));
    if (left !== undefined) throw incomplete(`Fold ${index} of the splits has ${left} in no set`);
  }
}

function incomplete(what: string): InputError {
  return new InputError(
    "SPLITS_INCOMPLETE",
    `${what}. The splits belong to another dataset; prepare the dataset anew.`,
  );
}

/** A class with too few subjects. */
export interface SmallClass {
  readonly name: string;
  readonly subjects: number;
  readonly needed: number;
  /** Whether only those in training count, for the sets are given. */
  readonly isTraining: boolean;
}

/**
 * The first class with too few subjects, null if there is none: three are needed, or, with given sets, one in training
 * (two where validation has to be taken out of it).
 */
export function findSmallClass(
  cases: readonly LabelledCase[],
  given: ReadonlyMap<string, SetName> | undefined,
): SmallClass | null {
  const labelsOf = subjectLabels(cases);
  const isTraining = given !== undefined;
  const hasValidation = [...(given?.values() ?? [])].includes("validation");
  const needed = !isTraining ? smallestClass : hasValidation ? 1 : 2;
  const counted = [...labelsOf].filter(([subject]) => !isTraining || given.get(subject) === "train");
  const counts = countSubjects(new Map(counted));
  for (const name of countSubjects(labelsOf).keys()) {
    const subjects = counts.get(name) ?? 0;
    if (subjects < needed) return { name, subjects, needed, isTraining };
  }
  return null;
}

/** The error of a class with too few subjects. where: the file and its lines, where they are known. */
export function classTooSmall({ name, subjects, needed, isTraining }: SmallClass, where = ""): InputError {
  const counted = `${subjects} subject${subjects === 1 ? "" : "s"}${isTraining ? " in training" : ""}`;
  const act = isTraining ? 'change the column "split"' : "leave the class out";
  return new InputError(
    "CLASS_TOO_SMALL",
    `${where}The class "${name}" has ${counted}; ${needed} ${needed === 1 ? "is" : "are"} needed. Add subjects, or ${act}. Studies with the same patient ID or subject are one subject.`,
  );
}

/** Of each subject, in alphabetical order, how often it has which label, the most frequent first. */
function subjectLabels(cases: readonly LabelledCase[]): Map<string, string[]> {
  const counts = new Map<string, Map<string, number>>();
  for (const { subjectId, label, sliceLabels } of cases) {
    const own = counts.get(subjectId) ?? new Map<string, number>();
    counts.set(subjectId, own);
    for (const name of label === null ? Object.values(sliceLabels ?? {}).flat() : [label])
      own.set(name, (own.get(name) ?? 0) + 1);
  }
  const subjects = [...counts.keys()].sort();
  return new Map(
    subjects.map((subject) => {
      const own = [...(counts.get(subject) ?? [])].sort((a, b) => b[1] - a[1]);
      return [subject, own.map(([name]) => name)];
    }),
  );
}

type MadeFolds = Pick<Splits, "method" | "folds">;

/** Subjects with several labels cannot be stratified exactly: orders are tried until every class is in every set. */
const mostTries = 200;

function slidingFolds(labelsOf: ReadonlyMap<string, readonly string[]>, seed: number): MadeFolds {
  const counts = countSubjects(labelsOf);
  const strata = stratify(labelsOf);
  const classes = [...counts.keys()];
  const tries = [...labelsOf.values()].some((labels) => labels.length > 1) ? mostTries : 1;
  let best: { folds: Fold[]; gaps: number } | undefined;
  for (let attempt = 0; attempt < tries && (best === undefined || best.gaps > 0); attempt++) {
    const random = createRandom(seed).fork("splits").fork(attempt);
    const orders = strata.map((subjects, index) => random.fork(index).shuffled(subjects));
    const folds = Array.from({ length: foldCount }, (_, index) => foldOf(orders, index));
    const gaps = countGaps(folds, labelsOf, classes);
    if (best === undefined || gaps < best.gaps) best = { folds, gaps };
  }
  const small = Math.min(...strata.map((subjects) => subjects.length)) < foldCount;
  return {
    method:
      "70 % training, 15 % validation, 15 % test by subject, stratified by class, in an order drawn from the seed; fold k holds out the window that begins at k x 20 %, so that adjacent windows share 10 % and the test sets are disjoint." +
      (small ? " A class has fewer than five subjects: its test subjects repeat in some folds." : "") +
      (best !== undefined && best.gaps > 0 ? " Some sets lack a class, because few subjects have it." : ""),
    folds: best?.folds ?? [],
  };
}

/** How many classes are missing in a set, over all sets. */
function countGaps(
  folds: readonly Fold[],
  labelsOf: ReadonlyMap<string, readonly string[]>,
  classes: readonly string[],
): number {
  let gaps = 0;
  for (const fold of folds) {
    for (const set of setNames) {
      const present = new Set(fold[set].flatMap((subject) => labelsOf.get(subject) ?? []));
      gaps += classes.filter((name) => !present.has(name)).length;
    }
  }
  return gaps;
}

function countSubjects(labelsOf: ReadonlyMap<string, readonly string[]>): Map<string, number> {
  const counts = new Map<string, number>();
  for (const labels of labelsOf.values()) for (const name of labels) counts.set(name, (counts.get(name) ?? 0) + 1);
  return new Map([...counts].sort(([a], [b]) => (a < b ? -1 : 1)));
}

/** Subjects by their most frequent label; strata too small for three sets join the next larger one. */
function stratify(labelsOf: ReadonlyMap<string, readonly string[]>): string[][] {
  const strata = new Map<string, string[]>();
  for (const [subject, labels] of labelsOf) {
    const name = labels[0] ?? "";
    const stratum = strata.get(name);
    if (stratum === undefined) strata.set(name, [subject]);
    else stratum.push(subject);
  }
  const sorted = [...strata].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, subjects]) => subjects);
  const smallestFirst = sorted.toSorted((a, b) => a.length - b.length);
  while (smallestFirst.length > 1 && (smallestFirst[0]?.length ?? 0) < smallestClass) {
    const [smallest = [], next = [], ...others] = smallestFirst;
    smallestFirst.splice(0, smallestFirst.length, ...[[...next, ...smallest].sort(), ...others]);
    smallestFirst.sort((a, b) => a.length - b.length);
  }
  return smallestFirst;
}

function foldOf(orders: readonly (readonly string[])[], index: number): Fold {
  const sets = orders.map((order) => windows(order.length, index));
  const pick = (set: SetName) =>
    orders.flatMap((order, stratum) => order.filter((_, place) => sets[stratum]?.[place] === set)).sort();
  return { train: pick("train"), validation: pick("validation"), test: pick("test") };
}

/** The set of each place in an order of so many subjects, in fold number index. */
function windows(count: number, index: number): SetName[] {
  const sets = new Array<SetName>(count).fill("train");
  // In twentieths of the order, rounded to whole subjects: 15 % are three, 20 % are four.
  const size = Math.max(1, Math.floor((3 * count + 10) / 20));
  const start = Math.floor((4 * index * count + 10) / 20);
  for (let place = start; place < start + 2 * size; place++) {
    sets[place % count] = place < start + size ? "validation" : "test";
  }
  return sets;
}

function givenFold(
  labelsOf: ReadonlyMap<string, readonly string[]>,
  seed: number,
  given: ReadonlyMap<string, SetName>,
): MadeFolds {
  const subjects = [...labelsOf.keys()];
  const of = (set: SetName) => subjects.filter((subject) => given.get(subject) === set);
  const [train, validation, test] = [of("train"), of("validation"), of("test")];
  const isCarved = validation.length === 0;
  const method = `The label file's own split${test.length === 0 ? ", which has no test set" : ""}.`;
  if (!isCarved) return { method, folds: [{ train, validation, test }] };
  const strata = stratify(new Map(train.map((subject) => [subject, labelsOf.get(subject) ?? []])));
  const random = createRandom(seed).fork("validation");
  const carved = new Set(
    strata.flatMap((stratum, index) => {
      const count = Math.min(stratum.length - 1, Math.max(1, Math.round((stratum.length * 15) / 85)));
      return random.fork(index).shuffled(stratum).slice(0, count);
    }),
  );
  return {
    method: `${method} It has no validation set: 15 parts in 85 of the training subjects were taken for it, stratified by class, drawn from the seed.`,
    folds: [{ train: train.filter((one) => !carved.has(one)), validation: [...carved].sort(), test }],
  };
}
