import { parentPort } from "node:worker_threads";
import { toPlainError, type WorkerAnswer } from "../dataset/workerPool.ts";
import { runTableJob, type TableJob, type TableResult } from "./tableJobs.ts";

parentPort?.on("message", (job: TableJob) => {
  let answer: WorkerAnswer<TableResult>;
  try {
    answer = { ok: true, result: runTableJob(job) };
  } catch (error) {
    answer = { ok: false, error: toPlainError(error) };
  }
  parentPort?.postMessage(answer);
});
