import type { Progress } from "../../base/progress.ts";
import type { Case, Dataset } from "../../dataset/dataset.ts";
import { readPreparedLungs, readPreparedSlices } from "../../dataset/preparedSlices.ts";
import { readDataset } from "../../dataset/readDataset.ts";
import type { Splits } from "../../dataset/splits.ts";
import { countCases } from "../../evaluation/countSet.ts";
import { attentionTo } from "./attention.ts";
import type { ContactSheet } from "./contactSheet.ts";
import type { Found } from "./inspectData.ts";
import type { InspectedStudy, SplitCounts } from "./inspection.ts";
import { unreadable } from "./inspectStudy.ts";
import { edgesOf, type PlanePicture } from "./planes.ts";

/**
 * The cases of a prepared dataset, with the slices as the network sees them, and its split (fold 0).
 * @throws InputError as readDataset, PREPARED_DAMAGED.
 */
export async function inspectDataset(folder: string, sheet: ContactSheet, progress: Progress): Promise<Found> {
  const { dataset, splits } = await readDataset(folder);
  const setOf = setsOf(splits);
  const studies: InspectedStudy[] = [];
  for (const [i, one] of dataset.cases.entries()) {
    progress({ stage: "inspecting", done: i, total: dataset.cases.length });
    const study = describe(one, setOf.get(one.subjectId) ?? null);
    studies.push(study);
    await sheet.offer(study, () => drawPrepared(folder, one, dataset));
  }
  progress({ stage: "inspecting", done: dataset.cases.length, total: dataset.cases.length });
  return {
    of: "dataset",
    studies: [...studies, ...dataset.excluded.map(({ path, ...error }) => unreadable({ path }, error))],
    split: splitCounts(dataset, splits),
    warnings: dataset.warnings,
    drawn: [],
  };
}

/** How many subjects, studies and images each set of a dataset's fold holds, together and by class. */
export function splitCounts(dataset: Dataset, splits: Splits, fold = 0): SplitCounts {
  const { train, validation, test } = splits.folds[fold];
  const sets = [
    ["Training", train],
    ["Validation", validation],
    ["Test", test],
  ] as const;
  return sets.map(([set, subjects]) => {
    const own = new Set(subjects);
    const cases = dataset.cases.filter(({ subjectId }) => own.has(subjectId));
    const { total, classes } = countCases(cases, dataset.classes, dataset.level);
    return { set, total, classes };
  });
}

function setsOf({ folds }: Splits): Map<string, "training" | "validation" | "test"> {
  const [{ train, validation, test }] = folds;
  return new Map([
    ...train.map((subject) => [subject, "training"] as const),
    ...validation.map((subject) => [subject, "validation"] as const),
    ...test.map((subject) => [subject, "test"] as const),
  ]);
}

function describe({ path, studyUid, label, prepared }: Case, set: InspectedStudy["set"]): InspectedStudy {
  const lungs =
    prepared.lungsMl === null ? null : { totalMl: prepared.lungsMl, rightMl: null, leftMl: null, quality: null };
  const { warnings } = prepared;
  return {
    path,
    kind: "prepared",
    studyUid,
    error: null,
    series: null,
    attributes: { ...prepared.attributes, slicesKept: prepared.slices },
    lungs,
    label,
    set,
    warnings,
    attention: attentionTo({ error: null, warnings, lungs }),
  };
}

const shares = [0.1, 0.3, 0.5, 0.7, 0.9];

async function drawPrepared(folder: string, { caseId }: Case, { recipe }: Dataset): Promise<PlanePicture[]> {
  const { slices, pixels } = await readPreparedSlices(folder, caseId);
  const lungs = await readPreparedLungs(folder, caseId);
  const { storedPx } = recipe;
  const shape = [storedPx, storedPx] as const;
  const chosen = [...new Set(shares.map((share) => Math.round(share * (slices.length - 1))))];
  return chosen.reverse().map((i) => {
    const own = <T extends Uint8Array>(all: T) => all.subarray(i * storedPx ** 2, (i + 1) * storedPx ** 2);
    const place = `slice ${slices[i].sliceIndex + 1}, as prepared`;
    return { plane: "axial", place, grey: own(pixels), edges: lungs && edgesOf(own(lungs), shape), shape };
  });
}
