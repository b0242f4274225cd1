import { deflateRawSync, gzipSync } from "node:zlib";
import { zipSync } from "fflate";
import { concatenated } from "../../src/base/concatenated.ts";
import type { Random } from "../../src/base/random.ts";

/** Bytes that were spoiled, and how. */
export interface Mutant {
  readonly bytes: Uint8Array;
  readonly how: string;
}

type Mutator = (bytes: Uint8Array, random: Random) => Uint8Array;

/** Numbers at which programs stumble: nothing, one, the ends of the ranges, and a little beyond. */
const strange = [
  0, 1, 2, 0x7f, 0x80, 0xff, 0x7fff, 0x8000, 0xfffe, 0xffff, 0x7fffffff, 0x80000000, 0xfffffffe, 0xffffffff,
];

/** Zips hold a time; that of the test must not get in. */
const mtime = new Date(2000, 0, 1);

/** Zeros for a bomb: seldom so many that making it takes long. */
const bombBytes = (random: Random) => (random.uniform() < 0.05 ? 2 ** 26 : random.pick([0, 10, 2 ** 16, 2 ** 20]));

/** Every way to spoil a file, by name. None changes the bytes that it is given. */
export const mutators: Readonly<Record<string, Mutator>> = {
  "flips bits": (bytes, random) =>
    changed(bytes, random, 1 + random.integer(16), (copy, at) => {
      copy[at] = (copy[at] as number) ^ (1 << random.integer(8));
    }),
  "changes bytes": (bytes, random) =>
    changed(bytes, random, 1 + random.integer(8), (copy, at) => {
      copy[at] = random.pick([0, 1, 0x20, 0x5c, 0x7f, 0x80, 0xfe, 0xff, random.integer(256)]);
    }),
  "changes words": (bytes, random) =>
    changed(bytes, random, 1 + random.integer(4), (copy, at) => {
      if (at + 4 > copy.length) return;
      const view = new DataView(copy.buffer);
      const isLittle = random.uniform() < 0.7;
      if (random.uniform() < 0.5) view.setUint16(at, random.pick(strange) & 0xffff, isLittle);
      else view.setUint32(at, random.pick(strange), isLittle);
    }),
  "cuts the end": (bytes, random) => bytes.slice(0, random.integer(bytes.length)),
  "cuts the beginning": (bytes, random) => bytes.slice(random.integer(Math.min(bytes.length, 4096))),
  "cuts out a part": (bytes, random) => {
    const at = random.integer(bytes.length);
    return joined(bytes.subarray(0, at), bytes.subarray(at + 1 + random.integer(256)));
  },
  "repeats a part": (bytes, random) => {
    const at = random.integer(bytes.length);
    const part = bytes.subarray(at, at + 1 + random.integer(512));
    return joined(
      bytes.subarray(0, at),
      ...new Array<Uint8Array>(1 + random.integer(20)).fill(part),
      bytes.subarray(at),
    );
  },
  "puts noise in": (bytes, random) => {
    const noise = Uint8Array.from({ length: 1 + random.integer(64) }, () => random.integer(256));
    const at = random.integer(bytes.length);
    return joined(bytes.subarray(0, at), noise, bytes.subarray(at));
  },
  "lies about a length": (bytes, random) => {
    const places = elementsIn(bytes);
    if (places.length === 0) return mutators["changes words"]?.(bytes, random) ?? bytes;
    const copy = bytes.slice();
    const { lengthAt, isLong } = random.pick(places);
    const view = new DataView(copy.buffer);
    const length = isLong ? view.getUint32(lengthAt, true) : view.getUint16(lengthAt, true);
    const lie = random.pick([...strange, length + 1, length - 1, length + 2, length * 2, bytes.length]);
    if (isLong) view.setUint32(lengthAt, lie >>> 0, true);
    else view.setUint16(lengthAt, lie & 0xffff, true);
    return copy;
  },
  "lies about the image": (bytes, random) => {
    const copy = bytes.slice();
    // Samples, photometric, frames, rows, columns, spacing, bits, sign, padding, intercept, slope of group 0028.
    const wanted = [2, 4, 8, 0x10, 0x11, 0x30, 0x100, 0x101, 0x102, 0x103, 0x120, 0x121, 0x1052, 0x1053];
    const image = elementsIn(bytes).filter(({ group, element }) => group === 0x28 && wanted.includes(element));
    for (let left = image.length === 0 ? 0 : 1 + random.integer(3); left > 0; left--) {
      const { valueAt, length, element } = random.pick(image);
      if (length === 2 && [2, 0x10, 0x11, 0x100, 0x101, 0x102, 0x103, 0x120, 0x121].includes(element)) {
        const value = random.pick([0, 1, 2, 3, 7, 8, 9, 15, 16, 17, 32, 512, 4095, 4096, 4097, 0x8000, 0xffff]);
        new DataView(copy.buffer).setUint16(valueAt, value, true);
      } else {
        const text = random.pick(["0", "-1", "1e308", "1e-308", "NaN", "99999999", "\\\\", "", "-", "65535", "inf"]);
        copy.set(new TextEncoder().encode(text.padEnd(length).slice(0, length)), valueAt);
      }
    }
    return copy;
  },
  "writes rows and columns of 65,535": (bytes) => {
    const copy = bytes.slice();
    for (const { group, element, valueAt, length } of elementsIn(bytes)) {
      const isSize = group === 0x28 && (element === 0x10 || element === 0x11) && length === 2;
      if (isSize) copy.fill(0xff, valueAt, valueAt + 2);
    }
    return copy;
  },
  "nests sequences": (bytes, random) => {
    const places = elementsIn(bytes);
    const at = places.length === 0 ? random.integer(bytes.length) : random.pick(places).at;
    return joined(bytes.subarray(0, at), nestedSequences(random.pick([10, 1000, 5000]), random), bytes.subarray(at));
  },
  "puts an element twice": (bytes, random) => {
    const places = elementsIn(bytes);
    if (places.length === 0) return bytes.slice();
    const { at, end } = random.pick(places);
    const target = random.pick(places).at;
    return joined(bytes.subarray(0, target), bytes.subarray(at, end), bytes.subarray(target));
  },
  "leaves an element out": (bytes, random) => {
    const places = elementsIn(bytes);
    if (places.length === 0) return bytes.slice();
    const { at, end } = random.pick(places);
    return joined(bytes.subarray(0, at), bytes.subarray(end));
  },
  "spoils a codestream": (bytes, random) => {
    const copy = bytes.slice();
    const starts = markersIn(bytes);
    if (starts.length === 0) return mutators["flips bits"]?.(bytes, random) ?? copy;
    const start = random.pick(starts);
    for (let left = 1 + random.integer(6); left > 0; left--) {
      // Most of a codestream's header stands in its first hundred bytes.
      const at = start + random.integer(random.uniform() < 0.7 ? 120 : copy.length - start);
      if (at < copy.length) copy[at] = random.pick([0, 1, 0xff, random.integer(256)]);
    }
    return copy;
  },
  "says another transfer syntax": (bytes, random) => {
    const copy = bytes.slice();
    const meta = elementsIn(bytes).find(({ group, element }) => group === 2 && element === 0x10);
    if (!meta) return copy;
    const ends = [
      "",
      ".1",
      ".2",
      ".5",
      ".1.99",
      ".4.50",
      ".4.51",
      ".4.57",
      ".4.70",
      ".4.80",
      ".4.90",
      ".4.201",
      ".4.999",
    ];
    const uid = `1.2.840.10008.1.2${random.pick(ends)}`.padEnd(meta.length, "\0").slice(0, meta.length);
    copy.set(new TextEncoder().encode(uid), meta.valueAt);
    return copy;
  },
  "deflates the data set": (bytes, random) => {
    const start = dataSetStart(bytes);
    const meta = explicitElement(2, 0x10, "UI", new TextEncoder().encode("1.2.840.10008.1.2.1.99"));
    const body = deflateRawSync(joined(bytes.subarray(start), new Uint8Array(bombBytes(random))));
    const cut = random.uniform() < 0.3 ? body.subarray(0, random.integer(body.length)) : body;
    return joined(new Uint8Array(128), new TextEncoder().encode("DICM"), meta, cut);
  },
  "packs a gzip bomb": (bytes, random) => gzipSync(joined(bytes, new Uint8Array(bombBytes(random)))),
  "packs a zip with strange names": (bytes, random) => {
    const name = random.pick([
      "../../x.dcm",
      "/etc/x.dcm",
      "C:\\x.dcm",
      "a\0b.dcm",
      `${"d/".repeat(2000)}x`,
      "\u202ex.dcm",
    ]);
    return mutated(zipSync({ [name]: bytes }, { level: 1, mtime }), random);
  },
  "packs a zip bomb": (bytes, random) => {
    const zeros = new Uint8Array(bombBytes(random));
    const inner = zipSync({ "a.dcm": joined(bytes, zeros), "b.dcm": zeros }, { level: 1, mtime });
    return random.uniform() < 0.5 ? inner : zipSync({ "inner.zip": inner, "other.zip": inner }, { mtime });
  },
};

/** A file spoiled in one way, or now and then in two. */
export function mutate(bytes: Uint8Array, random: Random): Mutant {
  const names = Object.keys(mutators);
  const first = random.pick(names);
  const once = apply(first, bytes, random);
  if (random.uniform() < 0.7) return { bytes: once, how: first };
  const second = random.pick(names.filter((name) => !name.startsWith("packs")));
  return { bytes: apply(second, once, random), how: `${first}, ${second}` };
}

function apply(name: string, bytes: Uint8Array, random: Random): Uint8Array {
  return bytes.length === 0 ? bytes : (mutators[name]?.(bytes, random) ?? bytes);
}

function mutated(zip: Uint8Array, random: Random): Uint8Array {
  const how = random.pick(["none", "flips bits", "changes words", "cuts the end"]);
  return how === "none" ? zip : apply(how, zip, random);
}

function changed(
  bytes: Uint8Array,
  random: Random,
  times: number,
  change: (copy: Uint8Array<ArrayBuffer>, at: number) => void,
): Uint8Array {
  const copy = new Uint8Array(bytes);
  for (let i = 0; i < times; i++) {
    // Headers decide more than pixels do: half of the changes fall in the first two kilobytes.
    const within = random.uniform() < 0.5 ? Math.min(copy.length, 2048) : copy.length;
    change(copy, random.integer(within));
  }
  return copy;
}

interface Place {
  readonly group: number;
  readonly element: number;
  readonly at: number;
  readonly lengthAt: number;
  readonly isLong: boolean;
  readonly valueAt: number;
  readonly length: number;
  readonly end: number;
}

/** The elements of a file in explicit little endian, as far as they can be followed. */
export function elementsIn(bytes: Uint8Array): Place[] {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const places: Place[] = [];
  let at = String.fromCharCode(...bytes.subarray(128, 132)) === "DICM" ? 132 : 0;
  while (at + 12 <= bytes.length) {
    const vr = String.fromCharCode(...bytes.subarray(at + 4, at + 6));
    if (!/^[A-Z]{2}$/.test(vr)) break;
    const isLong = /^(O[BDFLVW]|SQ|U[CNRT])$/.test(vr);
    const lengthAt = at + (isLong ? 8 : 6);
    const valueAt = lengthAt + (isLong ? 4 : 2);
    const length = isLong ? view.getUint32(lengthAt, true) : view.getUint16(lengthAt, true);
    const end = Math.min(bytes.length, length === 0xffffffff ? bytes.length : valueAt + length);
    const [group, element] = [view.getUint16(at, true), view.getUint16(at + 2, true)];
    places.push({ group, element, at, lengthAt, isLong, valueAt, length: end - valueAt, end });
    at = end;
  }
  return places;
}

/** Where JPEG, JPEG-LS, JPEG 2000, PNG or gzip streams may begin. */
function markersIn(bytes: Uint8Array): number[] {
  const starts: number[] = [];
  for (let at = 0; at + 3 < bytes.length; at++) {
    const isCode = bytes[at] === 0xff && bytes[at + 2] === 0xff && (bytes[at + 1] === 0xd8 || bytes[at + 1] === 0x4f);
    const isPng = bytes[at] === 0x89 && bytes[at + 1] === 0x50;
    if (isCode || isPng) starts.push(at);
  }
  return starts;
}

/** (0008,1140) within itself, so many times; of undefined length, or each one byte shorter than it says. */
function nestedSequences(depth: number, random: Random): Uint8Array {
  const length = random.pick([0xffffffff, 0xffffffff, 0x7ffffffe, depth]);
  const level = new Uint8Array([0x08, 0, 0x40, 0x11, 0x53, 0x51, 0, 0, 0, 0, 0, 0, 0xfe, 0xff, 0, 0xe0, 0, 0, 0, 0]);
  new DataView(level.buffer).setUint32(8, length, true);
  new DataView(level.buffer).setUint32(16, length, true);
  return joined(...new Array<Uint8Array>(depth).fill(level));
}

function dataSetStart(bytes: Uint8Array): number {
  return elementsIn(bytes).find(({ group }) => group > 2)?.at ?? 0;
}

function explicitElement(group: number, element: number, vr: string, value: Uint8Array): Uint8Array {
  const head = new Uint8Array(8);
  const view = new DataView(head.buffer);
  view.setUint16(0, group, true);
  view.setUint16(2, element, true);
  head.set(new TextEncoder().encode(vr), 4);
  view.setUint16(6, value.length, true);
  return joined(head, value);
}

const joined = (...parts: readonly Uint8Array[]) => concatenated(parts);
