import { describe, expect, it } from "vitest";
import { createRandom } from "../base/random.ts";
import type { Case } from "../dataset/dataset.ts";
import { areaOfCells, testAttribute } from "./attributeTest.ts";
import { labelledItems, labelShuffler } from "./labelledItems.ts";
import { permutationP } from "./permutationP.ts";

/** Cases of as many subjects, labels in turn. studies: how many each subject has. */
function itemsOf(subjects: number, classes: readonly string[], studies: (subject: number) => number = () => 1) {
  const cases = Array.from({ length: subjects }, (_, s) =>
    Array.from({ length: studies(s) }, (_, i) => ({
      caseId: `case-${s}-${i}`,
      subjectId: `subject-${s}`,
      label: classes[s % classes.length] ?? null,
    })),
  ).flat();
  return labelledItems({ cases: cases as unknown as Case[], classes });
}

describe("areaOfCells", () => {
  it("is the share of pairs won, ties counting half, by weight", () => {
    // Positives 2 at score 1 and 1 at score 2; negatives 1 at 0 and 3 at 1: won 2·(1 + 3/2) + 1·4 = 9 of 12 pairs.
    const cells = [
      { score: 1, positive: 2, negative: 3 },
      { score: 2, positive: 1, negative: 0 },
      { score: 0, positive: 0, negative: 1 },
    ];
    expect(areaOfCells(cells)).toBeCloseTo(9 / 12, 12);
    expect(areaOfCells([{ score: 1, positive: 2, negative: 0 }])).toBe(0.5);
  });
});

describe("testAttribute", () => {
  it("tells a class that an attribute gives away, in any form", () => {
    const items = itemsOf(60, ["a", "b", "c"]);
    const isB = (i: number) => items.label[i] === 1;
    const word = Array.from({ length: items.count }, (_, i) => (isB(i) ? "LUNG" : "STANDARD"));
    const number = Array.from({ length: items.count }, (_, i) => (isB(i) ? 300 + i : i));
    const absent = Array.from({ length: items.count }, (_, i) => (isB(i) ? undefined : 7));
    for (const values of [word, absent]) {
      expect(testAttribute(items, values, createRandom(1))).toEqual({ class: 1, auc: 1, p: 1 / 5000 });
    }
    const ofNumber = testAttribute(items, number, createRandom(1));
    expect(ofNumber).toMatchObject({ class: 1, p: 1 / 5000 });
    expect(ofNumber?.auc).toBeGreaterThan(0.95);
    // The middle of a range, which no straight line could tell.
    const middle = Array.from({ length: items.count }, (_, i) =>
      isB(i) ? 50 + i / 100 : i % 2 === 0 ? i / 100 : 99 + i / 100,
    );
    expect(testAttribute(items, middle, createRandom(1))?.auc).toBeGreaterThan(0.95);
  });

  it("says nothing of an attribute that is the same for all", () => {
    const items = itemsOf(20, ["a", "b"]);
    expect(testAttribute(items, new Array(20).fill("x"), createRandom(1))).toBeNull();
  });

  it("does not learn words by heart that stand for one or two subjects", () => {
    const items = itemsOf(40, ["a", "b"]);
    const own = Array.from({ length: 40 }, (_, i) => `serial ${i}`);
    expect(testAttribute(items, own, createRandom(1))).toBeNull();
  });

  it("finds chance significant at 5 % in no more than about 5 % of draws, with subjects of several studies", () => {
    const items = itemsOf(30, ["a", "b"], (s) => (s % 2 === 0 ? 3 : 1));
    let alarms = 0;
    for (let seed = 0; seed < 200; seed++) {
      const random = createRandom(`chance ${seed}`);
      const ofSubject = Array.from({ length: 30 }, () => random.integer(4));
      const values = Array.from(items.subject, (subject) => ofSubject[subject]);
      if ((testAttribute(items, values, random)?.p ?? 1) <= 0.05) alarms++;
    }
    // Of 200 draws at 5 %, more than 18 come up once in 100.
    expect(alarms).toBeLessThanOrEqual(18);
  });
});

describe("labelShuffler", () => {
  it("gives each subject the labels of another, all studies of one the same", () => {
    const items = itemsOf(10, ["a", "b"], () => 2);
    const shuffled = labelShuffler(items, createRandom(3))();
    for (let i = 0; i < items.count; i += 2) expect(shuffled[i]).toBe(shuffled[i + 1]);
    expect([...shuffled].filter((label) => label === 0)).toHaveLength(10);
    expect([...shuffled]).not.toEqual([...items.label]);
  });
});

describe("permutationP", () => {
  it("counts the observed one among the permutations, and stops at twenty that reach it", () => {
    expect(permutationP(1, () => 0, 99)).toBe(1 / 100);
    let drawn = 0;
    expect(permutationP(1, () => (++drawn % 4 === 0 ? 1 : 0), 1000)).toBe(20 / 80);
    expect(drawn).toBe(80);
  });
});
