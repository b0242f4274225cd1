import { type CsvError, parse } from "csv-parse/sync";
import { InputError } from "../base/errors.ts";
import { readBytes } from "../base/files.ts";

/** A row of a CSV file: its values by lower-case column name, and the line it ends on (the header is line 1). */
export interface CsvRow {
  readonly line: number;
  readonly values: Readonly<Record<string, string>>;
}

/** A CSV file with a header. */
export interface CsvTable {
  /** As given by the caller; stands in every error. */
  readonly path: string;
  /** Lower case, in the file's order. */
  readonly columns: readonly string[];
  readonly rows: readonly CsvRow[];
}

const largestBytes = 256 * 2 ** 20;
const largestRowBytes = 2 ** 16;

/**
 * A CSV file's rows. Separated by comma, semicolon or tab, whichever the header has most of; column names count without
 * regard to case; a byte order mark, CRLF and blank lines are tolerated.
 * @throws InputError LABELS_INVALID, LABELS_COLUMN, naming file and line; FILE_MISSING.
 */
export async function readCsvTable(path: string): Promise<CsvTable> {
  const bytes = await readBytes(path);
  if (bytes.length > largestBytes) {
    throw new InputError("LABELS_INVALID", `${path} is larger than 256 MiB. Expected a label file in CSV; split it.`);
  }
  const text = decodeUtf8(path, bytes);
  const records = parseRecords(path, text);
  const header = records[0];
  if (header === undefined || records.length < 2) {
    throw new InputError(
      "LABELS_INVALID",
      `${path} has no rows. Expected a CSV file with a header and a row for each study.`,
    );
  }
  const columns = header.record.map((name) => name.toLowerCase());
  const twice = columns.find((name, index) => name !== "" && columns.indexOf(name) !== index);
  if (twice !== undefined) {
    throw new InputError(
      "LABELS_COLUMN",
      `${path} line 1: the column "${twice}" stands there twice. Rename or remove one.`,
    );
  }
  const rows = records.slice(1).map(({ record, line }) => ({
    line,
    values: Object.fromEntries(columns.map((name, index) => [name, record[index] ?? ""])),
  }));
  return { path, columns, rows };
}

/** @throws InputError LABELS_COLUMN if a column is missing. */
export function requireColumns(table: CsvTable, names: readonly string[]): void {
  const missing = names.filter((name) => !table.columns.includes(name));
  if (missing.length === 0) return;
  const words = missing.map((name) => `"${name}"`).join(" and ");
  throw new InputError(
    "LABELS_COLUMN",
    `${table.path} line 1: there is no column ${words}; found ${table.columns.join(", ") || "none"}. Rename or add ${missing.length === 1 ? "it" : "them"}.`,
  );
}

/** A row's value, which may not be empty. @throws InputError LABELS_VALUE_MISSING. */
export function requireValue(table: CsvTable, row: CsvRow, column: string): string {
  const value = row.values[column];
  if (value) return value;
  throw new InputError(
    "LABELS_VALUE_MISSING",
    `${table.path} line ${row.line}: "${column}" is empty. Fill it in or remove the row.`,
  );
}

function decodeUtf8(path: string, bytes: Uint8Array): string {
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch {
    throw new InputError("LABELS_INVALID", `${path} is not text in UTF-8. Save it again as CSV in UTF-8.`);
  }
}

function parseRecords(path: string, text: string): { record: string[]; line: number }[] {
  const headerLine = text.slice(0, text.search(/[\r\n]|$/));
  const count = (separator: string) => headerLine.split(separator).length;
  const delimiter = [",", ";", "\t"].reduce((best, next) => (count(next) > count(best) ? next : best));
  try {
    const parsed = parse(text, {
      delimiter,
      trim: true,
      skip_empty_lines: true,
      info: true,
      max_record_size: largestRowBytes,
    }) as unknown as { record: string[]; info: { lines: number } }[];
    return parsed.map(({ record, info }) => ({ record, line: info.lines }));
  } catch (error) {
    const { code, lines } = error as CsvError & { lines?: number };
    if (typeof code !== "string" || !code.startsWith("CSV_")) throw error;
    const fault =
      code.includes("COLUMNS_LENGTH") || code.includes("INCONSISTENT")
        ? "the row has another number of fields than the header"
        : code.includes("QUOTE")
          ? "a quotation mark stands where none may, or one is never closed"
          : "the row cannot be read as CSV";
    const where = lines === undefined ? "" : ` line ${lines}`;
    throw new InputError("LABELS_INVALID", `${path}${where}: ${fault}. Correct the row.`);
  }
}
