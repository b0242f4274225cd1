import type { Case } from "../dataset/dataset.ts";
import { readPreparedSlices } from "../dataset/preparedSlices.ts";
import { truthOf } from "../prediction/predictStudies.ts";
import type { ImageLabel, LabelledCase } from "../training/epochPlan.ts";
import type { TrainingData } from "./trainingData.ts";

/**
 * The cases' prepared slices with the index of each one's class.
 * @throws InputError PREPARED_DAMAGED: all prepared files are read once and checked before training begins.
 */
export async function labelledCases(data: TrainingData, cases: readonly Case[]): Promise<LabelledCase[]> {
  const { classes } = data.dataset;
  const labelled: LabelledCase[] = [];
  for (const one of cases) {
    const { slices } = await readPreparedSlices(data.folder, one.caseId);
    const labels = slices.map(({ sliceIndex }): ImageLabel => {
      const truth = truthOf(one, sliceIndex);
      return truth === null || typeof truth === "string"
        ? classes.indexOf(truth ?? "")
        : truth.map((name) => classes.indexOf(name));
    });
    labelled.push({ caseId: one.caseId, subjectId: one.subjectId, labels });
  }
  return labelled;
}
