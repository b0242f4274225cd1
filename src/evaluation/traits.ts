import { quantile } from "../statistics/resampling.ts";

/** What is known of a study beside its images: how it was taken, and the columns of its label file. */
export type Traits = Readonly<Record<string, string | number>>;

/** Studies sorted by one trait. */
export interface Grouping {
  readonly trait: string;
  /** How the groups were made, in words. */
  readonly by: string;
  /** In ascending order of numbers, else by frequency. */
  readonly groups: readonly string[];
  /** The group of each item; −1 where the trait is not known. */
  readonly groupOf: Int32Array;
}

const mostCategories = 8;
const agesFrom = [0, 40, 60, 80];
const otherValues = "other values";

/**
 * Items grouped by one trait: numbers by their thirds (ages by 40, 60 and 80 years; a handful of numbers as they are), words
 * as they are, rare ones beyond the eighth together. null where fewer than two groups come out.
 */
export function groupByTrait(trait: string, traits: readonly (Traits | undefined)[]): Grouping | null {
  const values = traits.map((one) => one?.[trait]);
  const numbers = values.filter((value) => typeof value === "number");
  const known = values.filter((value) => value !== undefined && value !== "");
  const isNumeric = numbers.length === known.length;
  if (isNumeric && new Set(numbers).size > mostCategories / 2) {
    return isAge(trait) ? byAge(trait, values) : byThirds(trait, values, numbers);
  }
  return byCategory(trait, values, isNumeric);
}

function isAge(trait: string): boolean {
  return /^(patient)?[ _-]?age([ _-]?years)?$/i.test(trait);
}

type Value = string | number | undefined;

function byAge(trait: string, values: readonly Value[]): Grouping | null {
  const names = agesFrom.map((from, i) => (i === 3 ? "80 and older" : i === 0 ? "under 40" : `${from}–${from + 19}`));
  const groupOf = values.map((value) =>
    typeof value === "number" ? agesFrom.findLastIndex((from) => value >= from) : -1,
  );
  return withoutEmpty({ trait, by: "age in years", groups: names, groupOf: Int32Array.from(groupOf) });
}

function byThirds(trait: string, values: readonly Value[], numbers: readonly number[]): Grouping | null {
  const sorted = Float64Array.from(numbers).sort();
  const edges = [...new Set([quantile(sorted, 1 / 3), quantile(sorted, 2 / 3)])];
  const groupOf = Int32Array.from(values, (value) =>
    typeof value === "number" ? edges.filter((edge) => value > edge).length : -1,
  );
  const told = edges.map((edge) => String(Number(edge.toPrecision(4))));
  const names = [
    `at most ${told[0]}`,
    ...edges.slice(1).map((_, i) => `over ${told[i]} to ${told[i + 1]}`),
    `over ${told.at(-1)}`,
  ];
  return withoutEmpty({ trait, by: "thirds of the studies", groups: names, groupOf });
}

function byCategory(trait: string, values: readonly Value[], isNumeric: boolean): Grouping | null {
  const counts = new Map<string, number>();
  for (const value of values) {
    if (value !== undefined && value !== "") counts.set(String(value), (counts.get(String(value)) ?? 0) + 1);
  }
  const frequent = [...counts].sort((a, b) => b[1] - a[1] || (a[0] < b[0] ? -1 : 1)).map(([name]) => name);
  const isCut = frequent.length > mostCategories;
  const kept = isCut ? frequent.slice(0, mostCategories - 1) : frequent;
  if (isNumeric) kept.sort((a, b) => Number(a) - Number(b));
  const groups = isCut ? [...kept, otherValues] : kept;
  const groupOf = Int32Array.from(values, (value) => {
    if (value === undefined || value === "") return -1;
    const at = kept.indexOf(String(value));
    return at < 0 ? groups.length - 1 : at;
  });
  return withoutEmpty({ trait, by: "as given", groups, groupOf });
}

function withoutEmpty(grouping: Grouping): Grouping | null {
  const used = grouping.groups.map((_, g) => grouping.groupOf.includes(g));
  const groups = grouping.groups.filter((_, g) => used[g]);
  if (groups.length < 2) return null;
  const renumbered = grouping.groups.map((_, g) => used.slice(0, g).filter(Boolean).length);
  return { ...grouping, groups, groupOf: grouping.groupOf.map((g) => (g < 0 ? g : renumbered[g])) };
}
