import { expect, it } from "vitest";
import { intakeSettingsOf } from "./intakeSettings.ts";
import { weighFindings } from "./weighFindings.ts";

const warnings = [
  { code: "METAL", message: "2.0 ml are denser than 2800 HU." },
  { code: "NOISY", message: "Soft tissue is noisy." },
];

it("warns of what no setting names, and is silent about what is to be ignored", () => {
  expect(weighFindings(warnings)).toEqual(warnings);
  expect(weighFindings(warnings, { METAL: "ignore", NOISY: "warn" })).toEqual([warnings[1]]);
});

it("makes an error of what is to be refused, with its code and the setting", () => {
  expect(() => weighFindings(warnings, { NOISY: "refuse" })).toThrow(
    expect.objectContaining({ code: "NOISY", message: expect.stringMatching(/noisy.*intake\.findings\.NOISY/) }),
  );
});

it("knows only the codes that exist", () => {
  const misspelt = { findings: { METALL: "refuse" } } as object;
  expect(() => intakeSettingsOf(misspelt)).toThrow(expect.objectContaining({ code: "SETTING_INVALID" }));
});

it("refuses a series with missing slices unless told otherwise", () => {
  const gap = [{ code: "SLICE_GAP", message: "Series 1.2 skips." }];
  expect(() => weighFindings(gap)).toThrow(expect.objectContaining({ code: "SLICE_GAP" }));
  expect(weighFindings(gap, { SLICE_GAP: "warn" })).toEqual(gap);
});
