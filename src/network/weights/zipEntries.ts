import { crc32 } from "node:zlib";
import { InputError } from "../../base/errors.ts";

interface Entry {
  readonly name: string;
  readonly start: number;
  readonly end: number;
  readonly crc: number;
}

const most = { entries: 100_000, nameBytes: 1024 };

/**
 * The files in an archive whose entries are stored as they are, by name: parts of the given bytes, not copies.
 *
 * PyTorch stores uncompressed, so that nothing need be inflated. Entries that overlap, that are named twice, or whose two
 * headers disagree are refused: different readers would see different files.
 * @throws InputError WEIGHTS_DAMAGED; WEIGHTS_TYPE_UNSUPPORTED for TorchScript, whose code is compressed.
 * @source PKWARE APPNOTE.TXT 6.3.10
 */
export function zipEntries(bytes: Uint8Array): Map<string, Uint8Array> {
  const entries = readDirectory(bytes).sort((a, b) => a.start - b.start);
  const files = new Map<string, Uint8Array>();
  let end = 0;
  for (const entry of entries) {
    if (entry.start < end) throw damaged(`its entry ${shown(entry.name)} overlaps another`);
    if (files.has(entry.name)) throw damaged(`it holds ${shown(entry.name)} twice`);
    end = entry.end;
    const file = bytes.subarray(entry.start, entry.end);
    if (crc32(file) !== entry.crc) throw damaged(`the checksum of its entry ${shown(entry.name)} is wrong`);
    files.set(entry.name, file);
  }
  return files;
}

function readDirectory(bytes: Uint8Array): Entry[] {
  const view = viewOf(bytes);
  let end = bytes.length - 22;
  const lowest = Math.max(0, end - 65_535);
  while (end >= lowest && view.getUint32(end, true) !== 0x06054b50) end--;
  if (end < lowest) throw damaged("the archive has no directory at its end");
  let count = view.getUint16(end + 10, true);
  let size = view.getUint32(end + 12, true);
  let at = view.getUint32(end + 16, true);
  if (end >= 20 && view.getUint32(end - 20, true) === 0x07064b50) {
    const record = Number(view.getBigUint64(end - 12, true));
    if (record + 56 > end || view.getUint32(record, true) !== 0x06064b50) throw damaged("its directory is damaged");
    count = Number(view.getBigUint64(record + 32, true));
    size = Number(view.getBigUint64(record + 40, true));
    at = Number(view.getBigUint64(record + 48, true));
  }
  if (count > most.entries) throw damaged(`the archive says that it holds ${count} files`);
  if (at + size > end) throw damaged("its directory lies beyond its end");
  const entries: Entry[] = [];
  const stop = at + size;
  for (let i = 0; i < count; i++) {
    if (at + 46 > stop || view.getUint32(at, true) !== 0x02014b50) throw damaged("its directory is damaged");
    const next =
      at + 46 + view.getUint16(at + 28, true) + view.getUint16(at + 30, true) + view.getUint16(at + 32, true);
    if (next > stop) throw damaged("its directory is damaged");
    entries.push(readEntry(bytes, view, at));
    at = next;
  }
  return entries;
}

function readEntry(bytes: Uint8Array, view: DataView, at: number): Entry {
  const nameBytes = bytes.subarray(at + 46, at + 46 + view.getUint16(at + 28, true));
  if (nameBytes.length > most.nameBytes) throw damaged("the name of an entry is too long");
  const name = new TextDecoder().decode(nameBytes);
  if (view.getUint16(at + 8, true) & 1) throw damaged(`its entry ${shown(name)} is encrypted`);
  if (view.getUint16(at + 10, true) !== 0 && name.includes("/code/")) {
    throw new InputError(
      "WEIGHTS_TYPE_UNSUPPORTED",
      'The weights are a TorchScript program, which is not read. Load it in PyTorch and keep torch.save(model.state_dict(), "weights.pth").',
    );
  }
  if (view.getUint16(at + 10, true) !== 0) {
    throw damaged(`its entry ${shown(name)} is compressed, which PyTorch never does: the archive was packed anew`);
  }
  const extraAt = at + 46 + nameBytes.length;
  const wide = wideFields(view, extraAt, extraAt + view.getUint16(at + 30, true));
  const field = (offset: number) => {
    const value = view.getUint32(at + offset, true);
    return value === 0xffffffff ? (wide.shift() ?? value) : value;
  };
  const [sizeBytes, storedBytes, headerAt] = [field(24), field(20), field(42)];
  if (sizeBytes !== storedBytes) throw damaged(`its entry ${shown(name)} has two sizes`);
  if (headerAt + 30 > bytes.length || view.getUint32(headerAt, true) !== 0x04034b50) {
    throw damaged(`the header of its entry ${shown(name)} is damaged`);
  }
  const nameEnd = headerAt + 30 + view.getUint16(headerAt + 26, true);
  const localName = bytes.subarray(headerAt + 30, nameEnd);
  if (Buffer.compare(localName, nameBytes) !== 0) throw damaged(`its entry ${shown(name)} has two names`);
  const start = nameEnd + view.getUint16(headerAt + 28, true);
  const end = start + sizeBytes;
  if (end > bytes.length) throw damaged(`its entry ${shown(name)} ends beyond the file`);
  return { name, start, end, crc: view.getUint32(at + 16, true) };
}

/** The 64-bit fields of an entry, in the order in which 32-bit ones ask for them. */
function wideFields(view: DataView, from: number, to: number): number[] {
  for (let at = from; at + 4 <= to; at += 4 + view.getUint16(at + 2, true)) {
    if (view.getUint16(at, true) !== 1) continue;
    const count = Math.min(view.getUint16(at + 2, true), to - at - 4) >> 3;
    return Array.from({ length: Math.max(0, count) }, (_, i) => Number(view.getBigUint64(at + 4 + 8 * i, true)));
  }
  return [];
}

const viewOf = (bytes: Uint8Array) => new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);

const shown = (name: string) => JSON.stringify(name.slice(0, 80));

function damaged(what: string): InputError {
  return new InputError("WEIGHTS_DAMAGED", `The weights are no whole PyTorch file: ${what}. Get the file again.`);
}
