import { describe, expect, it } from "vitest";
import type { Case } from "../dataset/dataset.ts";
import {
  checkOperatingPoint,
  type DecisionOptions,
  decisionSettingsSchema,
  resolveDecision,
} from "./decisionSettings.ts";

const classes = ["COVID-19", "other pneumonia", "normal"];
const resolve = (options: DecisionOptions, changes: { preset?: "chen2021"; level?: "slice" } = {}) =>
  resolveDecision(options, { preset: "default", level: "study", classes, ...changes });

describe("resolveDecision", () => {
  it("takes the preset's way where the user says nothing: the paper's rule in chen2021, the best one else", () => {
    expect(resolve({})).toEqual({ rule: "auto", calibration: "temperature", operatingPoint: null });
    expect(resolve({}, { preset: "chen2021" })).toEqual({
      rule: "fraction",
      calibration: "none",
      operatingPoint: null,
    });
  });

  it("takes the fraction rule where a threshold is given", () => {
    expect(resolve({ threshold: 0.1 }).rule).toBe("fraction");
  });

  it("chooses an operating point for the first class, or for the one that is named", () => {
    const criterion = { kind: "sensitivity", atLeast: 0.95 };
    expect(resolve({ operatingPoint: "sensitivity=0.95" }).operatingPoint).toEqual({ class: "COVID-19", criterion });
    const named = resolve({ operatingPoint: "sensitivity=0.95", operatingClass: "normal" });
    expect(named.operatingPoint).toEqual({ class: "normal", criterion });
  });

  it.each<[DecisionOptions, string]>([
    [{ studyRule: "median" }, "STUDY_RULE_UNKNOWN"],
    [{ studyRule: "mean", threshold: 0.1 }, "THRESHOLD_UNUSED"],
    [{ calibration: "platt" }, "CALIBRATION_UNKNOWN"],
    [{ operatingPoint: "best" }, "OPERATING_POINT_INVALID"],
    [{ operatingClass: "normal" }, "OPERATING_POINT_INVALID"],
    [{ operatingPoint: "youden", operatingClass: "flu" }, "OPERATING_POINT_UNKNOWN"],
  ])("refuses %j with %s", (options, code) => {
    expect(() => resolve(options)).toThrow(expect.objectContaining({ code }));
  });

  it("refuses an operating point where studies have no truth", () => {
    const refused = () => resolve({ operatingPoint: "youden" }, { level: "slice" });
    expect(refused).toThrow(expect.objectContaining({ code: "OPERATING_POINT_UNKNOWN" }));
  });
});

it("reads a run of before rules could be chosen as what it was: the fraction rule, uncalibrated", () => {
  expect(decisionSettingsSchema.parse(undefined)).toEqual({
    rule: "fraction",
    calibration: "none",
    operatingPoint: null,
  });
});

describe("checkOperatingPoint", () => {
  const caseOf = (subjectId: string, label: string): Case => ({
    caseId: "case-000000000000",
    path: "",
    subjectId,
    studyUid: "1",
    label,
    prepared: { slices: 3, pixelsSha256: "", lungsMl: null, attributes: {}, warnings: [] },
  });
  const check = (labels: readonly string[]) => () =>
    checkOperatingPoint(
      resolve({ operatingPoint: "youden" }),
      labels.map((label, i) => caseOf(`s${i}`, label)),
      classes,
    );

  it("refuses before training what validation cannot tell", () => {
    const refused = expect.objectContaining({ code: "OPERATING_POINT_UNKNOWN" });
    expect(check(["COVID-19", "COVID-19", "normal", "normal"])).not.toThrow();
    expect(check(["COVID-19", "normal", "normal"])).toThrow(refused);
    expect(check(["other pneumonia", "other pneumonia", "normal", "normal"])).toThrow(refused);
    expect(check(["COVID-19", "COVID-19"])).toThrow(refused);
  });
});
