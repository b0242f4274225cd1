import { parentPort, workerData } from "node:worker_threads";
import { InputError } from "../base/errors.ts";
import type { ProgressUpdate } from "../base/progress.ts";
import { memoryBytes } from "../runtime/environment.ts";
import type { EpochRecord } from "./history.ts";
import { type TrainingJob, trainNetwork } from "./train.ts";

/** What the worker is started with. */
export interface TrainWorkerData {
  readonly job: TrainingJob;
  /** One number in shared memory; 1 asks the worker to stop. */
  readonly stop: Int32Array<SharedArrayBuffer>;
}

/** What the worker says. An InputError is told by its code, because an error's class does not cross threads. */
export type TrainWorkerMessage =
  | { readonly kind: "progress"; readonly update: ProgressUpdate }
  | { readonly kind: "done"; readonly history: readonly EpochRecord[] }
  | { readonly kind: "refused"; readonly code: string; readonly message: string };

async function work({ job, stop }: TrainWorkerData, say: (message: TrainWorkerMessage) => void): Promise<void> {
  try {
    const history = await trainNetwork(job, {
      progress: (update) => say({ kind: "progress", update }),
      isStopped: () => Atomics.load(stop, 0) === 1,
      nowMs: () => performance.now(),
      cacheBytes: Math.floor(memoryBytes() / 4),
    });
    say({ kind: "done", history });
  } catch (error) {
    if (!(error instanceof InputError)) throw error;
    say({ kind: "refused", code: error.code, message: error.message });
  }
}

await work(workerData as TrainWorkerData, (message) => parentPort?.postMessage(message));
