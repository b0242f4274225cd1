import { basename } from "node:path";
import { InputError } from "../../src/base/errors.ts";
import type { DecodeJob } from "../../src/intake/decodeJob.ts";
import { decodeInPool } from "../../src/intake/decodePool.ts";
import { type IntakeSettings, intakeSettingsOf } from "../../src/intake/intakeSettings.ts";
import { listFiles } from "../../src/intake/listFiles.ts";
import { readStudy } from "../../src/intake/readStudy.ts";
import { parseLimitsOf, type ScannedInstance, scanFiles } from "../../src/intake/scanFiles.ts";

/** A single slice is enough, so that every image goes all the way to Hounsfield units. */
const settings: Partial<IntakeSettings> = { minSlices: 1, findings: { SLICE_GAP: "warn" } };

/**
 * The ways to read a file that are tried, one after the other: the pixels of every image in it, CT or not; and as a study.
 *
 * Each gives "read", or the code of the InputError. Anything else that is thrown is a fault of the program.
 */
export const waysToRead: readonly ((path: string) => Promise<string>)[] = [
  (path) => codeOf(() => readImages(path)),
  (path) => codeOf(() => readStudy(path, { intake: settings })),
];

async function codeOf(read: () => Promise<unknown>): Promise<string> {
  try {
    await read();
    return "read";
  } catch (error) {
    if (!(error instanceof InputError)) throw error;
    if (!/^[A-Z][A-Z_]+$/.test(error.code) || error.message.length < 20) throw new Error(`A poor error: ${error.code}`);
    return error.code;
  }
}

async function readImages(path: string): Promise<void> {
  const all = intakeSettingsOf(settings);
  const { files } = await listFiles(path, all);
  const { instances } = await scanFiles(files, all);
  for (const { file, instance } of instances) {
    const { pixels } = instance;
    if (!pixels || instance.isCut) continue;
    if (Math.max(pixels.rows, pixels.columns) > all.maxMatrix) continue;
    const job = await jobOf({ file, instance }, all);
    await decodeInPool(1, { job: async () => job, workers: 2, timeoutMs: all.decodeTimeoutMs });
  }
}

async function jobOf({ file, instance }: ScannedInstance, all: IntakeSettings): Promise<DecodeJob> {
  const frames = instance.frames.map((_, i) => i).slice(0, 3);
  const size = (instance.pixels?.rows ?? 0) * (instance.pixels?.columns ?? 0);
  return {
    path: basename(file.path),
    source: file.diskPath ? { diskPath: file.diskPath } : { bytes: await file.whole() },
    instance,
    frames,
    targets: frames.map(() => new Int16Array(new SharedArrayBuffer(2 * size))),
    lowestHu: all.lowestHu,
    limits: parseLimitsOf(all),
  };
}
