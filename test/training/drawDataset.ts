import { writeJson } from "../../src/base/files.ts";
import { sha256Hex } from "../../src/base/hash.ts";
import { createRandom, type Random } from "../../src/base/random.ts";
import { type Case, type Dataset, datasetPaths } from "../../src/dataset/dataset.ts";
import { writePreparedCase } from "../../src/dataset/preparedSlices.ts";
import { makeSplits } from "../../src/dataset/splits.ts";
import { defaultRecipe, picturesRecipe, type SliceRecipe } from "../../src/slices/sliceRecipe.ts";

const recipe: SliceRecipe = { ...picturesRecipe(defaultRecipe), storedPx: 36, inputPx: 32 };
const slicesPerStudy = 6;

/**
 * Writes a small prepared dataset of pictures: those of class "blob" show a bright spot, those of class "stripes" bands.
 * level "slice": half of each study's pictures show the one, half the other, and labels belong to them.
 */
export async function drawDataset(
  folder: string,
  options: { subjects?: number; level?: "study" | "slice" } = {},
): Promise<void> {
  const { subjects = 20, level = "study" } = options;
  const cases: Case[] = [];
  for (let k = 0; k < subjects; k++) cases.push(await drawCase(folder, k, level));
  const dataset: Dataset = {
    format: "groundglass-dataset/1",
    groundglassVersion: "0.0.0",
    level,
    classes: ["blob", "stripes"],
    recipe,
    warnings: [],
    cases,
    excluded: [],
  };
  await writeJson(datasetPaths(folder).splits, makeSplits(cases, { seed: 1 }));
  await writeJson(datasetPaths(folder).dataset, dataset);
}

async function drawCase(folder: string, k: number, level: "study" | "slice"): Promise<Case> {
  const random = createRandom(k);
  const caseId = `case-${String(k).padStart(12, "0")}`;
  const size = recipe.storedPx ** 2;
  const pixels = new Uint8Array(slicesPerStudy * size);
  const names = Array.from({ length: slicesPerStudy }, (_, i) => {
    const isBlob = level === "study" ? k % 2 === 0 : i % 2 === 0;
    drawPicture(pixels.subarray(i * size, (i + 1) * size), isBlob, random);
    return isBlob ? "blob" : "stripes";
  });
  const known = {
    pixelsSha256: sha256Hex(pixels),
    lungsMl: null,
    attributes: { rows: 36 + k, kernel: "none" },
    warnings: [],
  };
  const slices = names.map((_, i) => ({ sliceIndex: 2 * i, name: `${i}.png`, positionMm: null, lungAreaMm2: null }));
  await writePreparedCase(
    folder,
    {
      format: "groundglass-case/1",
      caseId,
      key: "drawn",
      kind: "pictures",
      studyUid: `1.2.${k}`,
      patientDigest: null,
      storedPx: recipe.storedPx,
      slices,
      labelledSlices: null,
      ...known,
    },
    pixels,
  );
  const labels =
    level === "study"
      ? { label: names[0] ?? null }
      : { label: null, sliceLabels: Object.fromEntries(names.map((name, i) => [String(2 * i), name])) };
  const prepared = { slices: slicesPerStudy, ...known };
  return { caseId, path: `study${k}`, subjectId: `subject-${k}`, studyUid: `1.2.${k}`, ...labels, prepared };
}

function drawPicture(pixels: Uint8Array, isBlob: boolean, random: Random): void {
  const side = recipe.storedPx;
  const [row, column] = [random.between(8, side - 8), random.between(8, side - 8)];
  const phase = random.between(0, 8);
  for (let y = 0; y < side; y++) {
    for (let x = 0; x < side; x++) {
      const blob = 160 * Math.exp(-((y - row) ** 2 + (x - column) ** 2) / 40);
      const stripes = 40 * (1 + Math.sin(((y + phase) * Math.PI) / 4));
      pixels[y * side + x] = Math.min(255, 40 + (isBlob ? blob : stripes) + 30 * random.uniform());
    }
  }
}
