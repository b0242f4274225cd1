import { describe, expect, it } from "vitest";
import { createRandom } from "../base/random.ts";
import { imagesInEpoch, labelledImages, planEpoch } from "./epochPlan.ts";

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
