import { type FileHandle, open } from "node:fs/promises";
import { gunzipSync } from "node:zlib";
import { InputError } from "../base/errors.ts";
import { inflateBeginning } from "../base/inflateBeginning.ts";
import type { IntakeSettings } from "./intakeSettings.ts";

/** A file of a study, on the disk or inside an archive. */
export interface IntakeFile {
  /** Relative to the study's path, for messages; never used to open anything. */
  readonly path: string;
  readonly sizeBytes: number;
  /** Where it lies as it is on the disk; absent inside archives and where it is compressed. */
  readonly diskPath?: string;
  /** Its first bytes, at most so many. */
  head(bytes: number): Promise<Uint8Array>;
  /** All of its bytes. @throws InputError FILE_TOO_LARGE, FILE_TRUNCATED, ARCHIVE_UNREADABLE. */
  whole(): Promise<Uint8Array>;
}

/** A file as it lies on the disk. */
export interface DiskFile extends IntakeFile {
  readonly diskPath: string;
}

/** Random access to bytes, on the disk or in memory. */
export interface ByteSource {
  readonly sizeBytes: number;
  /** Exactly so many bytes, or fewer at the end. */
  read(at: number, length: number): Promise<Uint8Array>;
}

/** A file on the disk as a source of bytes; opened for each read, so nothing has to be closed. */
export function diskSource(diskPath: string, sizeBytes: number): ByteSource {
  return {
    sizeBytes,
    async read(at, length) {
      let file: FileHandle | undefined;
      try {
        file = await open(diskPath, "r");
        return await diskBytes(file, at, Math.min(at + length, sizeBytes));
      } finally {
        await file?.close();
      }
    },
  };
}

/** The bytes of an open file from `start` to before `end`; fewer if the file ends before. */
export async function diskBytes(file: FileHandle, start: number, end: number): Promise<Uint8Array> {
  const bytes = new Uint8Array(Math.max(0, end - start));
  let done = 0;
  while (done < bytes.length) {
    const { bytesRead } = await file.read(bytes, done, bytes.length - done, start + done);
    if (bytesRead === 0) break;
    done += bytesRead;
  }
  return bytes.subarray(0, done);
}

/** Bytes in memory as a source of bytes. */
export function memorySource(bytes: Uint8Array): ByteSource {
  return { sizeBytes: bytes.length, read: async (at, length) => bytes.subarray(at, at + length) };
}

/** A file on the disk. */
export function diskFile(path: string, diskPath: string, sizeBytes: number, settings: IntakeSettings): DiskFile {
  const source = diskSource(diskPath, sizeBytes);
  const readable = async (length: number) => {
    try {
      return await source.read(0, length);
    } catch (cause) {
      throw new InputError("FILE_UNREADABLE", `${path} cannot be read. Check its permissions and the disk.`, { cause });
    }
  };
  return {
    path,
    sizeBytes,
    diskPath,
    head: readable,
    async whole() {
      checkFileSize(path, sizeBytes, settings);
      return readable(sizeBytes);
    },
  };
}

/** The content of a gzip file, as a file of the same path. */
export function gunzipped(file: IntakeFile, settings: IntakeSettings): IntakeFile {
  return {
    path: file.path,
    sizeBytes: file.sizeBytes,
    head: async (bytes) => inflateBeginning(await file.head(packedHead(bytes)), bytes, "gzip"),
    async whole() {
      const packed = await file.whole();
      const maxOutputLength = Math.floor(Math.min(settings.maxFileMb * 2 ** 20, mostInflated(packed.length, settings)));
      try {
        const inflated = gunzipSync(packed, { maxOutputLength });
        return new Uint8Array(inflated.buffer, inflated.byteOffset, inflated.byteLength);
      } catch (cause) {
        if ((cause as NodeJS.ErrnoException).code === "ERR_BUFFER_TOO_LARGE") throw tooLarge(file.path, settings);
        throw new InputError(
          "FILE_TRUNCATED",
          `${file.path} cannot be decompressed: it was cut short or damaged. Copy it again.`,
          { cause },
        );
      }
    },
  };
}

/** How many compressed bytes to read for so many: they seldom grow, but begin with a table. */
export const packedHead = (bytes: number) => bytes + 1024;

/** Whatever inflates to no more than this is no bomb: memory has room for it. */
const neverABombBytes = 64 * 2 ** 20;

/** How many bytes so many compressed ones may inflate to. */
export function mostInflated(packedBytes: number, settings: IntakeSettings): number {
  return Math.max(neverABombBytes, settings.maxInflationRatio * packedBytes);
}

/** @throws InputError FILE_TOO_LARGE. */
export function checkFileSize(path: string, sizeBytes: number, settings: IntakeSettings): void {
  if (sizeBytes > settings.maxFileMb * 2 ** 20) throw tooLarge(path, settings);
}

function tooLarge(path: string, settings: IntakeSettings): InputError {
  return new InputError(
    "FILE_TOO_LARGE",
    `${path} has or becomes more than ${settings.maxFileMb} MB, or inflates more than ${settings.maxInflationRatio} times. If it is honest, raise intake.maxFileMb or intake.maxInflationRatio.`,
  );
}
