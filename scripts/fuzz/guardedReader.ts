import { type ChildProcess, fork } from "node:child_process";
import { join } from "node:path";
import type { ReadAnswer } from "./fuzzChild.ts";

/** What a file may cost at most. */
export interface ReadLimits {
  /** Of the processor, so that a busy machine is no fault of the file. */
  readonly processorMs: number;
  readonly memoryMb: number;
  /** Until a process that does not answer is killed. */
  readonly wallMs: number;
}

export const readLimits: ReadLimits = { processorMs: 2000, memoryMb: 512, wallMs: 30_000 };

/** How a file went: what the program said, or what is wrong with the program. */
export interface Outcome {
  readonly code: string | null;
  /** Undefined where the file was read or refused as it should be. */
  readonly offence?: string;
  readonly processorMs: number;
}

/**
 * Reads files in a process of its own, which is replaced where it dies or hangs. A file that seems to cost too much is
 * read again by a fresh process, so that what earlier files left behind counts for nothing.
 */
export class GuardedReader {
  readonly #limits: ReadLimits;
  #child: Promise<ChildProcess> | undefined;
  #reads = 0;

  constructor(limits: ReadLimits = readLimits) {
    this.#limits = limits;
  }

  async read(path: string): Promise<Outcome> {
    const first = await this.#readOnce(path);
    if (first.offence === undefined || this.#reads === 1) return first;
    await this.close();
    return this.#readOnce(path);
  }

  async close(): Promise<void> {
    const child = await this.#child;
    this.#child = undefined;
    this.#reads = 0;
    child?.kill("SIGKILL");
  }

  async #readOnce(path: string): Promise<Outcome> {
    this.#child ??= start();
    const child = await this.#child;
    this.#reads += 1;
    const { processorMs, memoryMb, wallMs } = this.#limits;
    const answer = await ask(child, path, wallMs);
    if (typeof answer === "string") {
      await this.close();
      this.#reads = 1; // no memory of earlier files is to blame
      return { code: null, offence: answer, processorMs: 0 };
    }
    const found = { code: answer.code, processorMs: answer.processorMs };
    if (answer.fault !== undefined) return { ...found, offence: answer.fault };
    if (answer.processorMs > processorMs) {
      return { ...found, offence: `took ${Math.round(answer.processorMs)} ms of processor time` };
    }
    if (answer.peakMb > memoryMb) return { ...found, offence: `took ${Math.round(answer.peakMb)} MB of memory` };
    return found;
  }
}

function start(): Promise<ChildProcess> {
  const child = fork(join(import.meta.dirname, "fuzzChild.ts"), { stdio: ["ignore", "ignore", "pipe", "ipc"] });
  return new Promise((resolve, reject) => {
    child.once("message", () => {
      child.off("exit", reject);
      resolve(child);
    });
    child.once("exit", reject);
  });
}

/** The child's answer, or how it failed to give one. */
function ask(child: ChildProcess, path: string, wallMs: number): Promise<ReadAnswer | string> {
  return new Promise((resolve) => {
    let errors = "";
    const hear = (text: Buffer) => {
      errors = `${errors}${text}`.slice(-2000);
    };
    const end = (answer: ReadAnswer | string) => {
      clearTimeout(timer);
      child.off("exit", died);
      child.off("message", end);
      child.stderr?.off("data", hear);
      resolve(answer);
    };
    const died = (code: number | null, signal: string | null) => end(`the process died (${code ?? signal}): ${errors}`);
    const timer = setTimeout(() => {
      child.kill("SIGKILL");
      end(`no answer in ${wallMs / 1000} s`);
    }, wallMs);
    child.stderr?.on("data", hear);
    child.once("exit", died);
    child.once("message", end);
    child.send(path);
  });
}
