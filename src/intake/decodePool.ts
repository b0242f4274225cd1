import { Worker } from "node:worker_threads";
import { InputError } from "../base/errors.ts";
import { workerUrl } from "../base/worker.ts";
import { type DecodeJob, runDecodeJob } from "./decodeJob.ts";
import type { DecodeAnswer } from "./decodeWorker.ts";

/** Fewer jobs than this are done in the calling thread: starting workers would take longer. */
const worthWorkers = 64;

/**
 * Decodes files, several at a time, into their jobs' targets.
 *
 * count jobs are asked for one by one, in order. workers: threads; 0 works in the calling thread. If a file fails, the
 * error is that of the first such file in the order of the jobs, and no further one is begun.
 * @throws InputError as runDecodeJob; DECODER_DIED if a thread dies or hangs over a file.
 */
export async function decodeInPool(count: number, { job, workers, timeoutMs }: DecodeWork): Promise<void> {
  const failures = new Map<number, unknown>();
  let next = 0;
  async function loop(run: (job: DecodeJob) => Promise<void>): Promise<void> {
    while (next < count && failures.size === 0) {
      const index = next++;
      try {
        await run(await job(index));
      } catch (error) {
        failures.set(index, error);
      }
    }
  }
  const threads = count < worthWorkers ? 0 : Math.min(workers, count);
  if (threads === 0) await loop(runDecodeJob);
  else {
    const pool = Array.from({ length: threads }, borrowDecoder);
    try {
      await Promise.all(pool.map((decoder) => loop((job) => decoder.run(job, timeoutMs))));
    } finally {
      for (const decoder of pool) giveBack(decoder);
    }
  }
  if (failures.size > 0) throw failures.get(Math.min(...failures.keys()));
}

export interface DecodeWork {
  /** The job of an index, made when its turn comes. */
  readonly job: (index: number) => Promise<DecodeJob>;
  readonly workers: number;
  readonly timeoutMs: number;
}

/** Starting a decoder costs more than decoding twenty slices, so that it waits this long for another study. */
const idleMs = 5000;

const idle: { readonly decoder: Decoder; readonly timer: NodeJS.Timeout }[] = [];

function borrowDecoder(): Decoder {
  for (let waiting = idle.pop(); waiting; waiting = idle.pop()) {
    clearTimeout(waiting.timer);
    if (waiting.decoder.isAlive()) return waiting.decoder;
  }
  return openDecoder();
}

function giveBack(decoder: Decoder): void {
  if (!decoder.isAlive()) return;
  const timer = setTimeout(() => {
    idle.splice(
      idle.findIndex((waiting) => waiting.decoder === decoder),
      1,
    );
    decoder.close();
  }, idleMs);
  idle.push({ decoder, timer: timer.unref() });
}

interface Decoder {
  run(job: DecodeJob, timeoutMs: number): Promise<void>;
  isAlive(): boolean;
  close(): void;
}

function openDecoder(): Decoder {
  const worker = new Worker(workerUrl(import.meta.url, "decodeWorker"));
  worker.unref(); // a job that waits keeps the process alive by its timer
  let isDead = false;
  let cause: unknown;
  worker.on("error", (error) => {
    cause = error; // "exit" follows and tells the job that waits
  });
  worker.on("exit", () => {
    isDead = true;
  });
  return {
    run(job, timeoutMs) {
      return new Promise((resolve, reject) => {
        const died = (how: string) => {
          clearTimeout(timer);
          const advice = "Leave the file out, or export it again";
          reject(new InputError("DECODER_DIED", `${job.path}: decoding its pixels ${how}. ${advice}.`, { cause }));
        };
        const timer = setTimeout(() => {
          isDead = true;
          void worker.terminate();
          died(`took longer than ${timeoutMs / 1000} s`);
        }, timeoutMs);
        if (isDead) return died("found no decoder alive");
        const exited = () => died("ended the decoder");
        worker.once("exit", exited);
        worker.once("message", (answer: DecodeAnswer) => {
          clearTimeout(timer);
          worker.off("exit", exited);
          if ("isDone" in answer) resolve();
          else if ("error" in answer) reject(new InputError(answer.error.code, answer.error.message));
          else reject(new Error(`Decoding failed: ${answer.fault}`));
        });
        worker.postMessage(job);
      });
    },
    isAlive: () => !isDead,
    close: () => void worker.terminate(),
  };
}
