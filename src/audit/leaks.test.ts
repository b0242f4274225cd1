import { describe, expect, it } from "vitest";
import type { Case, Dataset } from "../dataset/dataset.ts";
import type { PreparedCase } from "../dataset/preparedSlices.ts";
import type { Splits } from "../dataset/splits.ts";
import { findTwins } from "./findTwins.ts";
import { findLeaks } from "./leaks.ts";

/** Forty subjects: the first 24 in training, eight in validation, eight in test. */
function caseOf(i: number, more: Partial<Case> = {}): Case {
  return {
    caseId: `case-${String(i).padStart(12, "0")}`,
    path: `studies/${i}`,
    subjectId: `subject-${i}`,
    studyUid: `1.2.${i}`,
    label: i % 2 === 0 ? "a" : "b",
    prepared: { slices: 1, pixelsSha256: "", lungsMl: null, attributes: {}, warnings: [] },
    ...more,
  };
}
const names = Array.from({ length: 40 }, (_, i) => `subject-${i}`);
const splits: Splits = {
  format: "groundglass-splits/1",
  seed: 1,
  method: "",
  folds: [{ train: names.slice(0, 24), validation: names.slice(24, 32), test: names.slice(32) }],
};

function leaksOf(cases: readonly Case[], more: ReadonlyMap<string, Partial<PreparedCase>> = new Map()) {
  const prepared = new Map(
    cases.map(({ caseId }) => [
      caseId,
      { slices: [], patientDigest: null, ...more.get(caseId) } as unknown as PreparedCase,
    ]),
  );
  const found = findLeaks({ dataset: { cases } as unknown as Dataset, splits, fold: undefined }, prepared, []);
  return found.map(({ code, severity, caseIds }) => [code, severity, caseIds.length]);
}
const cases = names.map((_, i) => caseOf(i));
const id = (i: number) => caseOf(i).caseId;

describe("findLeaks", () => {
  it("finds none where each subject is another", () => {
    expect(leaksOf(cases)).toEqual([]);
  });

  it("blocks on a study UID in two sets, and warns of one within a set", () => {
    expect(leaksOf(cases.with(37, caseOf(37, { studyUid: "1.2.3" })))).toEqual([["AUDIT_LEAK_UID", "blocking", 2]]);
    expect(leaksOf(cases.with(4, caseOf(4, { studyUid: "1.2.3" })))).toEqual([["AUDIT_LEAK_UID", "serious", 2]]);
  });

  it("blocks on an image's UID in two sets, and takes no file name for one", () => {
    const slice = (name: string) => ({ sliceIndex: 0, name, positionMm: null, lungAreaMm2: null });
    const both = (name: string) => new Map([id(1), id(38)].map((one) => [one, { slices: [slice(name)] }]));
    expect(leaksOf(cases, both("1.2.840.5"))).toEqual([["AUDIT_LEAK_UID", "blocking", 2]]);
    expect(leaksOf(cases, both("slice-1.png"))).toEqual([]);
  });

  it("blocks on a patient ID of two subjects, not on one that stands for no ID", () => {
    const of = (subjects: readonly number[]) => new Map(subjects.map((i) => [id(i), { patientDigest: "subject-abc" }]));
    expect(leaksOf(cases, of([0, 39]))).toEqual([["AUDIT_LEAK_PATIENT_ID", "blocking", 2]]);
    expect(leaksOf(cases, of([0, 3, 6, 9, 12, 15, 18, 35]))).toEqual([]);
  });

  it("blocks on a group that is in two sets, where the column's groups keep to one set", () => {
    const groupOf = (i: number) => `source ${Math.floor(i / 4)}`;
    const grouped = cases.map((_, i) => caseOf(i, { columns: { source: groupOf(i) } }));
    expect(leaksOf(grouped)).toEqual([]);
    const across = grouped.with(32, caseOf(32, { columns: { source: "source 0" } }));
    expect(leaksOf(across)).toEqual([["AUDIT_LEAK_GROUP", "blocking", 5]]);
    const site = cases.map((_, i) => caseOf(i, { columns: { site: ["north", "south"][i % 2] as string } }));
    expect(leaksOf(site)).toEqual([]);
  });
});

describe("findTwins", () => {
  const person = (i: number, height: number) =>
    caseOf(i, { columns: { sex: i % 2 === 0 ? "F" : "M", age: 50 + (i % 20), height } });

  it("takes equal sex, age and height for one person where heights hardly repeat", () => {
    const people = Array.from({ length: 40 }, (_, i) => person(i, 160 + i / 10));
    expect(findTwins(people).pairs).toEqual([]);
    const again = { ...person(3, 160.3), caseId: "again", subjectId: "another" };
    const { pairs, fields } = findTwins([...people, again]);
    expect(pairs.map(([a, b]) => [a.subjectId, b.subjectId])).toEqual([["subject-3", "another"]]);
    expect(fields).toEqual(["sex", "age", "height"]);
  });

  it("says nothing of sex and age alone, which many share", () => {
    const people = Array.from({ length: 40 }, (_, i) => caseOf(i, { columns: { sex: "F", age: 50 + (i % 20) } }));
    expect(findTwins(people).pairs).toEqual([]);
  });
});
