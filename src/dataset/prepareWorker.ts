import { parentPort } from "node:worker_threads";
import { type CaseJob, type CaseOutcome, prepareCase } from "./prepareCase.ts";
import { toPlainError, type WorkerAnswer } from "./workerPool.ts";

parentPort?.on("message", async (job: CaseJob) => {
  const answer: WorkerAnswer<CaseOutcome> = await prepareCase(job).then(
    (result) => ({ ok: true, result }),
    (error: unknown) => ({ ok: false, error: toPlainError(error) }),
  );
  parentPort?.postMessage(answer);
});
