import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { SetName } from "./labels.ts";
import { checkSplits, type Fold, makeDisjointFolds, makeSplits, type Splits, setNames } from "./splits.ts";

interface SmallCase {
  readonly subjectId: string;
  readonly label: string | null;
  readonly sliceLabels?: Readonly<Record<string, string>>;
}

/** So many subjects of each class, each with one study. */
function casesOf(counts: Readonly<Record<string, number>>): SmallCase[] {
  return Object.entries(counts).flatMap(([label, count]) =>
    Array.from({ length: count }, (_, i) => ({ subjectId: `${label}-${String(i).padStart(3, "0")}`, label })),
  );
}

const ofClass = (subjects: readonly string[], label: string) => subjects.filter((one) => one.startsWith(`${label}-`));
const heldOut = (fold: Fold) => [...fold.validation, ...fold.test];

describe("makeSplits", () => {
  it("holds out 15 % and 15 % of each class's subjects of the paper", () => {
    const { folds } = makeSplits(casesOf({ covid: 72, other: 252, normal: 98 }), { seed: 1 });
    const [first] = folds as [Fold];
    expect(["covid", "other", "normal"].map((name) => setNames.map((set) => ofClass(first[set], name).length))).toEqual(
      [
        [50, 11, 11],
        [176, 38, 38],
        [68, 15, 15],
      ],
    );
  });

  it("slides the window by 20 %: adjacent folds share exactly 10 %, test sets are disjoint, training is 70 %", () => {
    const { folds } = makeSplits(casesOf({ a: 20, b: 100 }), { seed: 5 });
    expect(folds).toHaveLength(5);
    for (const [k, fold] of folds.entries()) {
      const next = folds[(k + 1) % 5] as Fold;
      for (const [name, count] of [
        ["a", 20],
        ["b", 100],
      ] as const) {
        expect(ofClass(fold.train, name)).toHaveLength(0.7 * count);
        expect(ofClass(fold.validation, name)).toHaveLength(0.15 * count);
        const shared = ofClass(heldOut(fold), name).filter((one) => heldOut(next).includes(one));
        expect(shared).toHaveLength(0.1 * count);
      }
    }
    const tests = folds.flatMap((fold) => fold.test);
    expect(new Set(tests).size).toBe(tests.length);
  });

  it("never puts one subject in two sets, and leaves none out, whatever the classes and labels", () => {
    const subject = fc.record({ studies: fc.array(fc.integer({ min: 0, max: 2 }), { minLength: 1, maxLength: 4 }) });
    fc.assert(
      fc.property(fc.array(subject, { maxLength: 40 }), fc.integer(), (subjects, seed) => {
        const cases = [
          ...subjects.flatMap(({ studies }, i) =>
            studies.map((label) => ({ subjectId: `s${i}`, label: `class ${label}` })),
          ),
          ...[0, 1, 2].flatMap((label) =>
            [0, 1, 2].map((i) => ({ subjectId: `base-${label}-${i}`, label: `class ${label}` })),
          ),
        ];
        const { folds } = makeSplits(cases, { seed });
        const all = [...new Set(cases.map(({ subjectId }) => subjectId))].sort();
        for (const fold of folds) {
          expect(setNames.flatMap((set) => fold[set]).sort()).toEqual(all);
          expect(setNames.every((set) => fold[set].length > 0)).toBe(true);
        }
      }),
      { numRuns: 60, seed: 1 },
    );
  });

  it("keeps the five test sets disjoint and of equal size for every class of five subjects and more", () => {
    for (let count = 5; count < 120; count++) {
      const { folds } = makeSplits(casesOf({ a: count }), { seed: 1 });
      const tests = folds.flatMap((fold) => fold.test);
      expect(new Set(tests).size).toBe(tests.length);
      expect(folds.map((fold) => fold.test.length)).toEqual(new Array(5).fill(Math.max(1, Math.round(0.15 * count))));
    }
  });

  it.each([3, 4, 5, 6, 7, 8, 13])("gives each class of %i subjects one in every set of every fold", (count) => {
    const { folds, method } = makeSplits(casesOf({ small: count, large: 50 }), { seed: 2 });
    for (const fold of folds) {
      for (const set of setNames) expect(ofClass(fold[set], "small").length).toBeGreaterThanOrEqual(1);
    }
    const tests = folds.flatMap((fold) => fold.test);
    expect(new Set(tests).size === tests.length).toBe(count >= 5);
    expect(method.includes("repeat")).toBe(count < 5);
  });

  it("is the same for the same seed and any order of cases, and another for another seed", () => {
    const cases = casesOf({ a: 30, b: 30 });
    const splits = makeSplits(cases, { seed: 3 });
    expect(makeSplits(cases.toReversed(), { seed: 3 })).toEqual(splits);
    expect(makeSplits(cases, { seed: 4 }).folds).not.toEqual(splits.folds);
  });

  it("puts every class of slices in every set where few subjects have several", () => {
    const cases = [
      ...["x1", "x2", "x3"].map((subjectId) => ({ subjectId, label: null, sliceLabels: { 0: "x", 1: "x", 2: "y" } })),
      ...["y1", "y2"].map((subjectId) => ({ subjectId, label: null, sliceLabels: { 0: "y" } })),
    ];
    const [first] = makeSplits(cases, { seed: 1 }).folds as [Fold];
    for (const set of setNames) expect(first[set].some((subject) => subject.startsWith("x"))).toBe(true);
  });

  it("refuses a class with two subjects", () => {
    expect(() => makeSplits(casesOf({ a: 9, b: 2 }), { seed: 1 })).toThrow(
      expect.objectContaining({ code: "CLASS_TOO_SMALL", message: expect.stringMatching(/"b" has 2 subjects/) }),
    );
  });
});

describe("makeSplits of given sets", () => {
  const given = (cases: readonly SmallCase[], setOf: (subject: string) => SetName) =>
    new Map(cases.map(({ subjectId }) => [subjectId, setOf(subjectId)]));

  it("keeps them as they are", () => {
    const cases = casesOf({ a: 4, b: 4 });
    const { folds, method } = makeSplits(cases, {
      seed: 1,
      given: given(cases, (subject) => (subject.endsWith("3") ? "validation" : "train")),
    });
    expect(folds).toEqual([
      { train: ["a-000", "a-001", "a-002", "b-000", "b-001", "b-002"], validation: ["a-003", "b-003"], test: [] },
    ]);
    expect(method).toMatch(/no test set/);
  });

  it("takes validation out of training where there is none, by class, and says so", () => {
    const cases = casesOf({ a: 40, b: 4 });
    const { folds, method } = makeSplits(cases, {
      seed: 1,
      given: given(cases, (subject) => (subject.endsWith("3") ? "test" : "train")),
    });
    const [fold] = folds as [Fold];
    expect(fold.test).toEqual(["a-003", "a-013", "a-023", "a-033", "b-003"]);
    expect([ofClass(fold.validation, "a").length, ofClass(fold.validation, "b").length]).toEqual([6, 1]);
    expect(method).toMatch(/no validation set/);
  });

  it("refuses a class without a subject in training", () => {
    const cases = casesOf({ a: 3, b: 3 });
    const sets = given(cases, (subject) => (subject.startsWith("b") ? "test" : "train"));
    expect(() => makeSplits(cases, { seed: 1, given: sets })).toThrow(
      expect.objectContaining({ code: "CLASS_TOO_SMALL" }),
    );
  });
});

describe("makeDisjointFolds", () => {
  const cases = casesOf({ a: 11, b: 7 });

  it("tests each subject once, validates on the next part, and spreads each class over the folds", () => {
    const { folds } = makeDisjointFolds(cases, { seed: 3, folds: 5 });
    const everybody = cases.map((one) => one.subjectId).sort();
    expect(folds.flatMap((fold) => fold.test).sort()).toEqual([...new Set(everybody)]);
    for (const [i, fold] of folds.entries()) {
      expect(fold.validation).toEqual(folds[(i + 1) % 5]!.test);
      expect([2, 3]).toContain(ofClass(fold.test, "a").length);
      expect([1, 2]).toContain(ofClass(fold.test, "b").length);
    }
  });

  it("refuses a class with fewer subjects than folds", () => {
    expect(() => makeDisjointFolds(cases, { seed: 3, folds: 8 })).toThrow(
      expect.objectContaining({ code: "CLASS_TOO_SMALL" }),
    );
  });
});

describe("checkSplits", () => {
  const cases = casesOf({ a: 3 });
  const splits = (fold: Fold): Splits => ({ format: "groundglass-splits/1", seed: 1, method: "", folds: [fold] });

  it.each([
    ["a subject in two sets", { train: ["a-000", "a-001"], validation: ["a-002"], test: ["a-001"] }, "SPLITS_LEAK"],
    ["a subject twice in a set", { train: ["a-000", "a-000"], validation: ["a-001"], test: ["a-002"] }, "SPLITS_LEAK"],
    ["a subject in no set", { train: ["a-000"], validation: ["a-001"], test: [] }, "SPLITS_INCOMPLETE"],
    ["an unknown subject", { train: ["a-000", "b-0"], validation: ["a-001"], test: ["a-002"] }, "SPLITS_INCOMPLETE"],
  ])("refuses %s", (_what, fold, code) => {
    expect(() => checkSplits(splits(fold), cases)).toThrow(expect.objectContaining({ code }));
  });
});
