import { extname, posix } from "node:path";
import { InputError } from "../base/errors.ts";
import type { StudySource } from "../intake/studySource.ts";
import { type CsvRow, type CsvTable, readCsvTable, requireColumns, requireValue } from "./csvTable.ts";
import { type ColumnLeftOut, type Columns, otherColumns } from "./labelColumns.ts";
import { type NameColumns, nameColumns, readPlace, type StudyName } from "./studyNames.ts";

/** The sets of a fold. */
export type SetName = "train" | "validation" | "test";

/** The label of one slice of a study, as a file gives it. */
export interface SliceLabel {
  /** SOP Instance UID, file name, or index from the feet, counted from 0. */
  readonly slice: string;
  /** A list, which may be empty, where a slice may carry several. */
  readonly label: string | readonly string[];
  readonly line: number;
}

/** A study as the label file names it. */
export interface LabelledStudy {
  /**
   * Relative to the data folder, with "/". Of several pictures: the folder that holds them all. Of a study with a `name`: its
   * UID, or its line until that is known; then it is no path, and `sources` say what is read.
   */
  readonly path: string;
  /** Where the row names the study by what is written in its files. */
  readonly name?: StudyName;
  /** Of a study with a name, once it is found. */
  readonly sources?: readonly StudySource[];
  /** Why a study with a name cannot be read: it was not found, or is no CT. */
  readonly fault?: { readonly code: string; readonly message: string };
  /** The pictures of a study of several, relative to the data folder, in natural order of their paths; else null. */
  readonly pictures: readonly string[] | null;
  readonly studyId: string | null;
  /** As written; null where the file has no column of subjects. */
  readonly subject: string | null;
  /** null where the labels belong to slices. */
  readonly label: string | null;
  readonly split: SetName | null;
  /** Series Instance UID to read, instead of choosing one. */
  readonly seriesUid?: string;
  readonly sliceLabels: readonly SliceLabel[] | null;
  /** The other columns of the file in which all rows of the study agree, as far as they name nobody. */
  readonly columns?: Columns;
  /** Of its first row. */
  readonly line: number;
}

/** What the label file says. */
export interface Labels {
  readonly level: "study" | "slice";
  /** Whether a slice may carry several labels; absent: it carries one. */
  readonly labels?: "several" | undefined;
  /** In the order of the file. */
  readonly studies: readonly LabelledStudy[];
  readonly columnsLeftOut?: readonly ColumnLeftOut[];
}

interface LabelRow {
  readonly line: number;
  readonly path: string;
  readonly name: StudyName | null;
  readonly study: string | null;
  readonly subject: string | null;
  readonly label: string | null;
  readonly split: SetName | null;
  readonly series: string | null;
  readonly columns: Columns;
}

const splitWords: Readonly<Record<string, SetName>> = {
  train: "train",
  training: "train",
  val: "validation",
  valid: "validation",
  validation: "validation",
  test: "test",
  testing: "test",
};

/** Whether a path is a picture by its ending. */
export function isPicture(path: string): boolean {
  return [".png", ".jpg", ".jpeg"].includes(extname(path).toLowerCase());
}

/**
 * The studies that a label file names, each path checked to be there.
 *
 * Columns: path, or study_uid or accession (in any spelling); label; optionally subject (or subjectColumn), study, series,
 * split. Where a row has both, the study of that UID is meant that lies under the path. Pictures that share `study` are one study;
 * where their labels differ, the labels are those of slices. labelNeeded: false where another file labels the slices.
 * isArchive: whether data is an archive or a DICOMDIR, where no row can name a path.
 * @throws InputError DATA_FOLDER_MISSING, LABELS_INVALID, LABELS_COLUMN, LABELS_VALUE_MISSING, LABELS_PATH_OUTSIDE, LABELS_PATH_UNKNOWN,
 * LABELS_DUPLICATE, LABELS_SPLIT_UNKNOWN, LABELS_STUDY_MIXED, LABELS_SPELLING, LABELS_LEVEL_MIXED,
 * SUBJECT_IN_TWO_SPLITS; each names the file and the line.
 */
export async function readLabels(
  data: string,
  path: string,
  options: { readonly subjectColumn?: string; readonly labelNeeded?: boolean; readonly isArchive?: boolean } = {},
): Promise<Labels> {
  const { labelNeeded = true, isArchive = false } = options;
  const table = await readCsvTable(path);
  const names = nameColumns(table);
  const subjectColumn = options.subjectColumn?.trim().toLowerCase();
  requireColumns(table, [
    ...(names.study_uid === null && names.accession === null ? ["path"] : []),
    ...(labelNeeded ? ["label"] : []),
    ...(subjectColumn === undefined ? [] : [subjectColumn]),
  ]);
  const naming = [names.study_uid ?? "path", names.accession ?? "path"];
  const used = ["path", ...naming, "label", "study", "split", "slice", "series", subjectColumn ?? "subject"];
  const { valuesOf, leftOut } = otherColumns(table, used);
  const columns = { subject: subjectColumn ?? "subject", names, labelNeeded, isArchive, valuesOf };
  const rows: LabelRow[] = [];
  for (const row of table.rows) rows.push(await readRow(data, table, row, columns));
  refuseOverlaps(table, rows);
  if (labelNeeded) refuseSpellings(table.path, rows);
  const studies = groupStudies(table, rows);
  refuseSubjectsInTwoSplits(table.path, studies);
  return { ...withLevel(table, studies, rows), columnsLeftOut: leftOut };
}

/** @throws InputError SUBJECT_IN_TWO_SPLITS. subjectOf: who the study is of, where the label file does not say. */
export function refuseSubjectsInTwoSplits(
  path: string,
  studies: readonly LabelledStudy[],
  subjectOf: (study: LabelledStudy) => string | null = (study) => study.subject,
): void {
  const first = new Map<string, LabelledStudy>();
  for (const study of studies) {
    const subject = subjectOf(study);
    if (subject === null || study.split === null) continue;
    const before = first.get(subject);
    if (before === undefined) first.set(subject, study);
    else if (before.split !== study.split) {
      throw new InputError(
        "SUBJECT_IN_TWO_SPLITS",
        `${path} line ${study.line}: the subject of this row is in ${study.split}, but in ${before.split} on line ${before.line}. All studies of a subject must be in one set; change "split" of one of them.`,
      );
    }
  }
}

async function readRow(
  data: string,
  table: CsvTable,
  row: CsvRow,
  columns: {
    readonly subject: string;
    readonly names: NameColumns;
    readonly labelNeeded: boolean;
    readonly isArchive: boolean;
    readonly valuesOf: (line: number) => Columns;
  },
): Promise<LabelRow> {
  const has = (column: string) => table.columns.includes(column);
  const { path, name } = await readPlace(data, table, row, columns);
  return {
    line: row.line,
    path,
    name,
    study: row.values.study || null,
    subject: has(columns.subject) ? requireValue(table, row, columns.subject) : null,
    label: columns.labelNeeded ? requireValue(table, row, "label").replace(/\s+/g, " ") : null,
    split: has("split") ? readSplit(table, row) : null,
    series: row.values.series || null,
    columns: columns.valuesOf(row.line),
  };
}

function readSplit(table: CsvTable, row: CsvRow): SetName {
  const word = requireValue(table, row, "split");
  const set = Object.hasOwn(splitWords, word.toLowerCase()) ? splitWords[word.toLowerCase()] : undefined;
  if (set !== undefined) return set;
  throw new InputError(
    "LABELS_SPLIT_UNKNOWN",
    `${table.path} line ${row.line}: "${word}" is no split. Expected training, validation or test.`,
  );
}

/** A path twice, or one within another: the same images would count twice, perhaps in two sets. */
function refuseOverlaps(table: CsvTable, rows: readonly LabelRow[]): void {
  const lines = new Map<string, number>();
  const named = new Map<string, number>();
  for (const { path, name, line } of rows) {
    const [seen, key, what] = name ? [named, `${name.by} ${name.value}`, "study"] : [lines, path, "path"];
    const before = seen.get(key);
    if (before !== undefined) throw duplicate(table, line, `this ${what} stands on line ${before} already`);
    seen.set(key, line);
  }
  const whole = lines.get(".");
  for (const { path, name, line } of rows) {
    if (path === "." || name !== null) continue;
    if (whole !== undefined) throw duplicate(table, line, `this path is within the one on line ${whole}`);
    for (let above = posix.dirname(path); above !== "."; above = posix.dirname(above)) {
      const before = lines.get(above);
      if (before !== undefined) throw duplicate(table, line, `this path is within the one on line ${before}`);
    }
  }
}

function duplicate(table: CsvTable, line: number, what: string): InputError {
  return new InputError("LABELS_DUPLICATE", `${table.path} line ${line}: ${what}. Remove one of the two.`);
}

/** Labels that differ by case or punctuation only are one class misspelt, not two. */
export function refuseSpellings(
  path: string,
  rows: readonly { readonly label: string | null; readonly line: number }[],
): void {
  const seen = new Map<string, { label: string; line: number }>();
  for (const { label, line } of rows) {
    if (label === null) continue;
    const key = label.toLowerCase().replace(/[\s_-]+/g, "");
    const before = seen.get(key);
    if (before === undefined) seen.set(key, { label, line });
    else if (before.label !== label) {
      throw new InputError(
        "LABELS_SPELLING",
        `${path} line ${line}: "${label}" differs from "${before.label}" on line ${before.line} only by its spelling. Write both the same way, or give them clearly different names.`,
      );
    }
  }
}

function groupStudies(table: CsvTable, rows: readonly LabelRow[]): LabelledStudy[] {
  const groups = new Map<string, LabelRow[]>();
  for (const row of rows) {
    const own = row.name === null ? `path ${row.path}` : `${row.name.by} ${row.name.value}`;
    const key = row.study === null ? own : `study ${row.study}`;
    const group = groups.get(key);
    if (group === undefined) groups.set(key, [row]);
    else group.push(row);
  }
  return [...groups.values()].map((group) => studyOf(table, group));
}

function studyOf(table: CsvTable, rows: readonly LabelRow[]): LabelledStudy {
  const [first, second] = rows as readonly [LabelRow, ...LabelRow[]];
  const { line, subject, split, study: studyId } = first;
  const columns = Object.entries(first.columns).filter(([name, value]) =>
    rows.every((row) => row.columns[name] === value),
  );
  const common = { studyId, subject, split, line, columns: Object.fromEntries(columns) };
  if (second === undefined) {
    const asked = {
      ...(first.series === null ? {} : { seriesUid: first.series }),
      ...(first.name === null ? {} : { name: first.name }),
    };
    return { ...common, ...asked, path: first.path, pictures: null, label: first.label, sliceLabels: null };
  }
  for (const row of rows) {
    const fault = isNoPicture(row)
      ? "only pictures (PNG, JPG) can share a study. Name the study's folder in one row, and label its slices with --slice-labels"
      : row.subject !== subject
        ? `the study of line ${line} has another subject there`
        : row.split !== split
          ? `the study of line ${line} is in another split there`
          : null;
    if (fault !== null)
      throw new InputError("LABELS_STUDY_MIXED", `${table.path} line ${row.line}: ${fault}. Correct one of the rows.`);
  }
  const ordered = rows.toSorted((a, b) => naturalOrder(a.path, b.path));
  const isMixed = rows.some((row) => row.label !== first.label);
  return {
    ...common,
    path: commonFolder(ordered.map((row) => row.path)),
    pictures: ordered.map((row) => row.path),
    label: isMixed ? null : first.label,
    sliceLabels: isMixed
      ? ordered.map((row, index) => ({ slice: String(index), label: row.label ?? "", line: row.line }))
      : null,
  };
}

const isNoPicture = ({ path, name }: LabelRow) => name !== null || !isPicture(path);

/** Once one study's pictures differ in their labels, all labels are those of pictures. */
function withLevel(table: CsvTable, studies: readonly LabelledStudy[], rows: readonly LabelRow[]): Labels {
  const mixed = studies.find((study) => study.sliceLabels !== null);
  if (mixed === undefined) return { level: "study", studies };
  const folder = rows.find(isNoPicture);
  if (folder !== undefined) {
    throw new InputError(
      "LABELS_LEVEL_MIXED",
      `${table.path} line ${folder.line} labels a whole study, but the rows of the study of line ${mixed.line} label single pictures. Label all by study, or the slices with --slice-labels.`,
    );
  }
  return {
    level: "slice",
    studies: studies.map((study) => {
      const { label, pictures, line } = study;
      if (label === null) return study;
      const sliceLabels = (pictures ?? [study.path]).map((_, index) => ({ slice: String(index), label, line }));
      return { ...study, label: null, sliceLabels };
    }),
  };
}

function commonFolder(paths: readonly string[]): string {
  const [first, ...others] = paths.map((path) => posix.dirname(path).split("/")) as [string[], ...string[][]];
  const differs = first.findIndex((part, depth) => others.some((other) => other[depth] !== part));
  return first.slice(0, differs < 0 ? undefined : differs).join("/") || ".";
}

/** "slice2" before "slice10"; the same on every machine. */
export function naturalOrder(a: string, b: string): number {
  const parts = (text: string) => text.split(/(\d+)/);
  const [left, right] = [parts(a), parts(b)];
  for (let i = 0; i < Math.min(left.length, right.length); i++) {
    const [x, y] = [left[i] as string, right[i] as string];
    const difference = i % 2 === 1 ? Number(x) - Number(y) : 0;
    if (difference !== 0) return difference;
    if (x !== y) return x < y ? -1 : 1;
  }
  return left.length - right.length;
}
