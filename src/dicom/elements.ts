import { createHash } from "node:crypto";
import type { Element, DataSet as ParsedDataSet } from "dicom-parser";
import { sha256Hex } from "../base/hash.ts";

/**
 * Typed, forgiving access to a parsed data set: a value that is absent or makes no sense is undefined, and nothing throws.
 * tag: as dicom-parser writes it, "x0020000d".
 */
export interface Elements {
  text(tag: string): string | undefined;
  texts(tag: string): readonly string[];
  /** A UID as written, or "invalid-" and a hash of it, without its padding, where it is no UID: it may hold a name. */
  uid(tag: string): string | undefined;
  /** SHA-256 of a text; for identifiers that must not go further. */
  hashed(tag: string): string | undefined;
  /** Numbers in decimal text (VR DS, IS). */
  decimals(tag: string): readonly number[];
  decimal(tag: string): number | undefined;
  /** Unsigned 16-bit number (VR US). */
  word(tag: string, index?: number): number | undefined;
  words(tag: string): readonly number[];
  /** The items of a sequence. */
  items(tag: string): readonly Elements[];
  element(tag: string): Element | undefined;
}

/** Access to a parsed data set; see Elements. */
export function elementsOf(parsed: ParsedDataSet): Elements {
  const bytes = parsed.byteArray;
  const element = (tag: string): Element | undefined => parsed.elements[tag];

  function raw(tag: string): Uint8Array | undefined {
    const found = element(tag);
    if (!found || found.length === 0 || found.hadUndefinedLength) return undefined;
    const end = found.dataOffset + found.length;
    return end <= bytes.length ? bytes.subarray(found.dataOffset, end) : undefined;
  }

  function decode(value: Uint8Array): string {
    const charset = raw("x00080005");
    const isUtf8 = charset !== undefined && latin1.decode(charset).includes("ISO_IR 192");
    return (isUtf8 ? utf8 : latin1).decode(value.subarray(0, 1024));
  }

  const all: Elements = {
    element,
    text: (tag) => all.texts(tag)[0],
    texts(tag) {
      const value = raw(tag);
      if (!value) return [];
      return decode(value)
        .split("\\")
        .map(printable)
        .filter((text) => text !== "");
    },
    uid(tag) {
      const value = raw(tag);
      const text = value && printable(latin1.decode(value));
      if (!text) return undefined;
      return /^[0-9]+(\.[0-9]+)+$/.test(text) && text.length <= 64 ? text : `invalid-${sha256Hex(text).slice(0, 12)}`;
    },
    hashed(tag) {
      const value = raw(tag);
      if (!value) return undefined;
      let end = value.length;
      while (end > 0 && (value[end - 1] === 0x20 || value[end - 1] === 0)) end--;
      return end === 0 ? undefined : createHash("sha256").update(value.subarray(0, end)).digest("hex");
    },
    decimals: (tag) => all.texts(tag).map(parseDecimal),
    decimal(tag) {
      const value = all.decimals(tag)[0];
      return value === undefined || Number.isNaN(value) ? undefined : value;
    },
    word: (tag, index = 0) => all.words(tag)[index],
    words(tag) {
      const value = raw(tag);
      if (!value) return [];
      const count = Math.min(value.length >> 1, 2 ** 16);
      try {
        return Array.from({ length: count }, (_, i) => parsed.byteArrayParser.readUint16(value, 2 * i));
      } catch {
        return [];
      }
    },
    items(tag) {
      const found = element(tag);
      return (found?.items ?? []).flatMap((item) => (item.dataSet ? [elementsOf(item.dataSet)] : []));
    },
  };
  return all;
}

const latin1 = new TextDecoder("latin1");
const utf8 = new TextDecoder("utf-8");

function printable(text: string): string {
  return text.replace(/\p{Cc}+/gu, " ").trim();
}

function parseDecimal(text: string): number {
  const isDecimal = /^[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?$/.test(text);
  const value = isDecimal ? Number(text) : Number.NaN;
  return Number.isFinite(value) ? value : Number.NaN;
}
