import { describe, expect, it } from "vitest";
import { chooseThreshold } from "./chooseThreshold.ts";
import type { KnownStudy } from "./knownStudies.ts";

const classes = ["COVID-19", "other pneumonia", "normal"];

/** A study with so many images of each class, each wholly sure. */
function study(truth: string, ...counts: readonly number[]): KnownStudy {
  const rows = counts.flatMap((count, k) =>
    Array.from({ length: count }, () => counts.map((_, j) => (j === k ? 1 : 0))),
  );
  return { subjectId: "s", truth: classes.indexOf(truth), rows };
}

describe("chooseThreshold", () => {
  it("finds the gap between the studies of two classes and takes its middle", () => {
    const chosen = chooseThreshold([study("normal", 2, 0, 8), study("normal", 0, 0, 10), study("COVID-19", 4, 0, 6)]);
    expect(chosen).toBeCloseTo(0.3, 12);
  });

  it("keeps 5 % where it is as good as any", () => {
    const chosen = chooseThreshold([study("normal", 0, 0, 10), study("COVID-19", 4, 0, 6)]);
    expect(chosen).toBe(0.05);
  });

  it("goes below 5 % where that is better", () => {
    const chosen = chooseThreshold([
      study("normal", 1, 0, 99),
      study("COVID-19", 3, 0, 97),
      study("COVID-19", 4, 0, 96),
    ]);
    expect(chosen).toBeCloseTo(0.02, 12);
  });

  it("keeps 5 % where every study is one image, because every threshold says the same", () => {
    const chosen = chooseThreshold([
      study("normal", 1, 0, 0),
      study("COVID-19", 1, 0, 0),
      study("other pneumonia", 0, 1, 0),
    ]);
    expect(chosen).toBe(0.05);
  });

  it("counts the order of decision in: other pneumonia must not be lost to a few images of COVID-19", () => {
    const chosen = chooseThreshold([
      study("other pneumonia", 1, 8, 1),
      study("COVID-19", 5, 5, 0),
      study("normal", 0, 0, 10),
    ]);
    expect(chosen).toBeGreaterThan(0.1);
    expect(chosen).toBeLessThan(0.5);
  });
});
