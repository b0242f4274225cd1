import type { Case } from "../dataset/dataset.ts";

/** Equal persons are a sign only where chance would bring about so few pairs of them, in the whole data set. */
const mostExpectedByChance = 0.02;
const fewestFields = 2;

/**
 * Pairs of subjects who agree in everything that is known of the person (sex, age, and the label file's columns of the person,
 * such as height and weight), where chance alone would hardly bring about one pair in the data set; and the fields compared.
 *
 * How many pairs chance brings about: for each field, the share of pairs of subjects that agree in it; the product of the shares
 * is the chance of a pair that agrees in all, were the fields independent. Sex and age alone never suffice in a set of any size.
 */
export function findTwins(cases: readonly Case[]): {
  readonly pairs: readonly (readonly [Case, Case])[];
  readonly fields: readonly string[];
} {
  const persons = new Map<string, { readonly one: Case; readonly known: ReadonlyMap<string, string | number> }>();
  for (const one of cases) if (!persons.has(one.subjectId)) persons.set(one.subjectId, { one, known: personOf(one) });
  const all = [...persons.values()];
  const fields = [...new Set(all.flatMap(({ known }) => [...known.keys()]))].filter(
    (field) => all.filter(({ known }) => known.has(field)).length > all.length / 2,
  );
  const none = { pairs: [], fields };
  if (fields.length < fewestFields || all.length < 2) return none;
  const complete = all.filter(({ known }) => fields.every((field) => known.has(field)));
  const possible = (complete.length * (complete.length - 1)) / 2;
  const groups = new Map<string, Case[]>();
  for (const { one, known } of complete) {
    const key = JSON.stringify(fields.map((field) => known.get(field)));
    const own = groups.get(key);
    if (own === undefined) groups.set(key, [one]);
    else own.push(one);
  }
  const pairs = [...groups.values()].flatMap((group) =>
    group.flatMap((a, i) => group.slice(i + 1).map((b) => [a, b] as const)),
  );
  let expected = possible;
  for (const field of fields) {
    const counts = countsOf(complete.map(({ known }) => known.get(field)));
    const agreeing = [...counts.values()].reduce((sum, count) => sum + (count * (count - 1)) / 2, 0);
    // The pairs under suspicion do not count as chance.
    expected *= Math.max(0.5, agreeing - pairs.length) / possible;
  }
  return { pairs: expected > mostExpectedByChance ? [] : pairs, fields };
}

/** Columns of the label file that describe a person. */
const ofPerson = /^(sex|gender|age|height|weight|bmi|ethnicity|ethnic group|race|smoker|smoking)(?![a-z])/;

function personOf(one: Case): Map<string, string | number> {
  const known = new Map<string, string | number>();
  const { sex, ageYears } = one.prepared.attributes;
  if (sex !== undefined) known.set("sex", sex);
  if (ageYears !== undefined) known.set("age", ageYears);
  for (const [column, value] of Object.entries(one.columns ?? {})) {
    if (ofPerson.test(column.replaceAll("_", " "))) known.set(column, value);
  }
  return known;
}

function countsOf(values: readonly (string | number | undefined)[]): Map<string | number | undefined, number> {
  const counts = new Map<string | number | undefined, number>();
  for (const value of values) counts.set(value, (counts.get(value) ?? 0) + 1);
  return counts;
}
