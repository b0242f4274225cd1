import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import sharp from "sharp";
import { afterAll, beforeAll, expect, it } from "vitest";
import type { IntakeSettings } from "../intake/intakeSettings.ts";
import { drawPhantoms } from "../phantom/drawPhantoms.ts";
import { defaultRecipe } from "../slices/sliceRecipe.ts";
import { caseJob } from "./caseJobs.ts";
import type { LabelledStudy } from "./labels.ts";
import { prepareCase } from "./prepareCase.ts";
import { readPreparedCase } from "./preparedSlices.ts";

let folder: string;
let path: string;
const recipe = { ...defaultRecipe, storedPx: 32, inputPx: 28 };

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "groundglass-case-"));
  const { studies } = await drawPhantoms(folder, { subjects: 1, seed: 1, matrix: 64, sliceSpacingMm: 20, workers: 1 });
  path = studies[0]!.path;
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** Prepares the phantom, or the pictures, keeping the slices of these names. */
async function prepare(
  slices: readonly string[] | null,
  options: {
    maxSlices?: number;
    isFaultThrown?: boolean;
    pictures?: readonly string[];
    seriesUid?: string;
    intake?: Partial<IntakeSettings>;
  } = {},
) {
  const { pictures = null } = options;
  const study: LabelledStudy = {
    path: pictures === null ? path : ".",
    pictures,
    studyId: null,
    subject: null,
    label: null,
    split: null,
    sliceLabels: slices?.map((slice, i) => ({ slice, label: "x", line: i + 2 })) ?? null,
    line: 2,
    ...(options.seriesUid === undefined ? {} : { seriesUid: options.seriesUid }),
  };
  const job = await caseJob(study, {
    data: folder,
    out: join(folder, "out"),
    recipe: { ...recipe, maxSlices: options.maxSlices ?? null },
    isFaultThrown: options.isFaultThrown ?? true,
    intake: options.intake ?? {},
    labelFile: "labels.csv",
    sliceLabelFile: "slices.csv",
  });
  const outcome = await prepareCase(job);
  return outcome ?? (await readPreparedCase(job.out, job.caseId));
}

it("reads the series that the label file asks for, and no other", async () => {
  const made = await prepare(null, { seriesUid: "1.2.3", isFaultThrown: false });
  expect(made).toMatchObject({ code: "SERIES_UNKNOWN" });
});

it("refuses a study for a warning that the settings refuse", async () => {
  const findings = { THICK_SLICES: "refuse" } as const;
  expect(await prepare(null, { intake: { findings, thickMm: 0.1 }, isFaultThrown: false })).toMatchObject({
    code: "THICK_SLICES",
  });
  expect(await prepare(null, { intake: { findings, thickMm: 100 } })).toHaveProperty("slices");
});

it("keeps the slices with lung, and says how the study was taken but not of whom", async () => {
  const made = await prepare(null);
  if ("code" in made) throw new Error(made.message);
  const file = readFileSync(join(folder, path, readdirSync(join(folder, path))[0]!), "latin1");
  expect(file).toContain("PHANTOM-0001");
  expect(JSON.stringify(made)).not.toContain("PHANTOM-0001");
  expect(made.patientDigest).toMatch(/^subject-[0-9a-f]{12}$/);
  expect(made.attributes).toMatchObject({
    rows: 64,
    columns: 64,
    slicesInStudy: readdirSync(join(folder, path)).length,
  });
  expect(made.slices.length).toBeGreaterThan(3);
  const heights = made.slices.map(({ positionMm }) => positionMm ?? Number.NaN);
  expect(heights).toEqual(heights.toSorted((a, b) => a - b));
  // Lungs with their vessels: mostly air.
  expect(made.attributes.meanLungHu).toBeLessThan(-500);
});

it("finds a labelled slice by its UID, its file's name and its index, and refuses it twice", async () => {
  const all = await prepare(null);
  if ("code" in all) throw new Error(all.message);
  const { sliceIndex, name } = all.slices[2]!;
  const file = readdirSync(join(folder, path)).find((one) =>
    readFileSync(join(folder, path, one), "latin1").includes(name),
  )!;
  for (const spelling of [name, file, String(sliceIndex)]) {
    const made = await prepare([spelling]);
    expect(made).toMatchObject({ slices: [{ sliceIndex, name }], labelledSlices: { [spelling]: sliceIndex } });
  }
  await expect(prepare([name, file])).rejects.toMatchObject({
    code: "LABELS_DUPLICATE",
    message: expect.stringMatching(/slices\.csv line 3.*line 2/),
  });
  for (const wrong of ["1.2.3", "999", "none.dcm", `../${path.split("/").at(-1)}/${file}`]) {
    await expect(prepare([wrong])).rejects.toMatchObject({
      code: "LABELS_SLICE_UNKNOWN",
      message: expect.stringMatching(/slices\.csv line 2/),
    });
  }
});

it("finds a labelled picture by its file's name, but not by a name that two have", async () => {
  const pictures = ["a/1.png", "a/2.png", "b/1.png"];
  for (const [i, picture] of pictures.entries()) {
    mkdirSync(dirname(join(folder, picture)), { recursive: true });
    await sharp(new Uint8Array(64).fill(10 * i), { raw: { width: 8, height: 8, channels: 1 } }).toFile(
      join(folder, picture),
    );
  }
  expect(await prepare(["2.png", "2"], { pictures })).toMatchObject({
    kind: "pictures",
    slices: [{ sliceIndex: 1 }, { sliceIndex: 2 }],
  });
  await expect(prepare(["1.png"], { pictures })).rejects.toMatchObject({ code: "LABELS_SLICE_UNKNOWN" });
});

it("takes at most so many labelled slices, evenly spaced, and refuses a study of which none is left", async () => {
  const all = await prepare(null);
  if ("code" in all) throw new Error(all.message);
  const indices = all.slices.map(({ sliceIndex }) => sliceIndex);
  const made = await prepare(indices.slice(0, 4).map(String), { maxSlices: 2 });
  expect(made).toMatchObject({ slices: [{ sliceIndex: indices[1] }, { sliceIndex: indices[3] }] });
  const lungless = Array.from({ length: Number(all.attributes.slicesInStudy) }, (_, i) => i).filter(
    (i) => !indices.includes(i),
  );
  expect(lungless.length).toBeGreaterThan(0);
  const few = await prepare([String(lungless[0]), String(indices[0])]);
  expect(few).toMatchObject({ slices: [{ sliceIndex: indices[0] }] });
  expect("warnings" in few && few.warnings.map(({ code }) => code)).toContain("LABELLED_SLICES_LEFT_OUT");
  const none = lungless.map(String);
  await expect(prepare(none)).rejects.toMatchObject({
    code: "NO_SLICES_LEFT",
    message: expect.stringMatching(/^labels\.csv line 2: /),
  });
  expect(await prepare(none, { isFaultThrown: false })).toMatchObject({ code: "NO_SLICES_LEFT" });
});
