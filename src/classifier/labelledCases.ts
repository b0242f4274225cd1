import type { Case } from "../dataset/dataset.ts";
import { readPreparedSlices } from "../dataset/preparedSlices.ts";
import { truthOf } from "../prediction/predictStudies.ts";
import type { LabelledCase } from "../training/epochPlan.ts";
import type { TrainingData } from "./trainingData.ts";

/** The cases' prepared slices with the index of each one's class. */
export async function labelledCases(data: TrainingData, cases: readonly Case[]): Promise<LabelledCase[]> {
  const { classes } = data.dataset;
  const labelled: LabelledCase[] = [];
  for (const one of cases) {
    const labelOf = (sliceIndex: number) => classes.indexOf(truthOf(one, sliceIndex) ?? "");
    labelled.push({ caseId: one.caseId, labels: (await sliceIndices(data.folder, one)).map(labelOf) });
  }
  return labelled;
}

/** The index in the study of each prepared slice; read only where slices have labels of their own. */
async function sliceIndices(folder: string, one: Case): Promise<readonly number[]> {
  if (one.label !== null) return Array.from({ length: one.prepared.slices }, (_, i) => i);
  return (await readPreparedSlices(folder, one.caseId)).slices.map(({ sliceIndex }) => sliceIndex);
}
