import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, it } from "vitest";
import { defaultRecipe } from "../slices/sliceRecipe.ts";
import { assembleDataset, type PreparedStudy } from "./assembleDataset.ts";
import type { SetName } from "./labels.ts";
import { type PreparedCase, writePreparedCase } from "./preparedSlices.ts";

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "groundglass-assemble-"));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

interface Sketch {
  readonly label: string;
  readonly subject?: string;
  readonly split?: SetName;
  readonly patientDigest?: string;
  readonly kind?: PreparedCase["kind"];
  readonly pixelsSha256?: string;
  readonly isBad?: boolean;
}

/** Six studies, three of each class, each of its own patient. */
const six: readonly Sketch[] = ["a", "b", "a", "b", "a", "b"].map((label, i) => ({
  label,
  patientDigest: `subject-${i}`,
}));

async function assemble(sketches: readonly Sketch[], forPrediction = false) {
  const studies: PreparedStudy[] = [];
  for (const [i, sketch] of sketches.entries()) {
    const caseId = `case-${String(i).padStart(12, "0")}`;
    const prepared: PreparedCase = {
      format: "groundglass-case/1",
      caseId,
      key: "",
      kind: sketch.kind ?? "volume",
      studyUid: `1.2.${i}`,
      patientDigest: sketch.patientDigest ?? null,
      storedPx: 8,
      slices: [{ sliceIndex: 4, name: "", positionMm: null, lungAreaMm2: null }],
      labelledSlices: null,
      pixelsSha256: sketch.pixelsSha256 ?? String(i),
      lungsMl: null,
      attributes: {},
      warnings: [],
    };
    await writePreparedCase(folder, prepared, new Uint8Array(64));
    const study = { path: `s${i}`, pictures: null, studyId: null, sliceLabels: null, line: i + 2 };
    const { label, subject = null, split = null } = sketch;
    const outcome = sketch.isBad ? { code: "NO_CT", message: "none" } : null;
    studies.push({ study: { ...study, label, subject, split }, caseId, outcome });
  }
  const options = {
    level: "study",
    classes: ["a", "b"],
    recipe: defaultRecipe,
    labelFile: "labels.csv",
    seed: 1,
    forPrediction,
    warnings: [],
  } as const;
  const { dataset, splits } = await assembleDataset(folder, studies, options);
  return { dataset, splits, codes: dataset.warnings.map(({ code }) => code) };
}

it("takes the label file's subject, else the patient's ID, else the study for the subject", async () => {
  const { dataset, codes } = await assemble([{ ...six[0]!, subject: "P1" }, ...six.slice(1, 5), { label: "b" }]);
  const ids = dataset.cases.map(({ subjectId }) => subjectId);
  expect(ids.slice(1, 5)).toEqual(["subject-1", "subject-2", "subject-3", "subject-4"]);
  for (const id of [ids[0], ids[5]]) expect(id).toMatch(/^subject-[0-9a-f]{12}$/);
  expect(codes).toEqual(["SUBJECTS_ASSUMED"]);
});

it("refuses one patient's studies in two sets, though the label file names no subjects", async () => {
  const split = six.map((sketch, i): Sketch => ({ ...sketch, split: i < 4 ? "train" : "validation" }));
  expect((await assemble(split)).splits.folds).toHaveLength(1);
  const leak = split.with(4, { ...split[4]!, patientDigest: "subject-0" });
  await expect(assemble(leak)).rejects.toMatchObject({
    code: "SUBJECT_IN_TWO_SPLITS",
    message: expect.stringMatching(/labels\.csv line 6.*line 2/),
  });
});

it("refuses a class whose studies are of one patient, or could not be read", async () => {
  const one = six.map((sketch) => ({
    ...sketch,
    patientDigest: sketch.label === "a" ? "subject-x" : sketch.patientDigest!,
  }));
  await expect(assemble(one)).rejects.toMatchObject({
    code: "CLASS_TOO_SMALL",
    message: expect.stringMatching(/"a" has 1 subject/),
  });
  const bad = six.map((sketch) => ({ ...sketch, isBad: sketch.label === "b" }));
  await expect(assemble(bad)).rejects.toMatchObject({
    code: "CLASS_TOO_SMALL",
    message: expect.stringMatching(/"b" has 0 subjects/),
  });
});

it("tests every subject of a dataset for prediction, though a class has one subject or none", async () => {
  const one = six.filter(({ label }) => label === "a").slice(0, 1);
  const { splits } = await assemble(one, true);
  expect(splits.folds).toEqual([{ train: [], validation: [], test: ["subject-0"] }]);
});

it("warns of a patient ID or images that two subjects share, and of mixed kinds of images", async () => {
  const named = six.map((sketch, i): Sketch => ({ ...sketch, subject: `P${i}` }));
  expect((await assemble(named)).codes).toEqual([]);
  expect((await assemble(named.with(1, { ...named[1]!, patientDigest: "subject-0" }))).codes).toEqual([
    "PATIENT_SHARED",
  ]);
  expect((await assemble(named.with(1, { ...named[1]!, pixelsSha256: "0" }))).codes).toEqual(["IMAGES_SHARED"]);
  expect((await assemble(named.with(1, { ...named[1]!, kind: "pictures" }))).codes).toEqual(["MIXED_IMAGES"]);
  const twice = named.with(1, { ...named[1]!, subject: "P0", patientDigest: "subject-0", pixelsSha256: "0" });
  const { codes } = await assemble([...twice, { label: "b", subject: "P9", patientDigest: "subject-9" }]);
  expect(codes).toEqual([]);
});

it("keeps the recipe of pictures where all studies are pictures", async () => {
  const { dataset } = await assemble(six.map((sketch): Sketch => ({ ...sketch, kind: "pictures" })));
  expect(dataset.recipe).toMatchObject({ lungs: { method: "none" }, intensity: { kind: "asIs" } });
  expect((await assemble(six)).dataset.recipe).toEqual(defaultRecipe);
});
