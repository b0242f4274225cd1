import { describe, expect, it } from "vitest";
import { createRandom } from "../base/random.ts";
import { classesInEpoch, imagesInEpoch, labelledImages, planEpoch } from "./epochPlan.ts";

const cases = [
  { caseId: "a", labels: [0, 0, 0, 0, 0] },
  { caseId: "b", labels: [1, -1, 1] },
  { caseId: "c", labels: [2] },
];
const all = { batchSize: 4, slicesPerStudy: null };
const nameOf = ({ caseId, index }: { caseId: string; index: number }) => `${caseId}${index}`;

describe("planEpoch", () => {
  it("gives whole batches of different images, none without a label", () => {
    const batches = planEpoch(cases, all, createRandom(1));
    expect(batches.map((batch) => batch.length)).toEqual([4, 4]);
    expect(batches.flat().map(nameOf).sort()).toEqual(["a0", "a1", "a2", "a3", "a4", "b0", "b2", "c0"]);
  });

  it("leaves out what fills no batch, not the same images in every epoch", () => {
    const left = (epoch: number) => {
      const used = new Set(
        planEpoch(cases, { ...all, batchSize: 7 }, createRandom(epoch))
          .flat()
          .map(nameOf),
      );
      return labelledImages(cases)
        .map(nameOf)
        .filter((name) => !used.has(name))
        .join();
    };
    expect(new Set(Array.from({ length: 20 }, (_, epoch) => left(epoch))).size).toBeGreaterThan(3);
  });

  it("takes at most so many images of a case, others in another epoch", () => {
    const drawn = (seed: number) => planEpoch(cases, { batchSize: 1, slicesPerStudy: 2 }, createRandom(seed)).flat();
    expect(drawn(1).filter((image) => image.caseId === "a")).toHaveLength(2);
    const seen = Array.from({ length: 20 }, (_, seed) => drawn(seed))
      .flat()
      .map(nameOf);
    expect(new Set(seen).size).toBe(8);
  });

  it("hangs on the random numbers' seed alone", () => {
    expect(planEpoch(cases, all, createRandom(3))).toEqual(planEpoch(cases, all, createRandom(3)));
    expect(planEpoch(cases, all, createRandom(3))).not.toEqual(planEpoch(cases, all, createRandom(4)));
  });
});

describe("imagesInEpoch", () => {
  it("counts labelled images up to the cap of each case", () => {
    expect(imagesInEpoch(cases, null)).toBe(8);
    expect(imagesInEpoch(cases, 2)).toBe(5);
  });
});

describe("planEpoch by subject", () => {
  // Of class 0: subject s with 5 + 3 images in two studies, subject t with 1; of class 1: subject u with 2.
  const studies = [
    { caseId: "s1", subjectId: "s", labels: [0, 0, 0, 0, 0] },
    { caseId: "s2", subjectId: "s", labels: [0, 0, 0] },
    { caseId: "t1", subjectId: "t", labels: [0, -1] },
    { caseId: "u1", subjectId: "u", labels: [1, 1] },
  ];
  const plan = (seed: number) =>
    planEpoch(studies, { batchSize: 1, slicesPerStudy: null, sampling: "subjects" }, createRandom(seed)).flat();

  it("gives each class, and in it each subject, as many images as the others, to one", () => {
    for (let seed = 0; seed < 20; seed++) {
      const drawn = plan(seed);
      expect(drawn).toHaveLength(11);
      const count = (prefix: string) => drawn.filter(({ caseId }) => caseId.startsWith(prefix)).length;
      expect([5, 6]).toContain(count("u"));
      expect(Math.abs(count("s") - count("t"))).toBeLessThanOrEqual(1);
    }
  });

  it("gives no image of a subject twice before all were given, and all of them in time", () => {
    const seen = new Set<string>();
    for (let seed = 0; seed < 40; seed++) {
      const ofS = plan(seed).filter(({ caseId }) => caseId.startsWith("s"));
      expect(new Set(ofS.map(nameOf)).size).toBe(ofS.length);
      for (const image of ofS) seen.add(nameOf(image));
    }
    expect(seen.size).toBe(8);
    expect(plan(3)).toEqual(plan(3));
  });

  it("counts the classes as they are drawn", () => {
    const counts = (sampling: "images" | "subjects", slicesPerStudy: number | null) =>
      classesInEpoch(studies, { slicesPerStudy, sampling }, 3);
    expect(counts("images", null)).toEqual([9, 2, 0]);
    expect(counts("images", 2)).toEqual([5, 2, 0]);
    expect(counts("subjects", 2)).toEqual([3.5, 3.5, 0]);
  });
});
