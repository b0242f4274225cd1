import { Worker } from "node:worker_threads";
import { InputError } from "../base/errors.ts";
import { workerUrl } from "../base/worker.ts";
import type { DecodeJob } from "./decodeJob.ts";
import type { DecodeAnswer } from "./decodeWorker.ts";

/**
 * A thread that decodes. What a hostile file does to it – endless loops, memory without end, a crash of the codec's
 * module – ends the thread and fails the file, and nothing else.
 */
export interface Decoder {
  /**
   * Writes a job's frames into its targets.
   *
   * timeoutMs: processor time for each megapixel of the job, at least for one.
   * @throws InputError as runDecodeJob; DECODER_DIED if the thread dies over the job or is given up.
   */
  run(job: DecodeJob, timeoutMs: number): Promise<void>;
  isAlive(): boolean;
  close(): void;
}

/** Starting a decoder costs more than decoding twenty slices, so that it waits this long for another study. */
const idleMs = 5000;

const idle: { readonly decoder: Decoder; readonly timer: NodeJS.Timeout }[] = [];

/** A decoder that waits for work, else a new one. To be given back. */
export function borrowDecoder(): Decoder {
  for (let waiting = idle.pop(); waiting; waiting = idle.pop()) {
    clearTimeout(waiting.timer);
    if (waiting.decoder.isAlive()) return waiting.decoder;
  }
  return openDecoder();
}

/** Lets a decoder wait for other work; it ends after some idle seconds. */
export function giveBack(decoder: Decoder): void {
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

/** What a decoding thread may use beside the codecs' own memory, which codecs.ts bounds. */
const resourceLimits = { maxOldGenerationSizeMb: 128, maxYoungGenerationSizeMb: 32, stackSizeMb: 4 };

function openDecoder(): Decoder {
  const worker = new Worker(workerUrl(import.meta.url, "decodeWorker"), { resourceLimits });
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
      const limitMs = timeoutMs * Math.max(1, megapixelsOf(job));
      return new Promise((resolve, reject) => {
        const died = (how: string) => {
          stop();
          const advice = "Leave the file out, or export it again";
          reject(new InputError("DECODER_DIED", `${job.path}: decoding its pixels ${how}. ${advice}.`, { cause }));
        };
        const stop = whenOver(worker, limitMs, () => {
          isDead = true;
          void worker.terminate();
          died(`took more than ${limitMs / 1000} s of processor time`);
        });
        if (isDead) return died("found no decoder alive");
        const exited = () => died("ended the decoder");
        worker.once("exit", exited);
        worker.once("message", (answer: DecodeAnswer) => {
          stop();
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

function megapixelsOf({ instance: { pixels }, frames }: DecodeJob): number {
  return (frames.length * (pixels?.rows ?? 0) * (pixels?.columns ?? 0)) / 2 ** 20;
}

/** A thread that waits – for the disk, or a busy machine – may take this many times longer than one that computes. */
const patience = 30;

/**
 * Calls `over` when a thread has computed for longer than limitMs, or waited for much longer; until it is told to stop.
 * A busy machine is no fault of the file: processor time is what counts; where Node cannot tell it (before 24.6), only the longer wait ends a thread.
 */
function whenOver(worker: Worker, limitMs: number, over: () => void): () => void {
  const stepMs = limitMs / 4;
  let steps = 0;
  let firstMs: number | undefined;
  let isStopped = false;
  const timer = setInterval(async () => {
    steps += 1;
    // A thread that Node cannot ask now does not answer at all: the steps go on meanwhile.
    if (steps < 4 * patience) {
      const usedMs = await processorMs(worker);
      if (usedMs === undefined) return;
      firstMs ??= usedMs;
      // What was used before the first question is taken for all of the first step.
      const spentMs = stepMs + usedMs - firstMs;
      if (spentMs < limitMs) return;
    }
    if (isStopped) return;
    stop();
    over();
  }, stepMs);
  function stop(): void {
    isStopped = true;
    clearInterval(timer);
  }
  return stop;
}

async function processorMs(worker: Worker): Promise<number | undefined> {
  const asked = worker as { cpuUsage?: () => Promise<NodeJS.CpuUsage> };
  try {
    const used = await asked.cpuUsage?.();
    return used && (used.user + used.system) / 1000;
  } catch {
    return undefined; // the thread has just ended
  }
}
