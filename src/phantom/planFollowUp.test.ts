import { describe, expect, test } from "vitest";
import { courses } from "./course.ts";
import { drawStudy } from "./drawStudy.ts";
import { planFollowUp } from "./planFollowUp.ts";

const settings = { subjects: 3, seed: 3, matrix: 96, sliceSpacingMm: 12 };

describe("planFollowUp", () => {
  test("gives each subject its course, with studies in the order of their days", () => {
    const plans = planFollowUp(settings, 4);
    expect(plans.map(({ course }) => course)).toEqual(courses.flatMap((course) => [course, course, course, course]));
    for (const subject of [1, 2, 3]) {
      const own = plans.filter((plan) => plan.subject === subject);
      expect(own.map(({ daysAfterFirst }) => daysAfterFirst)).toEqual(subject === 1 ? [0, 3, 7, 10] : [0, 12, 24, 36]);
      expect(own.map(({ date }) => date.date)).toEqual(own.map(({ date }) => date.date).toSorted());
    }
  });

  test("draws more and more, less and less, and streaks in the place of clouds", () => {
    const drawn = planFollowUp(settings, 3).map((plan) => drawStudy(plan));
    const clouds = drawn.map(({ lesions }) => lesions.filter((code) => code === 1 || code === 2).length);
    const streaks = drawn.map(({ lesions }) => lesions.filter((code) => code === 3).length);
    const [worse, healed, scarred] = [clouds.slice(0, 3), clouds.slice(3, 6), clouds.slice(6)];
    expect(worse[2]).toBeGreaterThan(2 * worse[0]!);
    expect(healed[0]).toBeGreaterThan(healed[1]!);
    expect([healed[2], scarred[2], streaks[5]]).toEqual([0, 0, 0]);
    expect(streaks[8]).toBeGreaterThan(0);
  });
});
