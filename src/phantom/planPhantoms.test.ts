import { expect, test } from "vitest";
import { phantomLabels, planPhantoms } from "./planPhantoms.ts";

const settings = { subjects: 60, seed: 1, matrix: 256, sliceSpacingMm: 9 };
const plans = planPhantoms(settings);

test("of every three subjects in a row one is of each class, and the order tells nothing", () => {
  const labelOf = new Map(plans.map((plan) => [plan.subject, plan.label]));
  expect([...labelOf.keys()]).toEqual(Array.from({ length: 60 }, (_, i) => i + 1));
  const orders = new Set<string>();
  for (let first = 1; first <= 60; first += 3) {
    const three = [0, 1, 2].map((i) => labelOf.get(first + i));
    expect(new Set(three)).toEqual(new Set(phantomLabels));
    orders.add(three.join());
  }
  expect(orders.size).toBeGreaterThan(3);
});

test("only subjects with COVID-19 come again, at least five days later, in the same illness", () => {
  const again = plans.filter((plan) => plan.study > 1);
  expect(again.length).toBeGreaterThan(8);
  expect(again.length).toBeLessThan(25);
  for (const plan of again) {
    const before = plans.find((one) => one.subject === plan.subject && one.study === plan.study - 1)!;
    expect(plan.label).toBe("COVID-19");
    expect(plan.daysAfterFirst - before.daysAfterFirst).toBeGreaterThanOrEqual(5);
    expect(plan.day - before.day).toBe(plan.daysAfterFirst - before.daysAfterFirst);
    expect(plan.date.date > before.date.date).toBe(true);
  }
});

test("a larger set begins with the smaller one, and another seed is another set", () => {
  expect(planPhantoms({ ...settings, subjects: 90 }).slice(0, plans.length)).toEqual(plans);
  expect(planPhantoms({ ...settings, seed: 2 })).not.toEqual(plans);
});

test("the scanner, its kernel, spacing and numbering vary, and each goes with every class", () => {
  for (const key of ["manufacturer", "spacingZMm", "numbering"] as const) {
    const values = new Set(plans.map((plan) => plan[key]));
    expect(values.size).toBeGreaterThan(2);
    for (const label of phantomLabels) {
      expect(new Set(plans.filter((plan) => plan.label === label).map((plan) => plan[key]))).toEqual(values);
    }
  }
  expect(new Set(plans.map((plan) => plan.kernel.name)).size).toBeGreaterThan(3);
});
