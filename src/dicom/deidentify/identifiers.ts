import type { DataSet as ParsedDataSet } from "dicom-parser";
import type { RetainOptions } from "./action.ts";

/** Attributes whose values name the patient or lead to them. */
const identifying = [
  "00100010", // Patient's Name
  "00100020", // Patient ID
  "00100021", // Issuer of Patient ID
  "00101000", // Other Patient IDs
  "00101001", // Other Patient Names
  "00101005", // Patient's Birth Name
  "00101060", // Patient's Mother's Birth Name
  "00101040", // Patient's Address
  "00102154", // Patient's Telephone Numbers
  "00080050", // Accession Number
  "00080090", // Referring Physician's Name
  "00081048", // Physician(s) of Record
  "00081050", // Performing Physician's Name
  "00081060", // Name of Physician(s) Reading Study
  "00081070", // Operators' Name
  "00080080", // Institution Name
  "00380010", // Admission ID
];

/**
 * The words of a data set that must not be found anywhere once it is de-identified: names and IDs in parts of three letters
 * and more, in upper case. parsed: the data set as it came; an institution that may stay is none of them.
 */
export function identifiersOf(parsed: ParsedDataSet, retain: Pick<RetainOptions, "institution">): string[] {
  const words = identifying.flatMap((tag) => {
    if (tag === "00080080" && retain.institution) return [];
    const element = parsed.elements[`x${tag}`];
    if (!element || element.hadUndefinedLength || element.items) return [];
    const bytes = parsed.byteArray.subarray(element.dataOffset, element.dataOffset + element.length);
    const isName = tag !== "00100020" && tag !== "00080050" && tag !== "00380010";
    return new TextDecoder("latin1").decode(bytes).split(isName ? /[\\^=,;\s]+/ : /\\/);
  });
  const trimmed = words.map((word) =>
    word
      .replace(/[\0 ]+$/, "")
      .trim()
      .toUpperCase(),
  );
  return [...new Set(trimmed)].filter((word) => word.length >= 3 && !commonWords.has(word));
}

/** Words of institutions' names that say nothing. */
const commonWords = new Set([
  "THE",
  "AND",
  "OF",
  "DR",
  "PROF",
  "MED",
  "CHEST",
  "LUNG",
  "THORAX",
  "HOSPITAL",
  "CLINIC",
  "UNIVERSITY",
  "CT",
]);

/** Whether any of the identifiers stands in the text as a word of its own. */
export function occursIn(text: string, identifiers: readonly string[]): boolean {
  const upper = text.toUpperCase();
  return identifiers.some((identifier) => {
    for (let at = upper.indexOf(identifier); at >= 0; at = upper.indexOf(identifier, at + 1)) {
      const [before, after] = [upper[at - 1], upper[at + identifier.length]];
      if (!isLetter(before) && !isLetter(after)) return true;
    }
    return false;
  });
}

const isLetter = (letter: string | undefined) => letter !== undefined && /[\p{L}\p{N}]/u.test(letter);
