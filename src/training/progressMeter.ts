import { InputError } from "../base/errors.ts";
import type { Progress } from "../base/progress.ts";
import { bestEpoch, type EpochRecord, scoreBy } from "./history.ts";
import type { TrainingSettings } from "./trainingSettings.ts";

/** Tells how far training is, batch by batch, and how each epoch went. */
export interface ProgressMeter {
  readonly learned: (images: number) => void;
  readonly validated: (images: number) => void;
  readonly finished: (history: readonly EpochRecord[]) => void;
}

/** An image that is learned from takes about three times as long as one that is only looked at. */
const validationShare = 1 / 3;

/**
 * A meter for a run from an epoch on.
 *
 * learnedInEpoch, validated: images of each epoch. Throws TRAINING_STOPPED from whichever call finds that isStopped.
 */
export function progressMeter(
  run: {
    readonly settings: TrainingSettings;
    readonly learnedInEpoch: number;
    readonly validated: number;
    readonly epochsDone: number;
  },
  around: { readonly progress: Progress; readonly isStopped: () => boolean },
): ProgressMeter {
  const { settings, learnedInEpoch, validated } = run;
  const epochImages = learnedInEpoch + validated * validationShare;
  let epoch = run.epochsDone;
  let done = epoch * epochImages;
  const total = settings.epochs * epochImages;
  const advance = (images: number) => {
    done += images;
    around.progress({ stage: "training", done, total });
    if (around.isStopped()) throw stopped(epoch);
  };
  advance(0);
  return {
    learned: (images) => advance(images),
    validated: (images) => advance(images * validationShare),
    finished(history) {
      epoch = history.length;
      done = epoch * epochImages;
      around.progress({ stage: "training", done, total, line: describeEpoch(history, settings) });
    },
  };
}

/** The last epoch in a line: losses, metrics, a curve of what picks the epoch, and the time left. */
export function describeEpoch(history: readonly EpochRecord[], settings: TrainingSettings): string {
  const last = history.at(-1);
  if (last === undefined) return "";
  const { epochs, bestBy } = settings;
  const mean = history.reduce((sum, { seconds }) => sum + seconds, 0) / history.length;
  const left = mean * (epochs - last.epoch);
  const best = bestEpoch(history) === last ? " (best)" : "";
  const parts = [
    `epoch ${last.epoch}/${epochs}`,
    `loss ${last.trainingLoss.toFixed(4)}`,
    `validation loss ${last.validationLoss.toFixed(4)}`,
    `accuracy ${(100 * last.validationAccuracy).toFixed(1)} %${best}`,
    ...(typeof last.validationAuc === "number" ? [`AUC ${last.validationAuc.toFixed(3)}`] : []),
    ...(history.length > 1 ? [`${bestBy} ${sparkline(history.map((record) => scoreBy(bestBy, record)))}`] : []),
    `${last.seconds.toFixed(1)} s`,
  ];
  return left > 0
    ? `${parts.join(", ")}, ${left < 90 ? `${Math.ceil(left)} s` : `${Math.ceil(left / 60)} min`} left`
    : parts.join(", ");
}

const bars = "▁▂▃▄▅▆▇█";
const longest = 24;

/** The last values as bars from the lowest to the highest of them. */
export function sparkline(values: readonly number[]): string {
  const shown = values.slice(-longest);
  const finite = shown.filter(Number.isFinite);
  const [low, high] = [Math.min(...finite), Math.max(...finite)];
  const barOf = (value: number) => {
    if (!Number.isFinite(value)) return " ";
    const share = high > low ? (value - low) / (high - low) : 0.5;
    return bars[Math.min(bars.length - 1, Math.floor(share * bars.length))];
  };
  return shown.map(barOf).join("");
}

function stopped(epochsDone: number): InputError {
  return new InputError(
    "TRAINING_STOPPED",
    `Training was stopped after ${epochsDone} whole epochs, which are kept. The same command goes on from there.`,
  );
}
