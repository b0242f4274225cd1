import { join } from "node:path";
import { z } from "zod";
import { InputError } from "../base/errors.ts";
import { isThere, readBytes, writeFileWhole } from "../base/files.ts";
import { decodeSafetensors, encodeSafetensors } from "../network/safetensors.ts";
import type { StateDict } from "../network/stateDict.ts";
import { bestEpoch, type EpochRecord, epochRecordSchema } from "./history.ts";
import { removePartialFiles } from "./partialFiles.ts";

/**
 * All that training needs to go on as if it had never stopped. Random numbers are not in it: they follow from the seed
 * and the epoch.
 */
export interface Checkpoint {
  /** Epochs done; 0 before the first. */
  readonly epoch: number;
  /** Steps the optimiser has taken. */
  readonly steps: number;
  /** Weights and running statistics. */
  readonly state: StateDict;
  /** Adam's; empty before the first step, which stands for zeros. */
  readonly firstMoments: StateDict;
  readonly secondMoments: StateDict;
  readonly history: readonly EpochRecord[];
}

const firstPrefix = "adam.first/";
const secondPrefix = "adam.second/";

const metadataSchema = z.object({
  format: z.literal("groundglass-checkpoint/1"),
  epoch: z.coerce.number().int().nonnegative(),
  steps: z.coerce.number().int().nonnegative(),
  history: z.string(),
});

/** The file that training goes on from. */
export const lastCheckpointPath = (folder: string) => join(folder, "last.safetensors");

/** The weights of the best epoch so far. */
export const bestWeightsPath = (folder: string) => join(folder, "best.safetensors");

/**
 * Writes last.safetensors, then best.safetensors if the checkpoint's epoch is the best. A kill in between is mended by
 * `readCheckpoint`, because the best weights are then the last ones.
 */
export async function writeCheckpoint(folder: string, checkpoint: Checkpoint): Promise<void> {
  const { epoch, steps, state, firstMoments, secondMoments, history } = checkpoint;
  const arrays: StateDict = new Map(state);
  for (const [name, entry] of firstMoments) arrays.set(firstPrefix + name, entry);
  for (const [name, entry] of secondMoments) arrays.set(secondPrefix + name, entry);
  const metadata = {
    format: "groundglass-checkpoint/1",
    epoch: String(epoch),
    steps: String(steps),
    history: JSON.stringify(history),
  };
  await writeFileWhole(lastCheckpointPath(folder), encodeSafetensors(arrays, metadata));
  if (epoch > 0 && bestEpoch(history)?.epoch === epoch) await writeBest(folder, checkpoint);
}

/**
 * The checkpoint to go on from, or undefined where training has not begun. Puts best.safetensors right and removes what
 * a killed process left half-written.
 * @throws InputError CHECKPOINT_DAMAGED if a file was changed or cut short by something else than this program.
 */
export async function readCheckpoint(folder: string): Promise<Checkpoint | undefined> {
  await removePartialFiles(folder);
  const path = lastCheckpointPath(folder);
  if (!(await isThere(path))) return undefined;
  const checkpoint = await decodeCheckpoint(path);
  const best = bestEpoch(checkpoint.history);
  if (best && best.epoch !== (await readBestWeights(folder))?.epoch) {
    if (best.epoch !== checkpoint.epoch) throw damaged(bestWeightsPath(folder));
    await writeBest(folder, checkpoint);
  }
  return checkpoint;
}

/** The best epoch's weights and running statistics; undefined where there are none yet. @throws InputError CHECKPOINT_DAMAGED. */
export async function readBestWeights(folder: string): Promise<{ epoch: number; state: StateDict } | undefined> {
  const path = bestWeightsPath(folder);
  if (!(await isThere(path))) return undefined;
  const { state, metadata } = await decode(path);
  const epoch = Number(metadata.epoch);
  if (!Number.isInteger(epoch)) throw damaged(path);
  return { epoch, state };
}

function writeBest(folder: string, { epoch, state }: Checkpoint): Promise<void> {
  return writeFileWhole(bestWeightsPath(folder), encodeSafetensors(state, { epoch: String(epoch) }));
}

async function decodeCheckpoint(path: string): Promise<Checkpoint> {
  const { state: arrays, metadata } = await decode(path);
  const parsed = metadataSchema.safeParse(metadata);
  if (!parsed.success) throw damaged(path);
  const { epoch, steps, history } = parsed.data;
  const state: StateDict = new Map();
  const firstMoments: StateDict = new Map();
  const secondMoments: StateDict = new Map();
  for (const [name, entry] of arrays) {
    if (name.startsWith(firstPrefix)) firstMoments.set(name.slice(firstPrefix.length), entry);
    else if (name.startsWith(secondPrefix)) secondMoments.set(name.slice(secondPrefix.length), entry);
    else state.set(name, entry);
  }
  return { epoch, steps, state, firstMoments, secondMoments, history: parseHistory(path, history, epoch) };
}

function parseHistory(path: string, text: string, epochs: number): EpochRecord[] {
  try {
    const history = z.array(epochRecordSchema).parse(JSON.parse(text));
    if (history.length === epochs) return history;
  } catch {
    // Told below, as any history that does not fit.
  }
  throw damaged(path);
}

async function decode(path: string) {
  const bytes = await readBytes(path);
  try {
    return decodeSafetensors(bytes);
  } catch (error) {
    throw damaged(path, error);
  }
}

function damaged(path: string, cause?: unknown): InputError {
  return new InputError(
    "CHECKPOINT_DAMAGED",
    `${path} is not as training wrote it. Delete the run's folder "checkpoints" to train anew, or copy the run again.`,
    { cause },
  );
}
