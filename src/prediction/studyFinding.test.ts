import { describe, expect, it } from "vitest";
import { calibrate } from "./calibration.ts";
import type { OperatingPoint } from "./operatingPoint.ts";
import { studyFinding } from "./studyFinding.ts";

const classes = ["COVID-19", "other pneumonia", "normal"];
const plain = {
  studyRule: { kind: "mean", classes, chosenOn: "preset" },
  calibration: null,
  operatingPoint: null,
} as const;
const rows = [
  [0.5, 0.3, 0.2],
  [0.3, 0.1, 0.6],
];
const point = (threshold: number): OperatingPoint => ({
  class: "COVID-19",
  threshold,
  criterion: { kind: "youden" },
  chosenOn: "validation",
  reached: { studies: 9, subjects: 9, sensitivity: 1, specificity: 1 },
});
const temperature = (value: number) => ({
  fittedOn: { set: "validation", subjects: 20, studies: 20, slices: 200 } as const,
  slices: null,
  studies: { kind: "temperature", temperature: value } as const,
  notes: [],
});

describe("studyFinding", () => {
  it("follows the rule where there is no operating point", () => {
    expect(studyFinding(plain, rows)).toMatchObject({
      finding: "COVID-19",
      decidedBy: "studyRule",
      isCalibrated: false,
    });
  });

  it("calls the class from the operating point on, and else what the rule or the other probabilities say", () => {
    const at = (threshold: number, some = rows) => studyFinding({ ...plain, operatingPoint: point(threshold) }, some);
    expect(at(0.4)).toMatchObject({ finding: "COVID-19", decidedBy: "operatingPoint" });
    expect(at(0.5).finding).toBe("normal");
    expect(at(0.1, [[0.2, 0.1, 0.7]]).finding).toBe("COVID-19");
    expect(at(0.4, [[0.2, 0.7, 0.1]]).finding).toBe("other pneumonia");
  });

  it("compares the calibrated probability with the operating point", () => {
    const flat = { ...plain, calibration: temperature(50), operatingPoint: point(0.36) };
    const found = studyFinding(flat, rows);
    expect(found.isCalibrated).toBe(true);
    expect(found.probabilities[0]).toBeLessThan(0.36);
    expect(found.finding).toBe("normal");
  });
});

describe("calibrate", () => {
  it("takes a root by the temperature and keeps the order", () => {
    // Square roots of 0.64, 0.32 and 0.04, scaled to sum to 1.
    const sum = 0.8 + Math.sqrt(0.32) + 0.2;
    const found = calibrate({ kind: "temperature", temperature: 2 }, [0.64, 0.32, 0.04]);
    expect(found[0]).toBeCloseTo(0.8 / sum, 12);
    expect(found[2]).toBeCloseTo(0.2 / sum, 12);
  });

  it("reads an isotonic curve between its points and level beyond them, then scales", () => {
    const curve = { stated: [0.2, 0.6], calibrated: [0.1, 0.5] };
    const found = calibrate({ kind: "isotonic", curves: [curve, curve] }, [0.4, 0.9]);
    expect(found).toEqual([expect.closeTo(0.3 / 0.8, 12), expect.closeTo(0.5 / 0.8, 12)]);
    expect(calibrate({ kind: "isotonic", curves: [curve, curve] }, [0, 0.2])).toEqual([0.5, 0.5]);
  });

  it("leaves probabilities alone where there is no map", () => {
    expect(calibrate(null, [0.4, 0.6])).toEqual([0.4, 0.6]);
  });
});
