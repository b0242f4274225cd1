import type { Estimate } from "../statistics/estimate.ts";

/** A share as a percentage with one digit: "94.9 %", in which the space does not break. */
export function percent(share: number, digits = 1): string {
  return `${(100 * share).toFixed(digits)}\u00a0%`;
}

/** An area under the curve with three digits. */
export function area(value: number): string {
  return value.toFixed(3).replace("-", "\u2212");
}

/** A difference of shares in points: "+12.5 points". */
export function points(difference: number): string {
  const sign = difference < 0 ? "\u2212" : "+";
  return `${sign}${Math.abs(100 * difference).toFixed(1)}\u00a0points`;
}

/** A count with spaces between thousands. */
export function count(value: number): string {
  return value.toLocaleString("en-US").replaceAll(",", "\u202f");
}

/** "1 study", "2 studies". */
export function counted(value: number, one: string, many: string): string {
  return `${count(value)}\u00a0${value === 1 ? one : many}`;
}

/** The ends of a 95 % interval, "83.1–98.6"; null where there is none. */
export function interval(estimate: Estimate, format: "percent" | "area" | "points"): string | null {
  const { low, high } = estimate;
  if (low === null || high === null) return null;
  if (format === "area") return `${area(low)}${low < 0 ? " to " : "–"}${area(high)}`;
  if (format === "points") return `${points(low).replace(/\u00a0points$/, "")} to ${points(high)}`;
  return `${(100 * low).toFixed(1)}–${(100 * high).toFixed(1)}`;
}

/** "a, b and c". */
export function list(words: readonly string[]): string {
  if (words.length < 2) return words.join("");
  return `${words.slice(0, -1).join(", ")} and ${words.at(-1)}`;
}

/** At most `most` signs of a text, with an ellipsis where it was cut. */
export function shorten(text: string, most: number): string {
  return text.length <= most ? text : `${text.slice(0, most - 1).trimEnd()}…`;
}

/** A p value: "0.034", "< 0.001"; "–" where there is none. */
export function pValue(p: number | null): string {
  if (p === null) return "–";
  return p < 0.001 ? "<\u00a00.001" : p.toFixed(3);
}
