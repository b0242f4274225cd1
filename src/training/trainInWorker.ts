import { Worker } from "node:worker_threads";
import { InputError } from "../base/errors.ts";
import { noProgress, type Progress } from "../base/progress.ts";
import { workerUrl } from "../base/worker.ts";
import type { EpochRecord } from "./history.ts";
import type { TrainingJob } from "./train.ts";
import type { TrainWorkerData, TrainWorkerMessage } from "./trainWorker.ts";

/**
 * `trainNetwork` in a thread of its own, so that the caller's stays free while a step runs.
 *
 * signal: when aborted, training stops before its next batch; the same job then goes on from the last whole epoch.
 * @throws as trainNetwork.
 */
export function trainInWorker(
  job: TrainingJob,
  options: { progress?: Progress | undefined; signal?: AbortSignal | undefined } = {},
): Promise<readonly EpochRecord[]> {
  const { progress = noProgress, signal } = options;
  const stop = new Int32Array(new SharedArrayBuffer(4));
  const workerData: TrainWorkerData = { job, stop };
  const onAbort = () => Atomics.store(stop, 0, 1);
  if (signal?.aborted) onAbort();
  signal?.addEventListener("abort", onAbort);

  const { promise, resolve, reject } = Promise.withResolvers<readonly EpochRecord[]>();
  const worker = new Worker(workerUrl(import.meta.url, "trainWorker"), { workerData });
  worker.on("message", (message: TrainWorkerMessage) => {
    if (message.kind === "progress") progress(message.update);
    else if (message.kind === "done") resolve(message.history);
    else reject(new InputError(message.code, message.message));
  });
  worker.on("error", reject);
  worker.on("exit", (code) => reject(new Error(`The training thread ended early (exit code ${code})`)));
  return promise.finally(() => signal?.removeEventListener("abort", onAbort));
}
