import { parentPort, workerData } from "node:worker_threads";
import { InputError } from "../base/errors.ts";
import { drawStudy } from "./drawStudy.ts";
import type { StudyPlan } from "./planPhantoms.ts";
import { writeStudy } from "./studyFiles.ts";
import type { StudyTruth } from "./truth.ts";

/** What the worker answers to a StudyPlan. */
export type DrawAnswer =
  | { readonly kind: "drawn"; readonly truth: StudyTruth }
  | { readonly kind: "input error"; readonly code: string; readonly message: string }
  | { readonly kind: "bug"; readonly stack: string };

const { out } = workerData as { out: string };

parentPort?.on("message", async (plan: StudyPlan) => {
  parentPort?.postMessage(await answer(plan));
});

async function answer(plan: StudyPlan): Promise<DrawAnswer> {
  try {
    return { kind: "drawn", truth: await writeStudy(out, drawStudy(plan)) };
  } catch (error) {
    if (error instanceof InputError) return { kind: "input error", code: error.code, message: error.message };
    return { kind: "bug", stack: error instanceof Error ? (error.stack ?? error.message) : String(error) };
  }
}
