import { parentPort } from "node:worker_threads";
import { InputError } from "../base/errors.ts";
import { type DecodeJob, runDecodeJob } from "./decodeJob.ts";

/** What the worker answers to a job. */
export type DecodeAnswer =
  | { readonly isDone: true }
  | { readonly error: { readonly code: string; readonly message: string } }
  | { readonly fault: string };

parentPort?.on("message", async (job: DecodeJob) => {
  try {
    await runDecodeJob(job);
    const answer: DecodeAnswer = { isDone: true };
    parentPort?.postMessage(answer);
  } catch (error) {
    const answer: DecodeAnswer =
      error instanceof InputError
        ? { error: { code: error.code, message: error.message } }
        : { fault: error instanceof Error ? (error.stack ?? error.message) : String(error) };
    parentPort?.postMessage(answer);
  }
});
