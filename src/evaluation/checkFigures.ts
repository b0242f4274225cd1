import { z } from "zod";
import { InputError } from "../base/errors.ts";
import { type CsvRow, type CsvTable, readCsvTable, requireColumns, requireValue } from "../dataset/csvTable.ts";
import { clopperPearsonInterval } from "../statistics/clopperPearson.ts";
import { isPossibleShare, nearestShares } from "../statistics/possibleShare.ts";
import { wilsonInterval } from "../statistics/wilson.ts";

/** A figure as it was printed: a percentage, a count, or both, and what it is a share of. */
export interface PrintedFigure {
  /** Whose figure it is, such as "radiologists"; "" where there is one caller only. */
  readonly of: string;
  /** Such as "sensitivity". */
  readonly figure: string;
  readonly n: number;
  readonly right: number | null;
  /** As text, since its decimals say how it was rounded. */
  readonly percent: string | null;
}

const intervalSchema = z.strictObject({ low: z.number(), high: z.number() });

export const checkedFigureSchema = z.strictObject({
  of: z.string(),
  figure: z.string(),
  n: z.int(),
  /** The count: as given, or the one that the percentage must come from; null where none fits, or several do. */
  right: z.int().nullable(),
  percent: z.string().nullable(),
  share: z.number().nullable(),
  /** Items taken as independent. */
  wilson: intervalSchema.nullable(),
  clopperPearson: intervalSchema.nullable(),
  isPossible: z.boolean(),
  /** What is wrong, or what follows, in words. */
  notes: z.array(z.string()).readonly(),
});

export type CheckedFigure = z.infer<typeof checkedFigureSchema>;

/**
 * Printed figures with their intervals, each checked: whether it can be a share of so many, and whether sensitivity,
 * specificity and accuracy of one caller come from the same counts.
 */
export function checkFigures(figures: readonly PrintedFigure[]): CheckedFigure[] {
  const checked = figures.map(checkOne);
  return checked.map((figure) => ({ ...figure, notes: [...figure.notes, ...impliedNotes(figure, checked)] }));
}

function checkOne({ of, figure, n, right, percent }: PrintedFigure): CheckedFigure {
  const decimals = percent?.split(".")[1]?.length ?? 0;
  const notes: string[] = [];
  let count = right;
  let isPossible = true;
  if (percent !== null) {
    const near = nearestShares(Number(percent), n, decimals);
    isPossible = isPossibleShare(Number(percent), n, decimals);
    const told = near.map((one) => `${one.numerator}/${n} = ${one.percent.toFixed(decimals)} %`);
    if (!isPossible) notes.push(`impossible: ${percent} % is no share of ${n}; the nearest are ${told.join(" and ")}`);
    else if (count !== null && near.every((one) => one.numerator !== count)) {
      isPossible = false;
      notes.push(`impossible: ${count}/${n} is ${((100 * count) / n).toFixed(decimals)} %, not ${percent} %`);
    } else if (count === null && near.length > 1) notes.push(`rounded too far to say which: ${told.join(" or ")}`);
    if (isPossible && count === null && near.length === 1) count = near[0].numerator;
  }
  return {
    of,
    figure,
    n,
    right: count,
    percent,
    share: count === null ? null : count / n,
    wilson: count === null ? null : wilsonInterval(count / n, n),
    clopperPearson: count === null ? null : clopperPearsonInterval(count, n),
    isPossible,
    notes,
  };
}

/** Of the three figures of one caller the third follows from two: right in all = right positives + right negatives. */
function impliedNotes(figure: CheckedFigure, all: readonly CheckedFigure[]): string[] {
  const named = (name: string) => all.find((one) => one.of === figure.of && one.figure.toLowerCase() === name);
  const [sensitivity, specificity, accuracy] = ["sensitivity", "specificity", "accuracy"].map(named);
  if (sensitivity === undefined || specificity === undefined || accuracy === undefined) return [];
  if (figure !== specificity || sensitivity.n + specificity.n !== accuracy.n) return [];
  if (sensitivity.right === null || accuracy.right === null) return [];
  const implied = accuracy.right - sensitivity.right;
  if (specificity.right === implied) return [];
  const from = `${accuracy.right}/${accuracy.n} right in all and ${sensitivity.right}/${sensitivity.n} positives`;
  if (implied < 0 || implied > specificity.n) return [`contradiction: ${from} leave ${implied} of ${specificity.n}`];
  const percent = ((100 * implied) / specificity.n).toFixed(2);
  const notes = [`with ${from} it must be ${implied}/${specificity.n} = ${percent} %`];
  if (specificity.percent !== null && specificity.percent === accuracy.percent) {
    notes.push(`${specificity.percent} % is the accuracy, printed twice`);
  }
  return notes;
}

/**
 * Printed figures from a CSV file with the columns figure, n, and percent or right (or both); a column of names the caller.
 * @throws InputError FIGURES_INVALID; as readCsvTable.
 */
export async function readFigures(path: string): Promise<PrintedFigure[]> {
  const table = await readCsvTable(path);
  requireColumns(table, ["figure", "n"]);
  if (!table.columns.includes("percent")) requireColumns(table, ["right"]);
  return table.rows.map((row) => {
    const n = wholeNumber(table, row, "n");
    const right = row.values.right ? wholeNumber(table, row, "right") : null;
    const percent = row.values.percent?.replace(/\s*%$/, "") || null;
    if (n === 0) throw invalid(table, row, `"n" is 0, nothing is a share of that`);
    if (right !== null && right > n) throw invalid(table, row, `${right} of ${n} cannot be`);
    if (percent === null && right === null) throw invalid(table, row, `neither "percent" nor "right" is given`);
    if (percent !== null && !(/^\d+(\.\d+)?$/.test(percent) && Number(percent) <= 100)) {
      throw invalid(table, row, `"percent" is "${percent}", a percentage with a point was expected`);
    }
    return { of: row.values.of ?? "", figure: requireValue(table, row, "figure"), n, right, percent };
  });
}

function wholeNumber(table: CsvTable, row: CsvRow, column: "n" | "right"): number {
  const text = requireValue(table, row, column);
  if (/^\d+$/.test(text)) return Number(text);
  throw invalid(table, row, `"${column}" is "${text}", a whole number was expected`);
}

function invalid(table: CsvTable, row: CsvRow, fault: string): InputError {
  return new InputError("FIGURES_INVALID", `${table.path} line ${row.line}: ${fault}. Correct the row.`);
}
