import { closeSync, fstatSync, openSync, readSync } from "node:fs";
import { InputError } from "../base/errors.ts";
import type { ParseLimits } from "../dicom/dataSet.ts";
import { decodeSamples, pixelRange, type StoredBits } from "../dicom/decodePixels.ts";
import type { Frame, Instance, PixelFormat } from "../dicom/instance.ts";
import { type HounsfieldTable, hounsfieldInto, hounsfieldTable } from "./hounsfield.ts";

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
  const room = spareRooms.pop() ?? { bytes: new Uint8Array(0) };
  try {
    const { bytes, instance } = encodedPixels(job, room);
    const decoded = await decodeSamples(bytes, instance, job.frames, job.limits);
    for (const [i, { samples, bits }] of decoded.entries()) {
      const frame = job.instance.frames[job.frames[i] as number] as Frame;
      hounsfieldInto(job.targets[i] as Int16Array, samples, tableOf(job, frame, bits));
    }
  } catch (error) {
    if (error instanceof InputError)
      throw new InputError(error.code, `${job.path}: ${error.message}`, { cause: error });
    throw error;
  } finally {
    if (room.bytes.length <= largestSpare && spareRooms.length < 2) spareRooms.push(room);
  }
}

/** Memory that files are read into, one after the other: to make it anew for each costs more than reading. */
interface Room {
  bytes: Uint8Array<ArrayBuffer>;
}

const spareRooms: Room[] = [];
const largestSpare = 8 * 2 ** 20;

function roomFor(bytes: number, room: Room): Uint8Array<ArrayBuffer> {
  if (room.bytes.length < bytes) room.bytes = new Uint8Array(bytes);
  return room.bytes.subarray(0, bytes);
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
function encodedPixels(
  { source, instance, frames }: DecodeJob,
  room: Room,
): { readonly bytes: Uint8Array; readonly instance: Instance } {
  if ("bytes" in source) return { bytes: source.bytes, instance };
  const { start, end } = pixelRange(instance, frames);
  const bytes = readPart(source.diskPath, { start, end }, room);
  const { pixels } = instance;
  return { bytes, instance: pixels ? { ...instance, pixels: { ...pixels, offset: pixels.offset - start } } : instance };
}

/** The bytes of a file from start to before end, or to its end: read while the thread waits, which has nothing else to do. */
function readPart(
  diskPath: string,
  { start, end }: { readonly start: number; readonly end: number },
  room: Room,
): Uint8Array {
  let file: number | undefined;
  try {
    file = openSync(diskPath, "r");
    const bytes = roomFor(Math.max(0, Math.min(end, fstatSync(file).size) - start), room);
    let done = 0;
    while (done < bytes.length) {
      const count = readSync(file, bytes, done, bytes.length - done, start + done);
      if (count === 0) break;
      done += count;
    }
    return bytes.subarray(0, done);
  } catch (cause) {
    throw new InputError("FILE_UNREADABLE", "The file cannot be read. Check its permissions and the disk.", { cause });
  } finally {
    if (file !== undefined) closeSync(file);
  }
}
