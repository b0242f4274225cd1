import { describe, expect, it } from "vitest";
import type { CsvTable } from "./csvTable.ts";
import { otherColumns } from "./labelColumns.ts";

/** A table of twelve rows, its cells made by column. */
function tableOf(columns: Readonly<Record<string, (row: number) => string>>): CsvTable {
  return {
    path: "labels.csv",
    columns: Object.keys(columns),
    rows: Array.from({ length: 12 }, (_, row) => ({
      line: row + 2,
      values: Object.fromEntries(Object.entries(columns).map(([name, make]) => [name, make(row)])),
    })),
  };
}

describe("otherColumns", () => {
  it("keeps what describes a study, numbers as numbers, and leaves empty cells out", () => {
    const { valuesOf, leftOut } = otherColumns(
      tableOf({
        path: (row) => `s${row}`,
        sex: (row) => (row % 2 === 0 ? "F" : "M"),
        site: (row) => (row === 3 ? "" : "north"),
        age: (row) => String(60 + 3 * row),
        "height cm": (row) => String(160.5 + row),
      }),
      ["path"],
    );
    expect(leftOut).toEqual([]);
    expect(valuesOf(2)).toEqual({ sex: "F", site: "north", age: 60, "height cm": 160.5 });
    expect(valuesOf(5)).toEqual({ sex: "M", age: 69, "height cm": 163.5 });
    expect(valuesOf(13).age).toBe(90);
  });

  it("keeps of dates the year alone", () => {
    const { valuesOf } = otherColumns(
      tableOf({ scanned: (row) => `2020-03-${row + 10}`, seen: (row) => `${row + 1}/4/2021` }),
      [],
    );
    expect(valuesOf(2)).toEqual({ scanned: 2020, seen: 2021 });
  });

  it.each([
    "patient_name",
    "Surname",
    "patientname",
    "mrn",
    "Patient ID",
    "caseid",
    "date of birth",
    "dob",
    "patientbirthdate",
    "accessionnumber",
    "institutionname",
    "referring physician",
    "e-mail",
    "comments",
  ])("leaves out a column headed %s, whatever it holds", (column) => {
    const { valuesOf, leftOut } = otherColumns(tableOf({ [column]: (row) => String(row % 2) }), []);
    expect(leftOut.map((one) => one.column)).toEqual([column]);
    expect(valuesOf(2)).toEqual({});
  });

  it.each([
    ["one word for each row", (row: number) => `word${row}`],
    ["long numbers", (row: number) => String(4_830_000 + row)],
    ["DICOM names", (row: number) => (row < 6 ? "Doe^Jane" : "x")],
    ["addresses", () => "a@b.org"],
    ["long text", () => "x".repeat(65)],
  ])("leaves out a column of %s under a harmless header", (_, make) => {
    expect(otherColumns(tableOf({ code: make }), []).leftOut).toHaveLength(1);
  });
});
