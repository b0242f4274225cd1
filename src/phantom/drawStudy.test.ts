import { describe, expect, test } from "vitest";
import { voxelMl } from "../study/volume.ts";
import { type DrawnStudy, drawStudy, phantomUid } from "./drawStudy.ts";
import { manifestations } from "./lesions.ts";
import { phantomLabels, planPhantoms } from "./planPhantoms.ts";

const studies = planPhantoms({ subjects: 24, seed: 3, matrix: 72, sliceSpacingMm: 15 }).map(drawStudy);

describe("a drawn study", () => {
  test("is decided by its plan", () => {
    const again = drawStudy(studies[5]!.plan);
    expect(again).toEqual(studies[5]);
  });

  test("has lungs of a person's size, darker than what is around, within the slices", () => {
    for (const { lungs, volume } of studies) {
      const ml = (side: number) => lungs.filter((code) => code === side).length * voxelMl(volume.geometry);
      expect(ml(1)).toBeGreaterThan(800);
      expect(ml(2)).toBeGreaterThan(700);
      expect(ml(1) + ml(2)).toBeLessThan(9000);
      expect(meanLungHu({ lungs, volume })).toBeLessThan(-450);
      const area = volume.shape[1] * volume.shape[2];
      expect(lungs.subarray(0, area).some((code) => code > 0)).toBe(false);
      expect(lungs.subarray(lungs.length - area).some((code) => code > 0)).toBe(false);
    }
  });

  test("lies as every Volume does: right lung at small x, table at large y, z to the head", () => {
    for (const { lungs, volume } of studies) {
      const [, rows, columns] = volume.shape;
      let right = 0;
      let left = 0;
      lungs.forEach((code, i) => {
        if (code === 1) right = Math.max(right, i % columns);
        if (code === 2) left = left === 0 ? i % columns : Math.min(left, i % columns);
      });
      expect(right).toBeLessThan(left);
      expect(volume.sliceNames).toHaveLength(volume.shape[0]);
      expect(new Set(volume.sliceNames).size).toBe(volume.shape[0]);
      expect(volume.voxels).toHaveLength(volume.shape[0] * rows * columns);
      expect(volume.geometry.axes[0]).toEqual([0, 0, 1]);
    }
  });

  test("has lesions only within the lungs, of all manifestations over the set, none where it is normal", () => {
    const seen = new Set<number>();
    for (const { lesions, lungs, lesionVolumes, plan } of studies) {
      for (const code of new Set(lesions)) seen.add(code);
      expect(lesions.some((code, i) => code > 0 && lungs[i] === 0)).toBe(false);
      if (plan.label === "normal") expect(lesionVolumes).toEqual([]);
      else expect(lesionVolumes.length).toBeGreaterThan(0);
    }
    expect(seen).toEqual(new Set([0, 1, 2, 3]));
  });

  test("says the millilitres of its mask and labels the slices that show it", () => {
    for (const { lesions, lesionVolumes, sliceLabels, sliceShows, volume } of studies) {
      const area = volume.shape[1] * volume.shape[2];
      const pixelMm2 = volume.geometry.spacingMm[1] ** 2;
      manifestations.forEach((manifestation, i) => {
        const ml = lesions.filter((code) => code === i + 1).length * voxelMl(volume.geometry);
        expect(lesionVolumes.find((one) => one.manifestation === manifestation)?.ml ?? 0).toBeCloseTo(ml, 2);
      });
      sliceLabels.forEach((label, z) => {
        const slice = lesions.subarray(z * area, (z + 1) * area);
        const mm2 = slice.filter((code) => code > 0).length * pixelMm2;
        if (label === null) expect(mm2).toBeLessThan(90);
        else expect(sliceShows[z]).toContain(label);
        manifestations.forEach((manifestation, i) => {
          const own = slice.filter((code) => code === i + 1).length * pixelMm2;
          // 30 mm², of streaks, which are thin, a third.
          expect(sliceShows[z]?.includes(manifestation)).toBe(own >= (i === 2 ? 10 : 30));
        });
      });
    }
  });

  test("shows its lesions: ground glass is greyer than lung and darker than consolidation", () => {
    const means = [0, 1, 2].map((code) => {
      let sum = 0;
      let count = 0;
      for (const { lesions, lungs, volume } of studies) {
        lesions.forEach((one, i) => {
          if (one !== code || lungs[i] === 0) return;
          sum += volume.voxels[i]!;
          count += 1;
        });
      }
      return sum / count;
    });
    expect(means[0]!).toBeLessThan(-700);
    expect(means[1]!).toBeGreaterThan(-620);
    expect(means[1]!).toBeLessThan(-350);
    expect(means[2]!).toBeGreaterThan(-300);
  });

  test("numbers its instances from 1, against the anatomical order in some studies", () => {
    const isUp = studies.map(({ instanceNumbers }) => {
      expect([...instanceNumbers].sort((a, b) => a - b)).toEqual(instanceNumbers.map((_, i) => i + 1));
      return instanceNumbers.every((number, i) => number === i + 1);
    });
    expect(isUp).toContain(true);
    expect(isUp).toContain(false);
  });

  test("of one subject shows the same person on another day", () => {
    const again = studies.filter(({ plan }) => plan.study === 2);
    expect(again.length).toBeGreaterThan(0);
    for (const second of again) {
      const first = studies.find(({ plan }) => plan.subject === second.plan.subject && plan.study === 1)!;
      expect([second.sex, second.ageYears]).toEqual([first.sex, first.ageYears]);
      expect(second.volume.series.studyUid).not.toBe(first.volume.series.studyUid);
      const lungsMl = [first, second].map(
        ({ lungs, volume }) => lungs.filter((code) => code > 0).length * voxelMl(volume.geometry),
      );
      expect(lungsMl[1]! / lungsMl[0]!).toBeCloseTo(1, 1);
    }
  });
});

describe("a drawn set", () => {
  test("is too hard for the mean density of the lungs, even fitted on the set itself", () => {
    expect(bestThresholds(studies, meanLungHu)).toBeLessThan(0.75);
  });

  test("is not given away by the number of slices, the volume of the lungs or the field of view", () => {
    const largestShare = Math.max(...phantomLabels.map((label) => shareOf(studies, label)));
    const tells = [
      (study: DrawnStudy) => study.volume.shape[0],
      (study: DrawnStudy) => study.lungs.filter((code) => code > 0).length * voxelMl(study.volume.geometry),
      (study: DrawnStudy) => study.volume.geometry.spacingMm[1],
    ];
    for (const tell of tells) expect(bestThresholds(studies, tell)).toBeLessThan(largestShare + 0.2);
  });
});

test("a UID is under 2.25, at most 64 characters, without leading zero", () => {
  for (let i = 0; i < 50; i++) expect(phantomUid(`text ${i}`)).toMatch(/^2\.25\.[1-9]\d{20,38}$/);
});

function meanLungHu({ lungs, volume }: Pick<DrawnStudy, "lungs" | "volume">): number {
  let sum = 0;
  let count = 0;
  lungs.forEach((code, i) => {
    if (code === 0) return;
    sum += volume.voxels[i]!;
    count += 1;
  });
  return sum / count;
}

function shareOf(set: readonly DrawnStudy[], label: string): number {
  return set.filter(({ plan }) => plan.label === label).length / set.length;
}

/** The best accuracy of two thresholds on a value: three ranges, each given any class. */
function bestThresholds(set: readonly DrawnStudy[], tell: (study: DrawnStudy) => number): number {
  const values = set.map((study) => ({ value: tell(study), label: study.plan.label }));
  const cuts = [-Infinity, ...new Set(values.map(({ value }) => value))];
  const most = (low: number, high: number) => {
    const within = values.filter(({ value }) => value > low && value <= high);
    return Math.max(...phantomLabels.map((label) => within.filter((one) => one.label === label).length));
  };
  let best = 0;
  for (const first of cuts) {
    for (const second of cuts) {
      if (second < first) continue;
      best = Math.max(best, most(-Infinity, first) + most(first, second) + most(second, Infinity));
    }
  }
  return best / values.length;
}
