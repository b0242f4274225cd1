import type { Dataset } from "../dataset/dataset.ts";
import type { SetName } from "../dataset/labels.ts";
import { makeSplits, type Splits, setNames } from "../dataset/splits.ts";

/** A dataset with its own splits. */
export interface SplitDataset {
  readonly dataset: Dataset;
  readonly splits: Splits;
}

/**
 * One split for all datasets of a chain, so that nobody who is tested in one stage was learned from in another: stratified by the
 * labels of all of them. Where label files gave the sets, those stay; subjects whom none of these names are learned from.
 * @throws InputError CLASS_TOO_SMALL.
 */
export function jointSplits(datasets: readonly SplitDataset[]): Splits {
  const cases = datasets.flatMap(({ dataset }) => dataset.cases);
  const given = givenSets(datasets);
  const seed = datasets[0]?.splits.seed ?? 1;
  return makeSplits(cases, { seed, given });
}

/** The splits' part that a dataset's subjects make up. */
export function splitsWithin(splits: Splits, { cases }: Dataset): Splits {
  const subjects = new Set(cases.map((one) => one.subjectId));
  const within = (list: readonly string[]) => list.filter((subject) => subjects.has(subject));
  const folds = splits.folds.map(({ train, validation, test }) => ({
    train: within(train),
    validation: within(validation),
    test: within(test),
  }));
  return { ...splits, method: `${splits.method} The same for all data sets of a chain.`, folds };
}

/** A single fold is one that a label file gave. The first dataset's word counts most. */
function givenSets(datasets: readonly SplitDataset[]): Map<string, SetName> | undefined {
  const given = new Map<string, SetName>();
  for (const { splits } of datasets) {
    const [fold, ...others] = splits.folds;
    if (fold === undefined || others.length > 0) continue;
    for (const set of setNames) {
      for (const subject of fold[set]) if (!given.has(subject)) given.set(subject, set);
    }
  }
  if (given.size === 0) return undefined;
  for (const { dataset } of datasets) {
    for (const { subjectId } of dataset.cases) if (!given.has(subjectId)) given.set(subjectId, "train");
  }
  return given;
}
