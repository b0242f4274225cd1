import { posix } from "node:path";
import { InputError } from "../base/errors.ts";
import { sha256Hex } from "../base/hash.ts";
import type { FoundStudy } from "../intake/findStudies.ts";
import type { StudySource } from "../intake/studySource.ts";
import type { Warning } from "../study/warning.ts";
import type { LabelledStudy } from "./labels.ts";

/** What lies below the data folder, looked at once. */
export interface StudyIndex {
  readonly studies: readonly FoundStudy[];
  /** Files that cannot be read, and studies that are no CT. */
  readonly faults: readonly { readonly path: string; readonly error: InputError; readonly studyUid?: string }[];
}

/** The studies of a label file, each with what it is read from, and what the reader of the data set must weigh. */
export interface LocatedStudies {
  readonly studies: readonly LabelledStudy[];
  readonly warnings: readonly Warning[];
}

/**
 * The studies that are named by UID or accession number, found: with their sources, or a fault where there is none. Studies
 * that are named by their paths stay as they are.
 *
 * Warnings: each file that cannot be read, unless it is of a study that nobody labelled, and how many such studies there are.
 * @throws InputError LABELS_DUPLICATE if two rows mean the same study.
 */
export function locateStudies(
  labelled: readonly LabelledStudy[],
  { index, labelFile }: { readonly index: StudyIndex; readonly labelFile: string },
): LocatedStudies {
  const byUid = Map.groupBy(index.studies, ({ studyUid }) => studyUid);
  const uidsOfAccession = uidsByAccession(index.studies);
  const lines = new Map<string, number>();
  const paths = new Map(labelled.filter(({ name }) => !name).map(({ path, line }) => [path, line]));
  const studies = labelled.map((study) => {
    const found = locate(study, { byUid, uidsOfAccession, index, labelFile });
    if (found.sources === undefined) return found;
    const before = lines.get(found.path) ?? lineOfPath(found.sources, paths);
    if (before !== undefined) {
      throw new InputError(
        "LABELS_DUPLICATE",
        `${labelFile} line ${study.line}: this study is the one of line ${before}, or lies within it. Remove one of the two.`,
      );
    }
    lines.set(found.path, study.line);
    return found;
  });
  return { studies, warnings: warningsOf(index, studies, labelFile) };
}

interface Lookup {
  readonly byUid: ReadonlyMap<string, readonly FoundStudy[]>;
  readonly uidsOfAccession: ReadonlyMap<string, ReadonlySet<string>>;
  readonly index: StudyIndex;
  readonly labelFile: string;
}

function uidsByAccession(studies: readonly FoundStudy[]): Map<string, Set<string>> {
  const uids = new Map<string, Set<string>>();
  for (const { studyUid, accessionsSha256 } of studies) {
    for (const digest of accessionsSha256) uids.set(digest, (uids.get(digest) ?? new Set()).add(studyUid));
  }
  return uids;
}

function locate(study: LabelledStudy, { byUid, uidsOfAccession, index, labelFile }: Lookup): LabelledStudy {
  const { name, line } = study;
  if (name === undefined) return study;
  const where = `${labelFile} line ${line}`;
  const uids = name.by === "study_uid" ? [name.value] : [...(uidsOfAccession.get(sha256Hex(name.value)) ?? [])];
  const [uid, ...others] = uids;
  if (others.length > 0) {
    const message = `${where}: ${uids.length} studies have this accession number (${uids.slice(0, 3).join(", ")}${uids.length > 3 ? ", …" : ""}). Name one of them in a column study_uid.`;
    return { ...study, fault: { code: "STUDY_SEVERAL", message } };
  }
  const places = (byUid.get(uid ?? "") ?? []).flatMap(({ sources }) => sources).filter(isUnder(name.under));
  if (uid !== undefined && places.length > 0) return { ...study, path: uid, sources: places };
  const known = name.by === "study_uid" ? index.faults.find(({ studyUid }) => studyUid === name.value) : undefined;
  if (known) return { ...study, fault: { code: known.error.code, message: `${where}: ${known.error.message}` } };
  const what = name.by === "study_uid" ? "Study Instance UID" : "Accession Number";
  const hint = name.by === "accession" ? " Spreadsheets drop leading zeros: compare it with the files." : "";
  const place = name.under === null ? "the data" : `"${name.under}"`;
  const message = `${where}: none of the ${index.studies.length} CT studies found has this ${what} and lies under ${place}.${hint} Correct it or remove the row.`;
  return { ...study, fault: { code: "LABELS_STUDY_UNKNOWN", message } };
}

function isUnder(folder: string | null): (source: StudySource) => boolean {
  if (folder === null || folder === ".") return () => true;
  return ({ path }) => path === folder || path.startsWith(`${folder}/`);
}

/** The line whose path holds one of the sources. */
function lineOfPath(sources: readonly StudySource[], paths: ReadonlyMap<string, number>): number | undefined {
  if (paths.size === 0) return undefined;
  const seen = new Set<string>();
  for (const { path } of sources) {
    for (let above = path; !seen.has(above); above = posix.dirname(above)) {
      const line = paths.get(above);
      if (line !== undefined) return line;
      seen.add(above);
    }
  }
  return undefined;
}

function warningsOf(
  { studies: found, faults }: StudyIndex,
  studies: readonly LabelledStudy[],
  file: string,
): Warning[] {
  const labelled = new Set(studies.flatMap(({ path, sources }) => (sources ? [path] : [])));
  const others = found.filter(({ studyUid }) => !labelled.has(studyUid));
  const ofOthers = new Set(others.flatMap(({ sources }) => sources.flatMap(({ path, inside }) => inside ?? [path])));
  const warnings = faults
    .filter(({ path, studyUid }) => studyUid === undefined && !ofOthers.has(path))
    .map(({ path, error: { code, message } }) => ({
      code,
      message: message.includes(path) ? message : `${path}: ${message}`,
    }));
  const uids = new Set(others.map(({ studyUid }) => studyUid));
  if (uids.size === 0) return warnings;
  const message = `${uids.size} of the ${new Set(found.map(({ studyUid }) => studyUid)).size} studies found stand on no row of ${file} by their UID or accession number.`;
  return [...warnings, { code: "STUDIES_UNLABELLED", message }];
}
