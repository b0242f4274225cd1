import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gunzipSync } from "node:zlib";
import { afterAll, beforeAll, expect, test } from "vitest";
import { drawPhantoms } from "../../phantom/drawPhantoms.ts";
import { studyTruthSchema } from "../../phantom/truth.ts";
import { defaultRecipe, type SliceRecipe } from "../../slices/sliceRecipe.ts";
import { readLesionMasks } from "./lesionMasks.ts";

const matrix = 96;
let folder = "";
let name = "";
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "groundglass-lesions-"));
  const { studies } = await drawPhantoms(folder, { subjects: 3, seed: 8, matrix, sliceSpacingMm: 15, workers: 1 });
  name = studies.find(({ label }) => label === "COVID-19")!.name;
});
afterAll(() => rm(folder, { recursive: true }));

async function drawnLesions() {
  const truth = studyTruthSchema.parse(JSON.parse(await readFile(join(folder, "truth", `${name}.json`), "utf8")));
  return { truth, voxels: new Uint8Array(gunzipSync(await readFile(join(folder, truth.masks.lesions)))) };
}

/** Slices as they are, a pixel for each of the phantom's. */
const whole: SliceRecipe = {
  ...defaultRecipe,
  lungs: { method: "none" },
  outsideLungs: "keep",
  crop: "slice",
  minLungAreaMm2: 0,
  maxSlices: null,
  storedPx: matrix,
  inputPx: matrix,
};

test("of whole slices they are the drawn masks, voxel by voxel", async () => {
  const { truth, voxels } = await drawnLesions();
  const slices = await readLesionMasks(folder, name, whole);
  expect(slices).toHaveLength(truth.shape[0]);
  let all = 0;
  for (const { sliceIndex, lesions } of slices) {
    const drawn = voxels.subarray(sliceIndex * matrix ** 2, (sliceIndex + 1) * matrix ** 2);
    expect(lesions).toEqual(drawn.map((code) => Number(code > 0)));
    all += lesions.reduce((sum, one) => sum + one, 0);
  }
  expect(all).toBeGreaterThan(200);
});

test("cropped to the lungs and resized they keep their area, and lie in the lungs", async () => {
  const { voxels } = await drawnLesions();
  const cropped = { ...defaultRecipe, storedPx: 128, inputPx: 128 };
  let [shown, drawn, inLungs] = [0, 0, 0];
  for (const { sliceIndex, lesions, lungs } of await readLesionMasks(folder, name, cropped)) {
    shown += lesions.reduce((sum, one) => sum + one, 0);
    inLungs += lesions.reduce((sum, one, p) => sum + (one & lungs![p]!), 0);
    drawn += voxels
      .subarray(sliceIndex * matrix ** 2, (sliceIndex + 1) * matrix ** 2)
      .reduce((sum, code) => sum + Number(code > 0), 0);
  }
  // The crop is a square of fewer than 96 pixels, so each becomes more than one.
  const enlarged = shown / drawn;
  expect(enlarged).toBeGreaterThan((128 / matrix) ** 2);
  expect(enlarged).toBeLessThan((128 / (0.5 * matrix)) ** 2);
  expect(inLungs / shown).toBeGreaterThan(0.85);
});

test("says that a study has no truth in the folder", async () => {
  await expect(readLesionMasks(folder, "p9999-1", whole)).rejects.toMatchObject({ code: "FILE_MISSING" });
});
