import type { NetworkName } from "../network/networkSpec.ts";
import type { OptimiserName } from "./optimiser.ts";

/** What of the machine and the recipe bounds a batch. */
export interface Machine {
  readonly memoryBytes: number;
  readonly inputPx: number;
}

/** What batch, learning rate and epochs follow from. */
export interface Task {
  /** Images that an epoch draws from. */
  readonly imagesInEpoch: number;
  readonly network: NetworkName;
  readonly isPretrained: boolean;
  /** Whether only the last layer learns. */
  readonly isProbe: boolean;
  readonly optimiser: OptimiserName;
  /** Where it was asked for: the learning rate follows it. */
  readonly batchSize?: number | undefined;
}

/** How many images the default preset shows the network in all, within 5 … 50 epochs. */
const imagesInAll = 24_000;
const [fewestEpochs, mostEpochs] = [5, 50];

/** What training takes at its peak, about a quarter more than was measured: whatever the batch, and for each image of 224² in it. docs/training.md. */
const bytesTaken: Readonly<Record<NetworkName, { readonly always: number; readonly perImage: number }>> = {
  resnet18: { always: 1.2e9, perImage: 35e6 },
  resnet50: { always: 2.1e9, perImage: 83e6 },
};

/** The share of the memory that training may take. */
const memoryShare = 0.75;

/** At batches of 16. Adam's rate goes with the batch's root, that of SGD with the batch. */
const usualRate = { pretrained: 1e-4, random: 3e-4, probe: 1e-3 } as const;
const sgdFactor = 100;
const usualBatch = 16;

/**
 * Batch, learning rate and epochs for a task on a machine.
 *
 * The batch is 16; 8 where an epoch would have fewer than 20 steps; 32 from 10,000 images on; halved until training takes no more than
 * three quarters of the memory. @source the batch's root: Malladi et al. 2022; the batch: Goyal et al. 2017; the rest is our choice.
 */
export function sensibleSettings(
  task: Task,
  machine: Machine = { memoryBytes: Number.POSITIVE_INFINITY, inputPx: 224 },
): { readonly batchSize: number; readonly learningRate: number; readonly epochs: number } {
  const { imagesInEpoch, isPretrained, isProbe, optimiser } = task;
  const batchSize = task.batchSize ?? sensibleBatch(task, machine);
  const rate = usualRate[isProbe ? "probe" : isPretrained ? "pretrained" : "random"];
  const share = batchSize / usualBatch;
  const learningRate = optimiser === "sgd" ? rate * sgdFactor * share : rate * Math.sqrt(share);
  const epochs = Math.min(mostEpochs, Math.max(fewestEpochs, Math.round(imagesInAll / Math.max(1, imagesInEpoch))));
  return { batchSize, learningRate: Number(learningRate.toPrecision(2)), epochs };
}

/** The reason for what was chosen, in one sentence. asked: what of the three the user gave. */
export function describeChoice(
  task: Task,
  chosen: { readonly batchSize: number; readonly learningRate: number; readonly epochs: number },
  given: { readonly batchSize?: unknown; readonly learningRate?: unknown; readonly epochs?: unknown },
): string | null {
  const { imagesInEpoch, isPretrained, isProbe } = task;
  const start = isProbe ? "only the last layer learns" : isPretrained ? "pretrained weights" : "random weights";
  const parts = [
    given.batchSize === undefined && `batch ${chosen.batchSize} (${imagesInEpoch} images in an epoch, and the memory)`,
    given.learningRate === undefined && `learning rate ${chosen.learningRate} (${start}, batch ${chosen.batchSize})`,
    given.epochs === undefined && `${chosen.epochs} epochs (about ${imagesInAll} images in all)`,
  ].filter((part) => part !== false);
  return parts.length === 0 ? null : `Chosen: ${parts.join(", ")}.`;
}

function sensibleBatch({ imagesInEpoch, network }: Task, { memoryBytes, inputPx }: Machine): number {
  let batch = imagesInEpoch >= 10_000 ? 2 * usualBatch : imagesInEpoch < 20 * usualBatch ? usualBatch / 2 : usualBatch;
  while (batch > 2 && trainingBytes(network, batch, inputPx) > memoryShare * memoryBytes) batch /= 2;
  return batch;
}

/** How much memory a training of all layers takes at its peak, at most. */
export function trainingBytes(network: NetworkName, batchSize: number, inputPx: number): number {
  const { always, perImage } = bytesTaken[network];
  return always + perImage * batchSize * (inputPx / 224) ** 2;
}
