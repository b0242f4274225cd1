import { lstat } from "node:fs/promises";
import { join, posix } from "node:path";
import { InputError } from "../base/errors.ts";
import type { CsvRow, CsvTable } from "./csvTable.ts";

/** What a row calls its study, where it names it by what is written in its files. */
export interface StudyName {
  readonly by: "study_uid" | "accession";
  /** As written. An accession number stays in memory. */
  readonly value: string;
  /** The path that the study must lie under, relative to the data folder; null: anywhere. */
  readonly under: string | null;
}

const spellings: Readonly<Record<StudyName["by"], readonly string[]>> = {
  study_uid: ["studyuid", "studyinstanceuid"],
  accession: ["accession", "accessionnumber"],
};

/** The columns of a table that may name studies, by what they name them by: "Study Instance UID" is `study_uid`. */
export interface NameColumns {
  readonly study_uid: string | null;
  readonly accession: string | null;
}

/** @throws InputError LABELS_COLUMN if two columns are the same by another spelling. */
export function nameColumns(table: CsvTable): NameColumns {
  const find = (by: StudyName["by"]) => {
    const letters = (column: string) => column.replace(/[^a-z]/g, "");
    const [first, second] = table.columns.filter((column) => spellings[by].includes(letters(column)));
    if (second === undefined) return first ?? null;
    throw new InputError(
      "LABELS_COLUMN",
      `${table.path} line 1: the columns "${first}" and "${second}" both are the study's ${by}. Remove one.`,
    );
  };
  return { study_uid: find("study_uid"), accession: find("accession") };
}

/**
 * Where a row's study lies: at a path, or wherever the study of its name is found.
 * @throws InputError DATA_FOLDER_MISSING, LABELS_PATH_OUTSIDE, LABELS_PATH_UNKNOWN, LABELS_VALUE_MISSING.
 */
export async function readPlace(
  data: string,
  table: CsvTable,
  row: CsvRow,
  { names, isArchive }: { readonly names: NameColumns; readonly isArchive: boolean },
): Promise<{ path: string; name: StudyName | null }> {
  const given = row.values.path || null;
  if (given !== null && isArchive) {
    throw new InputError(
      "DATA_FOLDER_MISSING",
      `${table.path} line ${row.line}: there are no paths in ${data}. Name the folder that paths are relative to; studies of an archive or a DICOMDIR are named by the column study_uid or accession.`,
    );
  }
  const path = given === null ? null : await findPath(data, table.path, row.line, given);
  const name = studyNameOf(row, names, path);
  if (name !== null) return { path: name.by === "study_uid" ? name.value : `line ${row.line}`, name };
  if (path !== null) return { path, name };
  const ways = ["path", names.study_uid, names.accession].filter((column) => column !== null);
  throw new InputError(
    "LABELS_VALUE_MISSING",
    `${table.path} line ${row.line}: ${ways.map((column) => `"${column}"`).join(" and ")} ${ways.length === 1 ? "is" : "are"} empty. Fill ${ways.length === 1 ? "it" : "one of them"} in or remove the row.`,
  );
}

async function findPath(data: string, file: string, line: number, given: string): Promise<string> {
  const spellings = given.includes("\\") ? [given, given.replaceAll("\\", "/")] : [given];
  for (const spelling of spellings) {
    const path = posix.normalize(spelling).replace(/(?<=.)\/$/, "");
    if (
      posix.isAbsolute(path) ||
      path === ".." ||
      path.startsWith("../") ||
      /^[a-z]:/i.test(path) ||
      path.includes("\0")
    ) {
      throw new InputError(
        "LABELS_PATH_OUTSIDE",
        `${file} line ${line}: the path leads out of the data folder. Paths are relative to it and stay in it.`,
      );
    }
    const isThere = await lstat(join(data, path)).then(
      () => true,
      () => false,
    );
    if (isThere) return path;
  }
  throw new InputError(
    "LABELS_PATH_UNKNOWN",
    `${file} line ${line}: there is nothing at "${given}" in ${data}. Paths are relative to the data folder; correct it or remove the row.`,
  );
}

/**
 * The name of a row's study, or null where the path says it all: pictures and NIfTI files carry no UID, and an accession number
 * beside a path is a remark.
 */
function studyNameOf(row: CsvRow, columns: NameColumns, path: string | null): StudyName | null {
  const value = (column: string | null) => (column === null ? "" : (row.values[column] ?? ""));
  const [uid, accession] = [value(columns.study_uid), value(columns.accession)];
  if (uid !== "" && !(path !== null && hasNoUid(path))) return { by: "study_uid", value: uid, under: path };
  return path === null && accession !== "" ? { by: "accession", value: accession, under: null } : null;
}

const hasNoUid = (path: string) => /\.(png|jpe?g|nii|nii\.gz)$/i.test(path);
