import { describe, expect, it } from "vitest";
import type { Case, Dataset } from "../dataset/dataset.ts";
import { makeSplits, type Splits, setNames } from "../dataset/splits.ts";
import { jointSplits, splitsWithin } from "./jointSplits.ts";

type Labelled = Pick<Case, "subjectId" | "label" | "sliceLabels">;

function dataset(cases: readonly Labelled[]): Dataset {
  return { cases } as unknown as Dataset;
}

const many = (count: number, of: (i: number) => Labelled) => Array.from({ length: count }, (_, i) => of(i));
const studies = many(20, (i) => ({ subjectId: `s${i}`, label: i % 2 === 0 ? "disease" : "normal" }));
const slices = many(14, (i) => ({
  subjectId: `s${i + 10}`,
  label: null,
  sliceLabels: { 0: i % 2 === 0 ? "opacity" : "streaks" },
}));

describe("jointSplits", () => {
  it("puts nobody in two sets, whichever data set they are in, and each class of each level in each set", () => {
    const [first, second] = [dataset(studies), dataset(slices)];
    const own = (cases: readonly Labelled[]) => makeSplits(cases, { seed: 3 });
    const splits = jointSplits([
      { dataset: first, splits: own(studies) },
      { dataset: second, splits: own(slices) },
    ]);
    const [a, b] = [splitsWithin(splits, first).folds[0]!, splitsWithin(splits, second).folds[0]!];
    expect(setNames.flatMap((set) => a[set]).sort()).toEqual(studies.map(({ subjectId }) => subjectId).sort());
    for (const set of setNames) {
      for (const other of setNames.filter((name) => name !== set)) {
        expect(a[set].filter((subject) => b[other].includes(subject))).toEqual([]);
      }
      const labels = [...studies, ...slices].flatMap(({ subjectId, label, sliceLabels }) =>
        [...a[set], ...b[set]].includes(subjectId) ? [label ?? sliceLabels?.[0]] : [],
      );
      expect(new Set(labels)).toEqual(new Set(["disease", "normal", "opacity", "streaks"]));
    }
  });

  it("keeps the sets that a label file gave; whom it does not name is learned from", () => {
    const fold = {
      train: ["s0", "s1", "s2", "s3"],
      validation: ["s4", "s5"],
      test: many(14, (i) => studies[i + 6]!).map((one) => one.subjectId),
    };
    const given: Splits = { format: "groundglass-splits/1", seed: 1, method: "given", folds: [fold] };
    const [joint] = jointSplits([
      { dataset: dataset(studies), splits: given },
      { dataset: dataset(slices), splits: makeSplits(slices, { seed: 3 }) },
    ]).folds;
    expect([...joint!.validation].sort()).toEqual(["s4", "s5"]);
    expect([...joint!.test].sort()).toEqual([...fold.test].sort());
    expect(joint!.train).toEqual(expect.arrayContaining(["s0", "s20", "s23"]));
  });
});
