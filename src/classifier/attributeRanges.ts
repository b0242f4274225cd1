import type { AttributeRange } from "../prediction/novelty/attributeExcess.ts";

/** What the cases' attributes span: numbers by their extremes, words by the ones that occur, in alphabetical order. */
export function attributeRanges(
  attributesOfCases: readonly Readonly<Record<string, string | number>>[],
): Record<string, AttributeRange> {
  const names = [...new Set(attributesOfCases.flatMap((attributes) => Object.keys(attributes)))].sort();
  return Object.fromEntries(names.map((name) => [name, rangeOf(valuesOf(attributesOfCases, name))]));
}

function valuesOf(attributesOfCases: readonly Readonly<Record<string, string | number>>[], name: string) {
  return attributesOfCases.flatMap((attributes) => attributes[name] ?? []);
}

function rangeOf(values: readonly (string | number)[]): AttributeRange {
  const numbers = values.filter((value) => typeof value === "number");
  if (numbers.length < values.length) return [...new Set(values.map(String))].sort();
  return { min: least(numbers), max: -least(numbers.map((value) => -value)) };
}

function least(numbers: readonly number[]): number {
  return numbers.reduce((a, b) => Math.min(a, b), Number.POSITIVE_INFINITY);
}
