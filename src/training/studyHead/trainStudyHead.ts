import type { Progress } from "../../base/progress.ts";
import { createRandom, type Random } from "../../base/random.ts";
import { initialEntry } from "../../network/initialState.ts";
import { copyState, type StateDict } from "../../network/stateDict.ts";
import { type StudyHeadShape, studyHeadParameters } from "../../network/studyHead.ts";
import { type FeatureScale, foldScale, scaleFeatures, scaleOf, unfoldScale } from "./featureScale.ts";
import { openStudyHeadStep, type StudyBag, type StudyHeadStep } from "./studyHeadStep.ts";

/** A study whose class is known, with what the network's last layer sees of its images. */
export type LabelledStudy = Omit<StudyBag, "weight">;

export interface StudyHeadSettings {
  readonly hidden: number;
  readonly epochs: number;
  /** Ends when the best epoch is so many epochs ago. */
  readonly patience: number;
  /** Studies in a batch. */
  readonly studies: number;
  readonly learningRate: number;
  readonly weightDecay: number;
}

/** Not searched for; docs/study-level.md has what they reach. */
export const studyHeadDefaults: StudyHeadSettings = {
  hidden: 64,
  epochs: 100,
  patience: 25,
  studies: 16,
  learningRate: 1e-3,
  weightDecay: 0.1,
};

/** What an epoch came to: mean −log of the probability of the truth, each class counting the same. */
export interface StudyHeadEpoch {
  readonly epoch: number;
  readonly trainingLoss: number;
  readonly validationLoss: number;
}

/** A trained head. */
export interface TrainedStudyHead {
  /** "attention.…", and "fc.weight" and "fc.bias" to take the place of the network's own. */
  readonly state: StateDict;
  readonly bestEpoch: number;
  readonly history: readonly StudyHeadEpoch[];
}

/**
 * A head that learns from the labels of studies alone which of their images matter and what they mean, on features that stay as
 * they are; the weights of the epoch that does best on validation.
 *
 * It begins with the network's own last layer and the same attention for every image. fc: "fc.weight" and "fc.bias".
 * @source Ilse et al. 2018, Attention-based deep multiple instance learning.
 */
export async function trainStudyHead(
  {
    training,
    validation,
  }: { readonly training: readonly LabelledStudy[]; readonly validation: readonly LabelledStudy[] },
  fc: StateDict,
  options: {
    readonly classes: number;
    readonly seed: number;
    readonly threads: number;
    readonly progress: Progress;
    readonly settings?: Partial<StudyHeadSettings>;
  },
): Promise<TrainedStudyHead> {
  const { classes, seed, threads, progress } = options;
  const settings = { ...studyHeadDefaults, ...options.settings };
  const random = createRandom(seed).fork("study head");
  const scale = scaleOf(training.flatMap(({ features }) => features));
  const shape = { features: scale.mean.length, hidden: settings.hidden, classes };
  const [learned, held] = [training, validation].map((studies) => balanced(scaled(studies, scale), classes));
  const images = Math.max(...[...learned, ...held].map(({ features }) => features.length));
  const first = firstWeights(shape, unfoldScale(fc, scale), random);
  const step = await openStudyHeadStep(shape, first, { ...settings, images, threads });
  const history: StudyHeadEpoch[] = [];
  let best: { epoch: number; loss: number; state: StateDict } | null = null;
  try {
    for (let epoch = 1; epoch <= settings.epochs; epoch++) {
      const order = random.fork(`epoch ${epoch}`).shuffled(learned);
      let trainingLoss = 0;
      for (const batch of batches(order, settings.studies)) trainingLoss += (await step.learn(batch)) * batch.length;
      const validationLoss = await meanLoss(step, held, settings.studies);
      history.push({ epoch, trainingLoss: trainingLoss / order.length, validationLoss });
      if (best === null || validationLoss < best.loss) {
        best = { epoch, loss: validationLoss, state: copyState(step.state()) };
      }
      progress({ stage: "training the study head", done: epoch, total: settings.epochs });
      if (epoch - best.epoch >= settings.patience) break;
    }
  } finally {
    await step.close();
  }
  if (best === null) throw new Error("A study head needs at least one epoch");
  return { state: foldScale(best.state, scale), bestEpoch: best.epoch, history };
}

/** The network's last layer, and an attention that looks somewhere but gives every image the same at first. */
function firstWeights(shape: StudyHeadShape, fc: StateDict, random: Random): StateDict {
  return new Map(
    [...studyHeadParameters(shape)].map(([name, parameter]) => {
      const entry = fc.get(name) ?? initialEntry(name, parameter, random);
      return [name, name === "attention.attend" ? { ...entry, data: entry.data.map(() => 0) } : entry];
    }),
  );
}

function scaled(studies: readonly LabelledStudy[], scale: FeatureScale): LabelledStudy[] {
  return studies.map(({ features, truth }) => ({ truth, features: features.map((one) => scaleFeatures(one, scale)) }));
}

/** The studies with weights by which every class counts the same, 1 on average. */
function balanced(studies: readonly LabelledStudy[], classes: number): StudyBag[] {
  const counts = Array.from({ length: classes }, (_, k) => studies.filter(({ truth }) => truth === k).length);
  const there = counts.filter((count) => count > 0).length;
  return studies.map((study) => ({ ...study, weight: studies.length / (there * counts[study.truth]) }));
}

async function meanLoss(step: StudyHeadStep, bags: readonly StudyBag[], size: number): Promise<number> {
  let [sum, weights] = [0, 0];
  for (const batch of batches(bags, size)) {
    for (const [i, logits] of (await step.decide(batch)).entries()) {
      const { truth, weight } = batch[i];
      const largest = Math.max(...logits);
      const total = logits.reduce((all, logit) => all + Math.exp(logit - largest), 0);
      sum += weight * (largest + Math.log(total) - logits[truth]);
      weights += weight;
    }
  }
  return sum / weights;
}

function batches<T>(items: readonly T[], size: number): T[][] {
  return Array.from({ length: Math.ceil(items.length / size) }, (_, i) => items.slice(i * size, (i + 1) * size));
}
