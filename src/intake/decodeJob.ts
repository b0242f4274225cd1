import { readFile } from "node:fs/promises";
import { InputError } from "../base/errors.ts";
import type { ParseLimits } from "../dicom/dataSet.ts";
import { decodePixels } from "../dicom/decodePixels.ts";
import type { Frame, Instance } from "../dicom/instance.ts";
import { type HounsfieldTable, hounsfieldInto, hounsfieldTable } from "./hounsfield.ts";

/** One file's frames to decode; plain data, so that it can go to a worker. */
export interface DecodeJob {
  /** For messages. */
  readonly path: string;
  readonly source: { readonly diskPath: string } | { readonly bytes: Uint8Array };
  readonly instance: Instance;
  readonly frames: readonly number[];
  readonly lowestHu: number;
  readonly limits: ParseLimits;
}

/**
 * The Hounsfield units of a job's frames, each row-major [rows, columns].
 * @throws InputError as decodePixels, naming the file; FILE_UNREADABLE.
 */
export async function runDecodeJob(job: DecodeJob): Promise<Int16Array[]> {
  try {
    const file = "bytes" in job.source ? job.source.bytes : await readWhole(job.source.diskPath);
    const stored = await decodePixels(file, job.instance, job.frames, job.limits);
    const tables = new Map<string, HounsfieldTable>();
    return stored.map((values, i) => {
      const hounsfield = new Int16Array(values.length);
      const frame = job.instance.frames[job.frames[i] as number] as Frame;
      const isSigned = values instanceof Int16Array;
      const key = `${frame.slope} ${frame.intercept} ${isSigned}`;
      const table =
        tables.get(key) ?? hounsfieldTable(job.instance.pixels ?? {}, frame, { isSigned, lowestHu: job.lowestHu });
      tables.set(key, table);
      hounsfieldInto(hounsfield, values, table);
      return hounsfield;
    });
  } catch (error) {
    if (error instanceof InputError)
      throw new InputError(error.code, `${job.path}: ${error.message}`, { cause: error });
    throw error;
  }
}

async function readWhole(diskPath: string): Promise<Uint8Array> {
  try {
    return new Uint8Array(await readFile(diskPath));
  } catch (cause) {
    throw new InputError("FILE_UNREADABLE", "The file cannot be read. Check its permissions and the disk.", { cause });
  }
}
