import { Worker } from "node:worker_threads";
import { InputError, UnavailableError } from "../base/errors.ts";

/** What a pool's worker posts for each job that it is sent. */
export type WorkerAnswer<Result> =
  | { readonly ok: true; readonly result: Result }
  | { readonly ok: false; readonly error: PlainError };

/** An error as it crosses threads, where its class is lost. */
export interface PlainError {
  readonly kind: "input" | "unavailable" | "bug";
  readonly code: string;
  readonly message: string;
  readonly stack: string;
}

/** An error made ready to cross threads. */
export function toPlainError(error: unknown): PlainError {
  const message = error instanceof Error ? error.message : String(error);
  const stack = error instanceof Error ? (error.stack ?? "") : "";
  if (error instanceof InputError) return { kind: "input", code: error.code, message, stack };
  if (error instanceof UnavailableError) return { kind: "unavailable", code: error.code, message, stack };
  return { kind: "bug", code: "", message, stack };
}

export interface PoolOptions<Job, Result> {
  readonly workers: number;
  /** Called after each job. */
  readonly onDone?: (result: Result) => void;
  /** Whether a job takes so much memory that two of this kind are never under way together. */
  readonly isLarge?: (job: Job) => boolean;
}

/**
 * Runs each job in one of several worker threads and returns the results in the jobs' order.
 *
 * A worker takes one job at a time. After a failure no later job is begun; those under way are waited for, so that of
 * several failures the one of the earliest job is thrown, whatever their timing.
 * @throws the first job's error.
 */
export async function runInWorkers<Job, Result>(
  url: URL,
  jobs: readonly Job[],
  options: PoolOptions<Job, Result>,
): Promise<Result[]> {
  const results: Result[] = [];
  const failures: { index: number; error: unknown }[] = [];
  const waiting = jobs.map((job, index) => ({ index, isLarge: options.isLarge?.(job) ?? false }));
  let isLargeUnderWay = false;

  /** The next job; none where only large ones wait, which the worker that has one will go on with. */
  function take(): { index: number; isLarge: boolean } | undefined {
    const end = failures.reduce((least, { index }) => Math.min(least, index), jobs.length);
    const at = waiting.findIndex(({ index, isLarge }) => index < end && (!isLarge || !isLargeUnderWay));
    return at < 0 ? undefined : waiting.splice(at, 1)[0];
  }

  async function workThrough(worker: Worker): Promise<void> {
    for (let job = take(); job !== undefined; job = take()) {
      const { index, isLarge } = job;
      if (isLarge) isLargeUnderWay = true;
      try {
        const result = await ask<Job, Result>(worker, jobs[index] as Job);
        results[index] = result;
        options.onDone?.(result);
      } catch (error) {
        failures.push({ index, error });
      } finally {
        if (isLarge) isLargeUnderWay = false;
      }
    }
  }

  const count = Math.min(Math.max(1, options.workers), jobs.length);
  const workers = Array.from({ length: count }, () => new Worker(url));
  try {
    await Promise.all(workers.map(workThrough));
  } finally {
    await Promise.all(workers.map((worker) => worker.terminate()));
  }
  failures.sort((a, b) => a.index - b.index);
  if (failures[0] !== undefined) throw failures[0].error;
  return results;
}

function ask<Job, Result>(worker: Worker, job: Job): Promise<Result> {
  const { promise, resolve, reject } = Promise.withResolvers<Result>();
  const onMessage = (answer: WorkerAnswer<Result>) =>
    answer.ok ? resolve(answer.result) : reject(toError(answer.error));
  const onExit = (code: number) => reject(new Error(`A worker thread ended early (exit code ${code}).`));
  worker.once("message", onMessage).once("error", reject).once("exit", onExit);
  worker.postMessage(job);
  return promise.finally(() => worker.off("message", onMessage).off("error", reject).off("exit", onExit));
}

/** The error again, on the other side. */
export function toError({ kind, code, message, stack }: PlainError): Error {
  if (kind === "input") return new InputError(code, message);
  if (kind === "unavailable") return new UnavailableError(code, message);
  return Object.assign(new Error(message), { stack });
}
