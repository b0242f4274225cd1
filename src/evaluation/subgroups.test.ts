import { describe, expect, test } from "vitest";
import { createRandom } from "../base/random.ts";
import { resampleSubjects } from "../statistics/resampling.ts";
import { toItems } from "./items.ts";
import { subgroups } from "./subgroups.ts";
import { groupByTrait, type Traits } from "./traits.ts";

const classes = ["ill", "well"];

/** One study of each subject: its truth, whether the call is right, and its scanner. */
function made(rows: readonly { truth: number; right: boolean; scanner?: string }[]) {
  const items = toItems(
    classes,
    rows.map(({ truth, right }, i) => ({
      subjectId: `s${i}`,
      truth: classes[truth]!,
      predicted: right ? truth : 1 - truth,
      probabilities: [0.5, 0.5],
    })),
  );
  const traits = rows.map(({ scanner }): Traits => (scanner === undefined ? {} : { scanner }));
  const resampling = resampleSubjects(items.subjects, { resamples: 200, seed: 1 });
  return subgroups(items, traits, { resampling, seed: 1, what: "studies" });
}

const times = <T>(count: number, row: T): T[] => Array<T>(count).fill(row);

describe("subgroups", () => {
  test("count each group's items, and leave out those whose trait is not known", () => {
    const [scanner] = made([
      ...times(6, { truth: 0, right: true, scanner: "A" }),
      ...times(2, { truth: 0, right: false, scanner: "B" }),
      ...times(3, { truth: 1, right: true, scanner: "B" }),
      { truth: 1, right: false },
    ]);
    expect(scanner).toMatchObject({ trait: "scanner", unknown: 1 });
    expect(scanner!.groups.map(({ group, n, overallAccuracy }) => [group, n, overallAccuracy.numerator])).toEqual([
      ["A", 6, 6],
      ["B", 5, 3],
    ]);
    expect(scanner!.groups[1]!.sensitivity).toMatchObject({ numerator: 0, denominator: 2 });
    expect(scanner!.groups[0]!.specificity.value).toBeNull();
  });

  test("find a scanner on which all calls are wrong", () => {
    const [scanner] = made([
      ...times(12, { truth: 0, right: true, scanner: "A" }),
      ...times(12, { truth: 0, right: false, scanner: "B" }),
    ]);
    // Of C(24, 12) = 2,704,156 ways to deal the scanners, two are as far apart.
    expect(scanner!.difference.p).toBe(1 / 2001);
  });

  test("do not blame a scanner for holding the harder class", () => {
    const [scanner] = made([
      ...times(20, { truth: 0, right: true, scanner: "A" }),
      ...times(20, { truth: 1, right: false, scanner: "B" }),
    ]);
    expect(scanner!.difference).toMatchObject({ p: null, adjustedP: null });
    expect(scanner!.difference.reason).toContain("different classes");
  });

  test("call chance a difference in one of twenty at most, about", () => {
    const random = createRandom(2);
    const found = Array.from({ length: 60 }, () => {
      const rows = Array.from({ length: 40 }, () => ({
        truth: random.integer(2),
        right: random.uniform() < 0.7,
        scanner: random.pick(["A", "B", "C"]),
      }));
      return made(rows)[0]!.difference.p!;
    });
    // Binomial, 60 trials of 5 %: more than 8 in 1 of 170 such tests.
    expect(found.filter((p) => p <= 0.05).length).toBeLessThanOrEqual(8);
    expect(found.filter((p) => p <= 0.5).length).toBeGreaterThan(15);
  });
});

describe("groupByTrait", () => {
  const group = (trait: string, values: readonly (string | number | undefined)[]) => {
    const found = groupByTrait(
      trait,
      values.map((value) => (value === undefined ? {} : { [trait]: value })),
    );
    return found && { groups: found.groups, of: [...found.groupOf] };
  };

  test("deals numbers into thirds", () => {
    expect(group("spacingZMm", [1, 2, 3, 4, 5, 6, 7, undefined])).toEqual({
      groups: ["at most 3", "over 3 to 5", "over 5"],
      of: [0, 0, 0, 1, 1, 2, 2, -1],
    });
  });

  test("cuts ages at 40, 60 and 80 years", () => {
    expect(group("age", [25, 40, 59, 60, 79.5, 80])).toEqual({
      groups: ["under 40", "40–59", "60–79", "80 and older"],
      of: [0, 1, 1, 2, 2, 3],
    });
  });

  test("keeps a handful of numbers as they are, in ascending order", () => {
    expect(group("sliceThicknessMm", [10, 2, 2, 10, 5])).toEqual({ groups: ["2", "5", "10"], of: [2, 0, 0, 2, 1] });
  });

  test("puts rare words beyond the eighth together", () => {
    const words = [..."aabbccddeeffghijk"];
    const found = group("site", words);
    expect(found!.groups).toEqual(["a", "b", "c", "d", "e", "f", "g", "other values"]);
    expect(found!.of.slice(-4)).toEqual([7, 7, 7, 7]);
  });

  test("makes no groups where all are the same", () => {
    expect(group("kernel", ["B60", "B60"])).toBeNull();
  });
});
