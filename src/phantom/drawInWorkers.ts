import { Worker } from "node:worker_threads";
import { InputError } from "../base/errors.ts";
import { workerUrl } from "../base/worker.ts";
import type { DrawAnswer } from "./drawWorker.ts";
import type { StudyPlan } from "./planPhantoms.ts";
import type { StudyTruth } from "./truth.ts";

/**
 * Draws and writes studies in worker threads, one study at a time in each; `finished` hears of every one as it is done.
 * @throws InputError as writeStudy, after all threads have stopped.
 */
export async function drawInWorkers(
  out: string,
  plans: readonly StudyPlan[],
  threads: number,
  finished: (truth: StudyTruth) => void,
): Promise<void> {
  const waiting = [...plans];
  const workers = Array.from(
    { length: Math.min(threads, plans.length) },
    () => new Worker(workerUrl(import.meta.url, "drawWorker"), { workerData: { out } }),
  );
  try {
    await Promise.all(workers.map((worker) => keepBusy(worker, waiting, finished)));
  } finally {
    await Promise.all(workers.map((worker) => worker.terminate()));
  }
}

function keepBusy(worker: Worker, waiting: StudyPlan[], finished: (truth: StudyTruth) => void): Promise<void> {
  return new Promise((resolve, reject) => {
    const next = () => {
      const plan = waiting.shift();
      if (plan) worker.postMessage(plan);
      else resolve();
    };
    worker.on("error", reject);
    worker.on("exit", (code) => reject(new Error(`A drawing thread ended by itself with code ${code}.`)));
    worker.on("message", (answer: DrawAnswer) => {
      if (answer.kind === "drawn") {
        finished(answer.truth);
        next();
      } else {
        waiting.length = 0;
        reject(answer.kind === "bug" ? new Error(answer.stack) : new InputError(answer.code, answer.message));
      }
    });
    next();
  });
}
