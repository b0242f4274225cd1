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
 * level "slice": half of each study's pictures show the one, half the other, and labels belong to them; "several": a picture shows
 * one, both or neither. The studies are the same at every level, by their UIDs and slices.
 */
export async function drawDataset(
  folder: string,
  options: { subjects?: number; level?: DrawnLevel } = {},
): Promise<void> {
  const { subjects = 20, level = "study" } = options;
  const cases: Case[] = [];
  for (let k = 0; k < subjects; k++) cases.push(await drawCase(folder, k, level));
  const dataset: Dataset = {
    format: "groundglass-dataset/1",
    groundglassVersion: "0.0.0",
    level: level === "study" ? "study" : "slice",
    ...(level === "several" && { labels: "several" }),
    classes: ["blob", "stripes"],
    recipe,
    warnings: [],
    cases,
    excluded: [],
  };
  await writeJson(datasetPaths(folder).splits, makeSplits(cases, { seed: 1 }));
  await writeJson(datasetPaths(folder).dataset, dataset);
}

async function drawCase(folder: string, k: number, level: DrawnLevel): Promise<Case> {
  const random = createRandom(k);
  const caseId = `case-${String(k).padStart(12, "0")}`;
  const size = recipe.storedPx ** 2;
  const pixels = new Uint8Array(slicesPerStudy * size);
  const shown = Array.from({ length: slicesPerStudy }, (_, i) => {
    const names = namesOf(level, k, i);
    drawPicture(pixels.subarray(i * size, (i + 1) * size), names, random);
    return names;
  });
  const known = {
    pixelsSha256: sha256Hex(pixels),
    lungsMl: null,
    attributes: { rows: 36 + k, kernel: "none" },
    warnings: [],
  };
  const slices = shown.map((_, i) => ({ sliceIndex: 2 * i, name: `${i}.png`, positionMm: null, lungAreaMm2: null }));
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
      ? { label: shown[0]?.[0] ?? null }
      : {
          label: null,
          sliceLabels: Object.fromEntries(
            shown.map((names, i) => [String(2 * i), level === "several" ? names : (names[0] ?? "")]),
          ),
        };
  const prepared = { slices: slicesPerStudy, ...known };
  return { caseId, path: `study${k}`, subjectId: `subject-${k}`, studyUid: `1.2.${k}`, ...labels, prepared };
}

type DrawnLevel = "study" | "slice" | "several";

/** What picture i of study k shows. */
function namesOf(level: DrawnLevel, k: number, i: number): string[] {
  if (level === "several") return [["blob"], ["stripes"], ["blob", "stripes"], []][i % 4] as string[];
  return [(level === "study" ? k : i) % 2 === 0 ? "blob" : "stripes"];
}

function drawPicture(pixels: Uint8Array, names: readonly string[], random: Random): void {
  const side = recipe.storedPx;
  const [row, column] = [random.between(8, side - 8), random.between(8, side - 8)];
  const phase = random.between(0, 8);
  for (let y = 0; y < side; y++) {
    for (let x = 0; x < side; x++) {
      const blob = 160 * Math.exp(-((y - row) ** 2 + (x - column) ** 2) / 40);
      const stripes = 40 * (1 + Math.sin(((y + phase) * Math.PI) / 4));
      const drawn = (names.includes("blob") ? blob : 0) + (names.includes("stripes") ? stripes : 0);
      pixels[y * side + x] = Math.min(255, 40 + drawn + 30 * random.uniform());
    }
  }
}
