import { concatenated } from "../../base/concatenated.ts";
import { explicitBigEndian, implicitLittleEndian } from "../transferSyntax.ts";

/** How elements are written. */
export interface Writing {
  readonly isExplicit: boolean;
  readonly isBigEndian: boolean;
}

/** Elements of plain pixels; encapsulated pixels and deflated data sets are explicit little endian within. */
export function writingOf(transferSyntaxUid: string): Writing {
  return {
    isExplicit: transferSyntaxUid !== implicitLittleEndian,
    isBigEndian: transferSyntaxUid === explicitBigEndian,
  };
}

/** An element to write: its value as bytes, of even length. */
export interface WrittenElement {
  /** Eight hexadecimal digits. */
  readonly tag: string;
  /** Written where VRs are. */
  readonly vr: string;
  readonly value: Uint8Array;
  /** Encapsulated pixels: the value holds items and is closed by a delimiter instead of a length. */
  readonly isEncapsulated?: boolean;
}

const undefinedLength = 0xffffffff;
/** VRs whose length takes four bytes. @source PS3.5 7.1.2 */
const longVrs = new Set(["OB", "OD", "OF", "OL", "OV", "OW", "SQ", "SV", "UC", "UN", "UR", "UT", "UV"]);

/** The bytes of elements one after the other, in the order of their tags. */
export function encodeElements(elements: readonly WrittenElement[], writing: Writing): Uint8Array {
  const inOrder = [...elements].sort((a, b) => (a.tag < b.tag ? -1 : 1));
  return concatenated(
    inOrder.flatMap(({ tag, vr, value, isEncapsulated = false }) => [
      header(tag, vr, isEncapsulated ? undefinedLength : value.length, writing),
      value,
      ...(isEncapsulated ? [itemHeader("fffee0dd", 0, writing)] : []),
    ]),
  );
}

/** The value of a sequence: its items one after the other, each with its length. */
export function encodeItems(items: readonly Uint8Array[], writing: Writing): Uint8Array {
  return concatenated(items.flatMap((item) => [itemHeader("fffee000", item.length, writing), item]));
}

/** Text as a value of even length: UIDs are filled up by a zero byte, other text by a space. */
export function textValue(text: string, vr: string): Uint8Array {
  const bytes = new TextEncoder().encode(text);
  if (bytes.length % 2 === 0) return bytes;
  return concatenated([bytes, Uint8Array.of(vr === "UI" ? 0 : 0x20)]);
}

function header(tag: string, vr: string, length: number, writing: Writing): Uint8Array {
  const isLittle = !writing.isBigEndian;
  const isLong = writing.isExplicit && longVrs.has(vr);
  const bytes = new Uint8Array(isLong ? 12 : 8);
  const view = new DataView(bytes.buffer);
  writeTag(view, tag, isLittle);
  if (!writing.isExplicit) {
    view.setUint32(4, length, isLittle);
    return bytes;
  }
  bytes.set([vr.charCodeAt(0), vr.charCodeAt(1)], 4);
  if (isLong) view.setUint32(8, length, isLittle);
  else view.setUint16(6, length, isLittle);
  return bytes;
}

function itemHeader(tag: string, length: number, { isBigEndian }: Writing): Uint8Array {
  const bytes = new Uint8Array(8);
  const view = new DataView(bytes.buffer);
  writeTag(view, tag, !isBigEndian);
  view.setUint32(4, length, !isBigEndian);
  return bytes;
}

function writeTag(view: DataView, tag: string, isLittle: boolean): void {
  view.setUint16(0, Number.parseInt(tag.slice(0, 4), 16), isLittle);
  view.setUint16(2, Number.parseInt(tag.slice(4), 16), isLittle);
}
