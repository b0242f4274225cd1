import { open } from "node:fs/promises";
import { InputError } from "../base/errors.ts";
import type { ParseLimits } from "../dicom/dataSet.ts";
import { decodeSamples, pixelRange, type StoredBits } from "../dicom/decodePixels.ts";
import type { Frame, Instance, PixelFormat } from "../dicom/instance.ts";
import { type HounsfieldTable, hounsfieldInto, hounsfieldTable } from "./hounsfield.ts";
import { diskBytes } from "./intakeFile.ts";

/** One file's frames to decode; plain data, so that it can go to a worker. */
export interface DecodeJob {
  /** For messages. */
  readonly path: string;
  readonly source: { readonly diskPath: string } | { readonly bytes: Uint8Array };
  readonly instance: Instance;
  readonly frames: readonly number[];
  /** Where each frame's Hounsfield units go, [rows, columns]: memory that threads share, so that nothing is sent back. */
  readonly targets: readonly Int16Array<SharedArrayBuffer>[];
  readonly lowestHu: number;
  readonly limits: ParseLimits;
}

/**
 * Writes the Hounsfield units of a job's frames into its targets.
 * @throws InputError as decodePixels, naming the file; FILE_UNREADABLE.
 */
export async function runDecodeJob(job: DecodeJob): Promise<void> {
  try {
    const { bytes, instance } = await encodedPixels(job);
    const decoded = await decodeSamples(bytes, instance, job.frames, job.limits);
    for (const [i, { samples, bits }] of decoded.entries()) {
      const frame = job.instance.frames[job.frames[i] as number] as Frame;
      hounsfieldInto(job.targets[i] as Int16Array, samples, tableOf(job, frame, bits));
    }
  } catch (error) {
    if (error instanceof InputError)
      throw new InputError(error.code, `${job.path}: ${error.message}`, { cause: error });
    throw error;
  }
}

/** The last table made: the files of a series nearly always share one. */
let lastTable: { readonly key: string; readonly table: HounsfieldTable } | undefined;

function tableOf({ instance, lowestHu }: DecodeJob, frame: Frame, bits: StoredBits): HounsfieldTable {
  const pixels: Pick<PixelFormat, "padding" | "modalityLut"> = instance.pixels ?? {};
  const { bitsStored, highBit, isSigned } = bits;
  const { padding, modalityLut } = pixels;
  const key = JSON.stringify([
    bitsStored,
    highBit,
    isSigned,
    frame.slope,
    frame.intercept,
    lowestHu,
    padding,
    modalityLut,
  ]);
  if (lastTable?.key !== key) lastTable = { key, table: hounsfieldTable(pixels, frame, { bits, lowestHu }) };
  return lastTable.table;
}

/** Of a file on the disk only the part with the pixels is read, and the instance told that it begins there. */
async function encodedPixels({
  source,
  instance,
  frames,
}: DecodeJob): Promise<{ bytes: Uint8Array; instance: Instance }> {
  if ("bytes" in source) return { bytes: source.bytes, instance };
  const { start, end } = pixelRange(instance, frames);
  const bytes = await readPart(source.diskPath, start, end);
  const { pixels } = instance;
  return { bytes, instance: pixels ? { ...instance, pixels: { ...pixels, offset: pixels.offset - start } } : instance };
}

async function readPart(diskPath: string, start: number, end: number): Promise<Uint8Array> {
  try {
    await using file = await open(diskPath, "r");
    const { size } = await file.stat();
    return await diskBytes(file, start, Math.min(end, size));
  } catch (cause) {
    throw new InputError("FILE_UNREADABLE", "The file cannot be read. Check its permissions and the disk.", { cause });
  }
}
