import { deflateRawSync } from "node:zlib";
import dcmjs from "dcmjs";
import type { Element, DataSet as ParsedDataSet } from "dicom-parser";
import { concatenated } from "../../base/concatenated.ts";
import { InputError } from "../../base/errors.ts";
import { version } from "../../base/version.ts";
import { type ParseLimits, parseDataSet } from "../dataSet.ts";
import { implementationClassUid } from "../encodeInstance.ts";
import { deflatedLittleEndian, explicitLittleEndian } from "../transferSyntax.ts";
import { type Action, actionOf, type RetainOptions } from "./action.ts";
import { cleanDescriptor } from "./cleanDescriptor.ts";
import { shiftDate } from "./dates.ts";
import {
  encodeElements,
  encodeItems,
  textValue,
  type Writing,
  type WrittenElement,
  writingOf,
} from "./encodeElements.ts";
import { identifiersOf, occursIn } from "./identifiers.ts";
import { methodElements } from "./method.ts";
import type { Pseudonyms } from "./pseudonyms.ts";

/** A de-identified file, and what is needed to put it in its place. */
export interface DeidentifiedInstance {
  readonly bytes: Uint8Array;
  /** The new UIDs. */
  readonly studyUid: string;
  readonly seriesUid: string;
  readonly sopInstanceUid: string;
  /** What stands for the Patient ID. */
  readonly subject: string;
}

const enhancedSopClasses = new Set(["1.2.840.10008.5.1.4.1.1.2.1", "1.2.840.10008.5.1.4.1.1.2.2"]);
const pixelData = "7fe00010";

/**
 * A DICOM file without what identifies the patient, in its own transfer syntax; pixels are copied bit for bit, the preamble is
 * zeroed, the file meta information written anew. Null where the bytes are no DICOM file.
 *
 * @throws InputError FILE_TRUNCATED; DEIDENTIFY_VALUE_LEFT if an identifier of the patient is still found in the result, as in a
 * comment of compressed pixels.
 * @source PS3.15 Annex E
 */
export function deidentifyInstance(
  file: Uint8Array,
  { pseudonyms, retain, limits }: { pseudonyms: Pseudonyms; retain: RetainOptions; limits?: ParseLimits },
): DeidentifiedInstance | null {
  const dataSet = parseDataSet(file, limits);
  if (!dataSet) return null;
  const { parsed, transferSyntaxUid } = dataSet;
  const text = (tag: string) => textOf(parsed, tag);
  const sopInstance = text("00080018");
  if (dataSet.isCut || sopInstance === "" || text("0020000d") === "") {
    throw new InputError("FILE_TRUNCATED", "The file was cut short, or lacks its UIDs. Copy or export it again.");
  }
  const patientId = text("00100020") || text("0020000d");
  const work: Work = {
    pseudonyms,
    retain,
    patientId,
    writing: writingOf(transferSyntaxUid),
    isEnhanced: enhancedSopClasses.has(text("00080016")),
    identifiers: identifiersOf(parsed, retain),
  };
  const own = [...patientElements(work), ...methodElements(retain, work.writing)];
  const ownTags = new Set(own.map(({ tag }) => tag));
  const elements = [...rewritten(parsed, work).filter(({ tag }) => !ownTags.has(tag)), ...own];
  const body = encodeElements(elements, work.writing);
  refuseLeftOver(elements, work);
  const uidOf = (original: string) => (retain.uids ? original : pseudonyms.uid(original));
  const meta = fileMeta(text("00080016"), uidOf(sopInstance), transferSyntaxUid);
  const written = transferSyntaxUid === deflatedLittleEndian ? even(deflateRawSync(body)) : body;
  return {
    bytes: concatenated([new Uint8Array(128), new TextEncoder().encode("DICM"), meta, written]),
    studyUid: uidOf(text("0020000d")),
    seriesUid: uidOf(text("0020000e")),
    sopInstanceUid: uidOf(sopInstance),
    subject: pseudonyms.subject(patientId),
  };
}

interface Work {
  readonly pseudonyms: Pseudonyms;
  readonly retain: RetainOptions;
  readonly patientId: string;
  readonly writing: Writing;
  readonly isEnhanced: boolean;
  readonly identifiers: readonly string[];
}

/** Required of every image, there before or not. */
function patientElements({ pseudonyms, patientId }: Work): WrittenElement[] {
  const subject = pseudonyms.subject(patientId);
  return [
    { tag: "00100010", vr: "PN", value: textValue(subject, "PN") },
    { tag: "00100020", vr: "LO", value: textValue(subject, "LO") },
  ];
}

/** The elements of a data set, or an item, that stay; group lengths, which would be wrong, and private ones do not. */
function rewritten(parsed: ParsedDataSet, work: Work): WrittenElement[] {
  const elements: WrittenElement[] = [];
  for (const element of Object.values(parsed.elements)) {
    const tag = element.tag.slice(1).toLowerCase();
    if (tag.endsWith("0000") || tag.startsWith("0002")) continue;
    const entry = dictionaryEntry(tag);
    const vr = element.vr ?? (element.items ? "SQ" : (entry ?? "UN"));
    const kind = { vr, isStandard: entry !== undefined, isEnhanced: work.isEnhanced };
    const made = apply(actionOf(tag, kind, work.retain), { tag, vr, element, parsed, work });
    if (made !== null) elements.push(made);
  }
  return elements;
}

interface Subject {
  readonly tag: string;
  readonly vr: string;
  readonly element: Element;
  readonly parsed: ParsedDataSet;
  readonly work: Work;
}

function apply(action: Action, subject: Subject): WrittenElement | null {
  const { tag, vr, work } = subject;
  const withText = (text: string): WrittenElement => ({ tag, vr, value: textValue(text, vr) });
  const each = (change: (value: string) => string) => withText(valuesOf(subject).map(change).join("\\"));
  switch (action) {
    case "remove":
      return null;
    case "keep":
      return kept(subject);
    case "empty":
      return { tag, vr, value: new Uint8Array(0) };
    case "dummy":
      return withText(dummies[vr] ?? "");
    case "pseudonym":
      return withText(work.pseudonyms.subject(work.patientId));
    case "uid":
      return each((uid) => (uid === "" || uid.startsWith("1.2.840.10008.") ? uid : work.pseudonyms.uid(uid)));
    case "shift":
      return each((date) => shiftDate(date, work.pseudonyms.shiftDays(work.patientId)) ?? "");
    case "age":
      return each((age) => (/^(09\d|[1-9]\d\d)Y$/.test(age) ? "090Y" : age));
    case "clean":
      return each((text) => {
        const cleaned = cleanDescriptor(text);
        return occursIn(cleaned, work.identifiers) ? "" : cleaned;
      });
  }
}

/** Text of a dummy value by VR; sequences and bytes are emptied. */
const dummies: Readonly<Record<string, string>> = {
  DA: "19000101",
  DT: "19000101000000",
  TM: "000000",
  LO: "REMOVED",
  SH: "REMOVED",
  PN: "REMOVED",
  UC: "REMOVED",
  LT: "REMOVED",
  ST: "REMOVED",
  UT: "REMOVED",
  CS: "REMOVED",
  IS: "0",
  DS: "0",
};

const textVrs = new Set(["AS", "CS", "DS", "IS", "LO", "SH", "UC"]);

function kept(subject: Subject): WrittenElement | null {
  const { tag, vr, element, parsed, work } = subject;
  if (vr === "SQ" || element.items) {
    const items = (element.items ?? []).flatMap(({ dataSet }) => (dataSet ? [dataSet] : []));
    const written = items.map((item) => encodeElements(rewritten(item, work), work.writing));
    return { tag, vr: "SQ", value: encodeItems(written, work.writing) };
  }
  if (tag === pixelData) return pixels(subject);
  if (element.hadUndefinedLength) return null;
  if (textVrs.has(vr) && occursIn(valuesOf(subject).join(" "), work.identifiers)) return null;
  return { tag, vr, value: even(parsed.byteArray.subarray(element.dataOffset, element.dataOffset + element.length)) };
}

function pixels({ tag, vr, element, parsed }: Subject): WrittenElement {
  const bytes = parsed.byteArray;
  if (!element.hadUndefinedLength) {
    const end = element.dataOffset + element.length;
    if (end > bytes.length) {
      throw new InputError("FILE_TRUNCATED", "The file ends within its pixels. Copy or export it again.");
    }
    return { tag, vr, value: even(bytes.subarray(element.dataOffset, end)) };
  }
  const end = endOfItems(bytes, element.dataOffset);
  return { tag, vr, value: bytes.subarray(element.dataOffset, end), isEncapsulated: true };
}

/** Where the items of encapsulated pixels end. @source PS3.5 A.4 */
function endOfItems(bytes: Uint8Array, start: number): number {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  let at = start;
  while (at + 8 <= bytes.length && view.getUint16(at, true) === 0xfffe && view.getUint16(at + 2, true) === 0xe000) {
    const next = at + 8 + view.getUint32(at + 4, true);
    if (next > bytes.length) break;
    at = next;
  }
  const isClosed =
    at + 8 <= bytes.length && view.getUint16(at, true) === 0xfffe && view.getUint16(at + 2, true) === 0xe0dd;
  if (isClosed || at === bytes.length) return at;
  throw new InputError("FILE_TRUNCATED", "The file ends within its pixels. Copy or export it again.");
}

/** Looks for identifiers in what is to be written: as words in text, as any bytes in compressed pixels. */
function refuseLeftOver(elements: readonly WrittenElement[], { identifiers }: Work): void {
  const long = identifiers.filter((identifier) => identifier.length >= 6);
  const left = elements.find(({ tag, value, isEncapsulated }) => {
    if (tag !== pixelData) return occursIn(latin1.decode(value), long);
    if (!isEncapsulated) return false;
    const text = latin1.decode(value).toUpperCase();
    return long.some((identifier) => text.includes(identifier));
  });
  if (left === undefined) return;
  throw new InputError(
    "DEIDENTIFY_VALUE_LEFT",
    `An identifier of the patient was found in attribute ${left.tag}, which stays. The file was not written; remove that attribute first, or leave the file out.`,
  );
}

/** @source PS3.10 7.1 */
function fileMeta(sopClassUid: string, sopInstanceUid: string, transferSyntaxUid: string): Uint8Array {
  const little: Writing = { isExplicit: true, isBigEndian: false };
  const element = (tag: string, vr: string, text: string): WrittenElement => ({ tag, vr, value: textValue(text, vr) });
  const rest = encodeElements(
    [
      { tag: "00020001", vr: "OB", value: Uint8Array.of(0, 1) },
      element("00020002", "UI", sopClassUid),
      element("00020003", "UI", sopInstanceUid),
      element("00020010", "UI", transferSyntaxUid || explicitLittleEndian),
      element("00020012", "UI", implementationClassUid),
      element("00020013", "SH", `GROUNDGLASS_${version}`.slice(0, 16)),
    ],
    little,
  );
  const length = new Uint8Array(4);
  new DataView(length.buffer).setUint32(0, rest.length, true);
  return concatenated([encodeElements([{ tag: "00020000", vr: "UL", value: length }], little), rest]);
}

function valuesOf({ element, parsed }: Pick<Subject, "element" | "parsed">): string[] {
  if (element.hadUndefinedLength) return [];
  const bytes = parsed.byteArray.subarray(element.dataOffset, element.dataOffset + element.length);
  return latin1
    .decode(bytes)
    .split("\\")
    .map((value) => value.replace(/[\0 ]+$/, "").trimStart());
}

function textOf(parsed: ParsedDataSet, tag: string): string {
  const element = parsed.elements[`x${tag}`];
  return element ? (valuesOf({ element, parsed })[0] ?? "") : "";
}

/** The VR of a standard attribute; undefined for others. */
function dictionaryEntry(tag: string): string | undefined {
  const key = `(${tag.slice(0, 4)},${tag.slice(4)})`.toUpperCase();
  const vr = dcmjs.data.DicomMetaDictionary.dictionary[key]?.vr;
  return vr === undefined ? undefined : vr.slice(0, 2) === "ox" ? "OW" : vr.slice(0, 2);
}

const latin1 = new TextDecoder("latin1");

function even(bytes: Uint8Array): Uint8Array {
  return bytes.length % 2 === 0 ? bytes : concatenated([bytes, new Uint8Array(1)]);
}
