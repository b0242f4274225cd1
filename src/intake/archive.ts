import { crc32, inflateRawSync } from "node:zlib";
import { InputError } from "../base/errors.ts";
import { inflateBeginning } from "../base/inflateBeginning.ts";
import { type ByteSource, type IntakeFile, mostInflated, packedHead } from "./intakeFile.ts";
import type { IntakeSettings } from "./intakeSettings.ts";

interface Entry {
  readonly name: string;
  readonly flags: number;
  readonly method: number;
  readonly crc: number;
  readonly storedBytes: number;
  readonly sizeBytes: number;
  readonly headerAt: number;
}

/**
 * The files in a zip archive, each read and inflated only when asked for, and never beyond the size its entry says.
 *
 * No path on the disk is ever made from an entry's name. Read by our own code because the limits are the point of it.
 * @throws InputError ARCHIVE_TOO_LARGE, ARCHIVE_UNREADABLE.
 * @source PKWARE APPNOTE.TXT 6.3.10
 */
export async function listArchive(source: ByteSource, path: string, settings: IntakeSettings): Promise<IntakeFile[]> {
  const entries = await readDirectory(source, path, settings);
  const inflatedMb = entries.reduce((sum, entry) => sum + entry.sizeBytes, 0) / 2 ** 20;
  if (inflatedMb > settings.maxInflatedMb) {
    throw tooLarge(path, `says that it inflates to ${Math.round(inflatedMb)} MB`, "intake.maxInflatedMb");
  }
  for (const entry of entries) {
    if (entry.sizeBytes > mostInflated(entry.storedBytes, settings))
      throw tooLarge(path, "holds a file that inflates suspiciously far", "intake.maxInflationRatio");
    if (entry.sizeBytes > settings.maxFileMb * 2 ** 20) {
      throw tooLarge(path, "holds a file that is too large", "intake.maxFileMb");
    }
  }
  // Entries that share their bytes make an archive inflate far beyond what its size lets fear.
  const storedBytes = entries.reduce((sum, entry) => sum + entry.storedBytes, 0);
  if (storedBytes > source.sizeBytes) throw unreadable(path, "has files that are larger together than itself");
  return entries.map((entry) => {
    const shown = `${path}/${displayName(entry.name)}`;
    return {
      path: shown,
      sizeBytes: entry.sizeBytes,
      head: async (bytes) => inflateHead(await stored(source, entry, shown, packedHead(bytes)), entry, bytes),
      whole: async () => inflateWhole(await stored(source, entry, shown, entry.storedBytes), entry, shown),
    };
  });
}

async function readDirectory(source: ByteSource, path: string, settings: IntakeSettings): Promise<Entry[]> {
  const tailAt = Math.max(0, source.sizeBytes - 66_000);
  const tail = await source.read(tailAt, source.sizeBytes - tailAt);
  const view = viewOf(tail);
  let end = tail.length - 22;
  while (end >= 0 && view.getUint32(end, true) !== 0x06054b50) end--;
  if (end < 0) throw unreadable(path, "has no directory at its end: it was cut short");
  let count = view.getUint16(end + 10, true);
  let size = view.getUint32(end + 12, true);
  let at = view.getUint32(end + 16, true);
  const locator = end - 20;
  if (locator >= 0 && view.getUint32(locator, true) === 0x07064b50) {
    const record = viewOf(await source.read(Number(view.getBigUint64(locator + 8, true)), 56));
    if (record.byteLength < 56 || record.getUint32(0, true) !== 0x06064b50)
      throw unreadable(path, "has a damaged directory");
    count = Number(record.getBigUint64(32, true));
    size = Number(record.getBigUint64(40, true));
    at = Number(record.getBigUint64(48, true));
  }
  if (count > settings.maxFiles || size > settings.maxFiles * 1024) {
    throw tooLarge(path, `holds ${count} files`, "intake.maxFiles");
  }
  if (at + size > source.sizeBytes) throw unreadable(path, "has a directory beyond its end");
  return parseEntries(await source.read(at, size), path, settings);
}

function parseEntries(directory: Uint8Array, path: string, settings: IntakeSettings): Entry[] {
  const view = viewOf(directory);
  const entries: Entry[] = [];
  let at = 0;
  while (at + 46 <= directory.length && view.getUint32(at, true) === 0x02014b50) {
    const extraAt = at + 46 + view.getUint16(at + 28, true);
    const commentAt = extraAt + view.getUint16(at + 30, true);
    const next = commentAt + view.getUint16(at + 32, true);
    if (next > directory.length) throw unreadable(path, "has a damaged directory");
    const flags = view.getUint16(at + 8, true);
    const name = new TextDecoder(flags & 0x800 ? "utf-8" : "latin1").decode(directory.subarray(at + 46, extraAt));
    const wide = wideFields(viewOf(directory.subarray(extraAt, commentAt)));
    const start = at;
    const size = (offset: number) => {
      const value = view.getUint32(start + offset, true);
      return value === 0xffffffff ? (wide.shift() ?? value) : value;
    };
    const [sizeBytes, storedBytes, headerAt] = [size(24), size(20), size(42)];
    const method = view.getUint16(at + 10, true);
    const crc = view.getUint32(at + 16, true);
    at = next;
    if (name.endsWith("/")) continue;
    if (entries.length >= settings.maxFiles) throw tooLarge(path, "holds too many files", "intake.maxFiles");
    entries.push({ name, flags, method, crc, storedBytes, sizeBytes, headerAt });
  }
  return entries;
}

/** The 64-bit fields of an entry, in the order in which 32-bit ones ask for them. */
function wideFields(extra: DataView): number[] {
  for (let at = 0; at + 4 <= extra.byteLength; at += 4 + extra.getUint16(at + 2, true)) {
    if (extra.getUint16(at, true) !== 1) continue;
    const count = Math.min(extra.getUint16(at + 2, true), extra.byteLength - at - 4) >> 3;
    return Array.from({ length: count }, (_, i) => Number(extra.getBigUint64(at + 4 + 8 * i, true)));
  }
  return [];
}

/** An entry's bytes as they are stored, at most so many. */
async function stored(source: ByteSource, entry: Entry, path: string, bytes: number): Promise<Uint8Array> {
  if (entry.flags & 1) throw unreadable(path, "is encrypted; unpack the archive first");
  if (entry.method !== 0 && entry.method !== 8)
    throw unreadable(path, `is packed by method ${entry.method}; use a plain zip`);
  const header = viewOf(await source.read(entry.headerAt, 30));
  if (header.byteLength < 30 || header.getUint32(0, true) !== 0x04034b50)
    throw unreadable(path, "has a damaged header");
  const at = entry.headerAt + 30 + header.getUint16(26, true) + header.getUint16(28, true);
  return source.read(at, Math.min(bytes, entry.storedBytes));
}

function inflateHead(packed: Uint8Array, entry: Entry, bytes: number): Uint8Array {
  const most = Math.min(bytes, entry.sizeBytes);
  return entry.method === 0 ? packed.subarray(0, most) : inflateBeginning(packed, most, "deflate");
}

function inflateWhole(packed: Uint8Array, entry: Entry, path: string): Uint8Array {
  let bytes = packed;
  if (entry.method === 8) {
    try {
      bytes = plain(inflateRawSync(packed, { maxOutputLength: Math.max(1, entry.sizeBytes) }));
    } catch (cause) {
      throw unreadable(path, "cannot be inflated: the archive is damaged", cause);
    }
  }
  if (bytes.length !== entry.sizeBytes || crc32(bytes) !== entry.crc)
    throw unreadable(path, "is damaged in the archive");
  return bytes;
}

const plain = (buffer: Buffer) => new Uint8Array(buffer.buffer, buffer.byteOffset, buffer.byteLength);

const viewOf = (bytes: Uint8Array) => new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);

function displayName(name: string): string {
  return name
    .replace(/\p{Cc}/gu, "")
    .replaceAll("\\", "/")
    .slice(-200);
}

function tooLarge(path: string, what: string, setting: string): InputError {
  return new InputError("ARCHIVE_TOO_LARGE", `${path} ${what}. If it is honest, raise ${setting}, or unpack it.`);
}

function unreadable(path: string, what: string, cause?: unknown): InputError {
  return new InputError("ARCHIVE_UNREADABLE", `${path} ${what}. Pack or copy it again.`, { cause });
}
