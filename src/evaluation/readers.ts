import { basename } from "node:path";
import { InputError } from "../base/errors.ts";
import { type CsvRow, type CsvTable, readCsvTable, requireColumns, requireValue } from "../dataset/csvTable.ts";
import type { Case } from "../dataset/dataset.ts";

/** One call of one reader. */
export interface ReaderCall {
  readonly reader: string;
  readonly caseId: string;
  /** One of the classes. */
  readonly call: string;
  readonly seconds: number | null;
  /** How sure the reader was of the class decided first, on any scale; null where it was not asked. */
  readonly confidence: number | null;
}

/** What readers said of studies. */
export interface ReaderTable {
  /** Name of the file. */
  readonly file: string;
  /** In the file's order. */
  readonly readers: readonly string[];
  readonly calls: readonly ReaderCall[];
  /** Rows of studies that the data set does not know. */
  readonly unknown: number;
}

/**
 * Readers' calls from a CSV file with the columns reader, study, call and, where known, seconds and confidence. A study is
 * named by its UID, its case id or its path in the data folder; a call is one of the classes, whatever its case.
 * @throws InputError READERS_INVALID; as readCsvTable.
 */
export async function readReaders(
  path: string,
  cases: readonly Pick<Case, "caseId" | "studyUid" | "path">[],
  classes: readonly string[],
): Promise<ReaderTable> {
  const table = await readCsvTable(path);
  requireColumns(table, ["reader", "study", "call"]);
  const caseOf = new Map(
    cases.flatMap(({ caseId, studyUid, path }) => [caseId, studyUid, path].map((key) => [key, caseId])),
  );
  const seen = new Set<string>();
  let unknown = 0;
  const calls = table.rows.flatMap((row) => {
    const study = requireValue(table, row, "study");
    const caseId = caseOf.get(study) ?? caseOf.get(study.replaceAll("\\", "/").replace(/^\.\//, "").replace(/\/$/, ""));
    const call = parseCall(table, row, classes);
    if (caseId === undefined) {
      unknown++;
      return [];
    }
    const reader = requireValue(table, row, "reader");
    const key = `${reader}\n${caseId}`;
    if (seen.has(key))
      throw invalid(table, row, `the reader calls the study ${study} a second time. Keep one of the two.`);
    seen.add(key);
    return {
      reader,
      caseId,
      call,
      seconds: parseNumber(table, row, "seconds"),
      confidence: parseNumber(table, row, "confidence"),
    };
  });
  if (calls.length === 0) {
    throw new InputError(
      "READERS_INVALID",
      `${path}: none of its ${table.rows.length} studies is known. Name studies by Study Instance UID, case id or path in the data folder.`,
    );
  }
  return { file: basename(path), readers: [...new Set(calls.map((call) => call.reader))], calls, unknown };
}

function parseCall(table: CsvTable, row: CsvRow, classes: readonly string[]): string {
  const text = requireValue(table, row, "call");
  const call = classes.find((name) => name.toLowerCase() === text.toLowerCase());
  if (call !== undefined) return call;
  throw invalid(table, row, `the call "${text}" is none of the classes ${classes.join(", ")}. Correct it.`);
}

function parseNumber(table: CsvTable, row: CsvRow, column: "seconds" | "confidence"): number | null {
  const text = row.values[column];
  if (text === undefined || text === "") return null;
  const value = Number(text);
  if (Number.isFinite(value) && (column === "confidence" || value >= 0)) return value;
  throw invalid(table, row, `"${column}" is "${text}", a number was expected. Correct it or leave it empty.`);
}

function invalid(table: CsvTable, row: CsvRow, fault: string): InputError {
  return new InputError("READERS_INVALID", `${table.path} line ${row.line}: ${fault}`);
}
