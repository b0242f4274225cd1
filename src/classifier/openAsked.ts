import { InputError } from "../base/errors.ts";
import { isThere } from "../base/files.ts";
import { ensembleOf, openPredictor, type Predictor } from "../prediction/predictSlices.ts";
import type { Device } from "../runtime/device.ts";
import { type Classifier, readClassifier } from "./classifier.ts";
import { differingSetting } from "./differingSetting.ts";
import { readEightBit } from "./eightBit.ts";
import { runPaths } from "./run.ts";

/** How a classifier is asked. */
export interface AskingOptions {
  /** Show every slice mirrored too and take the mean; twice the time. */
  readonly mirror?: boolean | undefined;
  /**
   * Folders of other runs or classifiers that are asked about every slice too, such as those of other seeds: an ensemble. The mean of
   * all counts; study rule, calibration, what is analysable and heat maps stay the first classifier's.
   */
  readonly others?: readonly string[] | undefined;
  /** Ask networks on 8-bit numbers, which makeEightBit made: faster, and nearly the same. */
  readonly int8?: boolean | undefined;
  /** Where the networks run, the CPU where it is left out; heat maps are always made on the CPU. */
  readonly device?: Device | undefined;
  /** Threads of the engine; all cores where it is left out. */
  readonly threads?: number | undefined;
}

/** What a finding of a classifier rests on, beside its own plain word. */
export interface Asked {
  readonly isMirrored: boolean;
  /** Ids of the other classifiers. */
  readonly others: readonly string[];
}

/**
 * A predictor over a classifier's network, asked as the options say. Close it.
 *
 * folder: of the classifier.
 * @throws InputError ENSEMBLE_DIFFERS if another classifier looks at other slices, has other classes, or decides by a study head where
 * the first one does not; as readClassifier and readEightBit.
 */
export async function openAsked(
  folder: string,
  { classifier, onnx }: { readonly classifier: Classifier; readonly onnx: Uint8Array },
  options: AskingOptions,
): Promise<{ readonly predictor: Predictor; readonly asked: Asked }> {
  const { mirror = false, others = [], int8 = false, threads, device } = options;
  const members = [{ folder, classifier, onnx }];
  for (const other of others) members.push(await readMember(other, classifier));
  const predictors: Predictor[] = [];
  try {
    for (const member of members) {
      const model = int8 ? await readEightBit(member.folder, member.classifier) : member.onnx;
      predictors.push(await openPredictor(model, classifier.recipe, classifier.classes, { threads, mirror, device }));
    }
  } catch (error) {
    for (const predictor of predictors) await predictor.close();
    throw error;
  }
  return {
    predictor: predictors.length === 1 ? predictors[0] : ensembleOf(predictors),
    asked: { isMirrored: mirror, others: members.slice(1).map((member) => member.classifier.classifierId) },
  };
}

async function readMember(from: string, first: Classifier) {
  const folder = (await isThere(runPaths(from).runFile)) ? runPaths(from).classifier : from;
  const { classifier, onnx } = await readClassifier(folder);
  const what = difference(first, classifier);
  if (what === null) return { folder, classifier, onnx };
  throw new InputError(
    "ENSEMBLE_DIFFERS",
    `${from} has another ${what} than the first classifier, so their words about a slice have no mean. Name classifiers that were trained on slices prepared alike, for the same classes.`,
  );
}

function difference(one: Classifier, other: Classifier): string | null {
  if (JSON.stringify(one.classes) !== JSON.stringify(other.classes)) return "list of classes";
  if (one.network.labels !== other.network.labels) return "kind of labels";
  if ((one.studyRule.kind === "head") !== (other.studyRule.kind === "head")) return "way to decide (a study head)";
  const setting = differingSetting(one.recipe, other.recipe);
  return setting === null ? null : `setting of ${setting.name} (${setting.theirs}, not ${setting.ours})`;
}
