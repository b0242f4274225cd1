import { describe, expect, it } from "vitest";
import { InputError } from "../base/errors.ts";
import { runInWorkers, toPlainError } from "./workerPool.ts";

/** Sleeps, then answers with the job's number, refuses, or dies, as the job says. */
const worker = new URL(
  `data:text/javascript,${encodeURIComponent(`
    import { parentPort } from "node:worker_threads";
    import { setTimeout } from "node:timers/promises";
    parentPort.on("message", async ({ number, waitMs = 0, fault }) => {
      await setTimeout(waitMs);
      if (fault === "exit") process.exit(3);
      if (fault === "throw") throw new TypeError("thrown");
      const error = { kind: fault, code: "CODE_" + number, message: "job " + number, stack: "" };
      parentPort.postMessage(fault ? { ok: false, error } : { ok: true, result: number });
    });`)}`,
);

interface Job {
  readonly number: number;
  readonly waitMs?: number;
  readonly fault?: "exit" | "throw" | "input" | "bug";
}
const run = (jobs: readonly Job[], workers: number, onDone?: (result: number) => void) =>
  runInWorkers<Job, number>(worker, jobs, { workers, ...(onDone === undefined ? {} : { onDone }) });

describe("runInWorkers", () => {
  it("returns the results in the jobs' order, whichever is done first", async () => {
    const done: number[] = [];
    const jobs = [{ number: 0, waitMs: 60 }, { number: 1 }, { number: 2 }, { number: 3 }];
    expect(await run(jobs, 2, (result) => done.push(result))).toEqual([0, 1, 2, 3]);
    expect(done.toSorted()).toEqual([0, 1, 2, 3]);
    expect(await run([], 4)).toEqual([]);
  });

  it("throws the earliest job's error, though a later one fails first", async () => {
    const jobs: Job[] = [{ number: 0, waitMs: 60, fault: "input" }, { number: 1, fault: "bug" }, { number: 2 }];
    const thrown = await run(jobs, 2).catch((error: unknown) => error);
    expect(thrown).toBeInstanceOf(InputError);
    expect(thrown).toMatchObject({ code: "CODE_0", message: "job 0" });
  });

  it("has no two large jobs under way together, and others beside them", async () => {
    const order: number[] = [];
    const jobs = [{ number: 0, waitMs: 200 }, { number: 1 }, { number: 2 }, { number: 3 }];
    const isLarge = ({ number }: Job) => number < 2;
    const results = await runInWorkers<Job, number>(worker, jobs, {
      workers: 2,
      isLarge,
      onDone: (number) => order.push(number),
    });
    expect(results).toEqual([0, 1, 2, 3]);
    expect(order).toEqual([2, 3, 0, 1]);
  });

  it("throws the error of a large job that had to wait, though a later one failed before", async () => {
    const jobs: Job[] = [
      { number: 0, waitMs: 60 },
      { number: 1, fault: "input" },
      { number: 2, fault: "bug" },
    ];
    const isLarge = ({ number }: Job) => number < 2;
    const thrown = await runInWorkers<Job, number>(worker, jobs, { workers: 2, isLarge }).catch((error) => error);
    expect(thrown).toMatchObject({ code: "CODE_1" });
  });

  it.each([
    ["dies", "exit", /ended early/],
    ["throws outside an answer", "throw", /thrown/],
  ] as const)("ends when a worker %s", async (_what, fault, message) => {
    await expect(run([{ number: 0, fault }, { number: 1 }], 1)).rejects.toThrow(message);
  });
});

it("keeps an error's code on its way through a thread", () => {
  expect(toPlainError(new InputError("NO_CT", "none"))).toMatchObject({
    kind: "input",
    code: "NO_CT",
    message: "none",
  });
  expect(toPlainError(new TypeError("wrong"))).toMatchObject({ kind: "bug", message: "wrong" });
});
