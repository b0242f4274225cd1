import { describe, expect, it } from "vitest";
import { parseInstance } from "../dicom/parseInstance.ts";
import { encodeTestFile, type TestElements, testSlice } from "../dicom/testInstance.ts";
import { chooseSeries } from "./chooseSeries.ts";
import { defaultIntake } from "./intakeSettings.ts";
import type { ScannedInstance } from "./scanFiles.ts";

interface Made {
  readonly uid: string;
  readonly slices?: number;
  readonly stepMm?: number;
  readonly elements?: Record<string, TestElements[string] | undefined>;
}

function made({ uid, slices = 100, stepMm = 2, elements = {} }: Made): ScannedInstance[] {
  return Array.from({ length: slices }, (_, i) => {
    const thickness: TestElements[string] = ["DS", String(stepMm)];
    const own = { "0020000E": ["UI", uid] as const, "00180050": thickness, ...elements };
    const instance = parseInstance(encodeTestFile(testSlice({ z: i * stepMm, elements: own })))!;
    const bytes = async () => new Uint8Array(0);
    return { instance, file: { path: `${uid}/${i}`, sizeBytes: 0, head: bytes, whole: bytes } };
  });
}

const standard: Made = { uid: "1.1" };

function choose(others: readonly Made[], settings = {}) {
  const all = [...others.flatMap(made), ...made(standard)];
  return chooseSeries(all, { ...defaultIntake, ...settings });
}

const derived = { "00080008": ["CS", "DERIVED\\SECONDARY\\MPR"] } as const;

describe("chooseSeries", () => {
  it.each<[string, Made, RegExp]>([
    ["a thick one", { uid: "0.1", slices: 40, stepMm: 5 }, /thicker: 5 mm instead of 2 mm/],
    ["a derived one, though thinner", { uid: "0.1", slices: 200, stepMm: 1, elements: derived }, /derived/],
    ["one of the head", { uid: "0.1", elements: { "00180015": ["CS", "HEAD"], "0008103E": ["LO", "Brain"] } }, /chest/],
    ["one that covers half, though thinner", { uid: "0.1", stepMm: 1 }, /covers 100 mm instead of 200 mm/],
    [
      "a sharp one",
      { uid: "0.1", elements: { "00181210": ["SH", "B70f"] } },
      /kernel B70f \(lung\) instead of B30f \(soft\)/,
    ],
    ["a coronal one", { uid: "0.1", elements: { "00200037": ["DS", "1\\0\\0\\0\\0\\-1"] } }, /not axial/],
    ["a localizer", { uid: "0.1", elements: { "00080008": ["CS", "ORIGINAL\\PRIMARY\\LOCALIZER"] } }, /localizer/],
    [
      "a dose report's capture",
      { uid: "0.1", elements: { "00080016": ["UI", "1.2.840.10008.5.1.4.1.1.7"] } },
      /no CT images/,
    ],
    [
      "an MR series",
      { uid: "0.1", elements: { "00080060": ["CS", "MR"], "00080016": ["UI", "1.2.840.10008.5.1.4.1.1.4"] } },
      /is MR/,
    ],
    ["one of two slices", { uid: "0.1", slices: 2 }, /only 2 axial slices/],
  ])("leaves %s for the standard series, and says why", (_, other, reason) => {
    const chosen = choose([other]);
    expect(chosen.stack.seriesUid).toBe("1.1");
    expect(chosen.others).toHaveLength(1);
    expect(chosen.others[0]).toMatchObject({ seriesUid: "0.1", reason: expect.stringMatching(reason) });
  });

  it("takes the sharp series where the settings prefer lung kernels", () => {
    const sharp: Made = { uid: "0.1", elements: { "00181210": ["SH", "B70f"] } };
    const chosen = choose([sharp], { kernel: "lung" });
    expect(chosen.stack.seriesUid).toBe("0.1");
    expect(chosen.reason).toBe("preferred to 1 other axial CT series: of the preferred kernel");
  });

  it("counts all thin series as equally thin, so that the kernel decides before 1 mm against 0.7 mm", () => {
    const [soft, sharp]: Made[] = [
      { uid: "0.1", slices: 200, stepMm: 1 },
      { uid: "0.2", slices: 286, stepMm: 0.7, elements: { "00181210": ["SH", "B70f"] } },
    ];
    expect(choose([soft!, sharp!]).stack.seriesUid).toBe("0.1");
  });

  it("prefers a whole series to a thinner one with missing slices", () => {
    const holed = made({ uid: "0.1", slices: 200, stepMm: 1 }).filter((_, i) => i < 50 || i > 60);
    const chosen = chooseSeries([...holed, ...made(standard)], defaultIntake);
    expect(chosen.stack.seriesUid).toBe("1.1");
    expect(chosen.others[0]?.reason).toBe("has missing slices");
  });

  it("chooses the same whatever the order of the files", () => {
    const twins = [...made({ uid: "0.2" }), ...made({ uid: "0.1" })];
    const uids = [twins, [...twins].reverse()].map((files) => chooseSeries(files, defaultIntake).stack.seriesUid);
    expect(uids).toEqual(["0.1", "0.1"]);
  });

  it("never puts the patient's name, ID or birth date into a reason", () => {
    expect(JSON.stringify(choose([{ uid: "0.1", slices: 2 }]))).not.toMatch(/Doe|Jane|4711|1970/);
  });
});
