import { readClassifier } from "../src/classifier/classifier.ts";
import { readPreparedSlices } from "../src/dataset/preparedSlices.ts";
import { readDataset } from "../src/dataset/readDataset.ts";
import type { StateDict } from "../src/network/stateDict.ts";
import { softmaxOf } from "../src/prediction/pooling/means.ts";
import { type StudyPrediction, writePredictionSet } from "../src/prediction/predictionSet.ts";
import { openPredictor } from "../src/prediction/predictSlices.ts";

/** A last layer ("fc.weight" and "fc.bias"), and where to write what the network says with it. */
export interface LastLayer {
  readonly state: StateDict;
  readonly fileOf: (set: "validation" | "test") => string;
}

/** Asks a classifier's network about a data set's validation and test studies: once, for all last layers. */
export async function askLastLayers(from: string, folder: string, layers: readonly LastLayer[]): Promise<void> {
  const { classifier, onnx } = await readClassifier(from);
  const { classes, recipe, classifierId } = classifier;
  const { dataset, splits } = await readDataset(folder);
  const predictor = await openPredictor(onnx, recipe, classes);
  try {
    for (const set of ["validation", "test"] as const) {
      const subjects = new Set(splits.folds[0][set]);
      const found: StudyPrediction[][] = layers.map(() => []);
      for (const one of dataset.cases.filter(({ subjectId }) => subjects.has(subjectId))) {
        const { slices, pixels } = await readPreparedSlices(folder, one.caseId);
        const size = pixels.length / Math.max(1, slices.length);
        const { features } = await predictor.look(slices.map((_, i) => pixels.subarray(i * size, (i + 1) * size)));
        if (features === null) throw new Error("The network gives no features");
        const { caseId, studyUid, subjectId, label: truth } = one;
        for (const [k, { state }] of layers.entries()) {
          const said = slices.map(({ sliceIndex }, i) => {
            return { sliceIndex, probabilities: decide(state, features[i]), truth };
          });
          found[k].push({ caseId, studyUid, subjectId, truth, slices: said });
        }
      }
      const head = { format: "groundglass-predictions/1", set, level: "study", classes, classifierId } as const;
      for (const [k, { fileOf }] of layers.entries()) {
        await writePredictionSet(fileOf(set), { ...head, studies: found[k] });
      }
    }
  } finally {
    await predictor.close();
  }
}

/** The probabilities by a last layer. */
function decide(state: StateDict, features: Float32Array): number[] {
  const [weight, bias] = [state.get("fc.weight"), state.get("fc.bias")];
  if (weight === undefined || bias === undefined) throw new Error("No last layer");
  const size = features.length;
  const row = (k: number) => weight.data.subarray(k * size, (k + 1) * size);
  return softmaxOf(Array.from(bias.data, (b, k) => row(k).reduce((sum, w, j) => sum + w * features[j], b)));
}
