import { mkdtemp, readdir, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { z } from "zod";
import type { Checkpoint } from "./checkpoint.ts";
import { endlessBatches } from "./findLearningRate.ts";
import { openImageLoader } from "./imageLoader.ts";
import {
  closePhase,
  gatherBatch,
  openPhase,
  type Phase,
  type TrainingJob,
  type TrainingSurroundings,
} from "./train.ts";

/** What one kind of work takes of a step. */
export interface ProfileRow {
  /** An ONNX operator, or what happens beside the network. */
  readonly work: string;
  readonly isNetwork: boolean;
  /** How often in a step. */
  readonly calls: number;
  readonly msInStep: number;
}

/** Where the time of training goes, over some steps. */
export interface Profile {
  readonly steps: number;
  readonly batchSize: number;
  readonly msInStep: number;
  readonly imagesPerSecond: number;
  /** The share of the time in which the network waits for images, which another thread reads and augments. */
  readonly waitingShare: number;
  /** The share of the time that is spent outside the network: that, the optimiser and all else. */
  readonly outsideShare: number;
  /** The most costly first. */
  readonly rows: readonly ProfileRow[];
}

/** The first steps take their memory and are left out. */
const unmeasured = 2;

/** Trains some steps with ONNX Runtime's profile on and sums it up. What is learned is thrown away. */
export async function profileTraining(
  job: Omit<TrainingJob, "checkpoints" | "historyPath">,
  start: Checkpoint,
  around: TrainingSurroundings & { readonly steps?: number },
): Promise<Profile> {
  const { progress, nowMs, steps = 10 } = around;
  const folder = await mkdtemp(join(tmpdir(), "groundglass-profile-"));
  const loader = openImageLoader(job.dataset, job.recipe);
  let phase: Phase | undefined;
  let [totalMs, movingMs, gatheringMs, waitedMs, images] = [0, 0, 0, 0, 0];
  try {
    phase = await openPhase(job, start, { loader, around, changes: { profileAt: join(folder, "step") } });
    const { step, inputs, border } = phase;
    const { batches, mixing } = endlessBatches(job);
    let [done, startMs, waitedBefore] = [0, nowMs(), inputs.waitedMs()];
    for await (const entering of inputs.stream(batches)) {
      await gatherBatch(job.settings, step, entering, mixing);
      const gatheredMs = nowMs();
      await step.move();
      const [endMs, waited] = [nowMs(), inputs.waitedMs()];
      if (++done > unmeasured) {
        totalMs += endMs - startMs;
        movingMs += endMs - gatheredMs;
        gatheringMs += gatheredMs - startMs;
        waitedMs += waited - waitedBefore;
        images += entering.batch.images.length;
      }
      progress({ stage: "profiling", done, total: unmeasured + steps });
      if (done === unmeasured + steps) break;
      [startMs, waitedBefore] = [nowMs(), waited];
    }
    phase = undefined;
    await closePhase({ step, inputs }); // ONNX Runtime writes its profile then.
    const ops = sumProfile(await readProfile(folder), unmeasured);
    const networkMs = ops.reduce((sum, { msInStep }) => sum + msInStep, 0);
    const beside = [
      { work: "moving the weights", ms: movingMs },
      { work: "waiting for images", ms: waitedMs },
      {
        work: border === null ? "between operators" : "frozen part, between operators",
        ms: gatheringMs - waitedMs - networkMs * steps,
      },
    ].map(({ work, ms }) => ({ work, isNetwork: false, calls: 1, msInStep: Math.max(0, ms) / steps }));
    return {
      steps,
      batchSize: images / steps,
      msInStep: totalMs / steps,
      imagesPerSecond: (1000 * images) / totalMs,
      waitingShare: waitedMs / totalMs,
      outsideShare: Math.max(0, 1 - (networkMs * steps) / totalMs),
      rows: [...ops, ...beside].toSorted((a, b) => b.msInStep - a.msInStep),
    };
  } finally {
    if (phase) await closePhase(phase);
    await loader.close();
    await rm(folder, { recursive: true, force: true });
  }
}

const eventsSchema = z.array(
  z.object({
    name: z.string(),
    ts: z.number(),
    dur: z.number().default(0),
    args: z.object({ op_name: z.string().optional() }).optional(),
  }),
);

/** One event of ONNX Runtime's profile; times in microseconds. */
export type ProfileEvent = z.infer<typeof eventsSchema>[number];

async function readProfile(folder: string): Promise<ProfileEvent[]> {
  const [name] = await readdir(folder);
  if (name === undefined) throw new Error("ONNX Runtime left no profile");
  return eventsSchema.parse(JSON.parse(await readFile(join(folder, name), "utf8")));
}

/** The time of each kind of operator in a run of the model, without the first runs. */
export function sumProfile(events: readonly ProfileEvent[], firstRuns: number): ProfileRow[] {
  const runs = events.filter(({ name }) => name === "model_run").toSorted((a, b) => a.ts - b.ts);
  const counted = runs.slice(firstRuns);
  const from = counted[0]?.ts ?? Number.POSITIVE_INFINITY;
  const rows = new Map<string, { calls: number; us: number }>();
  for (const { name, ts, dur, args } of events) {
    if (!name.endsWith("_kernel_time") || args?.op_name === undefined || ts < from) continue;
    const row = rows.get(args.op_name) ?? { calls: 0, us: 0 };
    rows.set(args.op_name, { calls: row.calls + 1, us: row.us + dur });
  }
  return [...rows].map(([work, { calls, us }]) => ({
    work,
    isNetwork: true,
    calls: calls / counted.length,
    msInStep: us / 1000 / counted.length,
  }));
}
