import type { Classifier } from "../../src/classifier/classifier.ts";
import { writeClassifier } from "../../src/classifier/writeClassifier.ts";
import {
  constant,
  encodeModel,
  flatten,
  globalAveragePool,
  input,
  linear,
  sigmoid,
  softmax,
} from "../../src/graph/index.ts";
import { defaultRecipe, type SliceRecipe } from "../../src/slices/sliceRecipe.ts";
import { resolveTrainingSettings } from "../../src/training/trainingSettings.ts";
import { madeClasses } from "./madePredictions.ts";

/** Of the smallest classifier: the brighter a slice, the more it is of the first class, the darker, of the last. */
export interface MadeClassifierOptions {
  readonly recipe?: Partial<SliceRecipe>;
  /** The mean grey, 0 … 1, at which first and last class are equally probable. */
  readonly middle?: number;
  readonly steepness?: number;
  readonly threshold?: number;
  readonly ranges?: Classifier["ranges"];
  readonly classes?: readonly string[];
  readonly analysable?: Classifier["analysable"];
  /** Each class by itself: an image may show several. */
  readonly areSeveral?: boolean;
}

/** Writes a classifier whose network is one linear layer on the mean of the image; returns what classifier.json holds. */
export async function makeClassifier(folder: string, options: MadeClassifierOptions = {}): Promise<Classifier> {
  const {
    middle = 0.2,
    steepness = 40,
    threshold = 0.05,
    ranges = {},
    classes = madeClasses,
    analysable = null,
    areSeveral = false,
  } = options;
  const recipe: SliceRecipe = { ...defaultRecipe, storedPx: 64, inputPx: 56, ...options.recipe };
  const images = input("images", [1, 3, recipe.inputPx, recipe.inputPx]);
  const last = classes.length - 1;
  const slope = classes.flatMap((_, k) => [steepness * (1 - (2 * k) / last) * recipe.std[0], 0, 0]);
  const offset = classes.map((_, k) => steepness * (1 - (2 * k) / last) * (recipe.mean[0] - middle));
  const logits = linear(flatten(globalAveragePool(images)), constant(slope, [classes.length, 3]), constant(offset));
  const onnx = encodeModel({
    inputs: [images],
    outputs: { logits, probabilities: areSeveral ? sigmoid(logits) : softmax(logits) },
    anyBatch: [images],
    metadata: {},
  });
  const settings = resolveTrainingSettings({ epochs: 12 }, []);
  return writeClassifier(folder, {
    classes,
    recipe,
    network: { name: "resnet18", classes: classes.length, ...(areSeveral && { labels: "several" }) },
    studyRule: { kind: "fraction", classes, threshold, chosenOn: "validation", ...(areSeveral && { each: true }) },
    ranges,
    analysable,
    provenance: {
      groundglassVersion: "0.1.0",
      datasetSha256: "0".repeat(64),
      trainedOn: { subjects: 40, studies: 60, slices: 3000 },
      settings,
      weights: { file: null, sha256: null, loaded: [], missing: [], leftOver: [] },
      bestEpoch: 9,
      validationAccuracy: 0.91,
    },
    files: { "network.onnx": onnx, "weights.safetensors": new Uint8Array([1]) },
  });
}
