import { z } from "zod";
import { clusteredMcnemar, mcnemarExact } from "../statistics/mcnemar.ts";
import type { Items } from "./items.ts";

/** Two callers of the same items, one right where the other is wrong: a test of whether they are equally good. */
export const pairedTestSchema = z.strictObject({
  /** Items that only the first, and only the second, called right. */
  onlyFirst: z.int(),
  onlySecond: z.int(),
  method: z.enum(["mcnemar-exact", "mcnemar-clustered"]),
  /** Of no difference; null where there is nothing to test. */
  p: z.number().nullable(),
  /** Holm's correction over the comparisons that stand beside it; null where it stands alone or cannot be tested. */
  adjustedP: z.number().nullable(),
});

export type PairedTest = z.infer<typeof pairedTestSchema>;

/** McNemar's test of two callers of the same items: exact where no subject has two items, else clustered by subject. */
export function testPaired(first: Items, second: Items): Omit<PairedTest, "adjustedP"> {
  const n = first.truth.length;
  const rightFirst = Uint8Array.from(first.truth, (truth, i) => Number(first.predicted[i] === truth));
  const rightSecond = Uint8Array.from(second.truth, (truth, i) => Number(second.predicted[i] === truth));
  return testRight(rightFirst, rightSecond, { subjectOf: first.subjectOf, subjects: n === 0 ? 0 : first.subjects });
}

/** The same of any two lists of right (1) and wrong (0). */
export function testRight(
  first: Uint8Array,
  second: Uint8Array,
  { subjectOf, subjects }: Pick<Items, "subjectOf" | "subjects">,
): Omit<PairedTest, "adjustedP"> {
  let [onlyFirst, onlySecond] = [0, 0];
  for (let i = 0; i < first.length; i++) {
    if (first[i] > second[i]) onlyFirst++;
    if (second[i] > first[i]) onlySecond++;
  }
  if (first.length === 0) return { onlyFirst, onlySecond, method: "mcnemar-exact", p: null };
  if (new Set(subjectOf).size === first.length) {
    return { onlyFirst, onlySecond, method: "mcnemar-exact", p: mcnemarExact(onlyFirst, onlySecond).p };
  }
  if (subjects < 2) return { onlyFirst, onlySecond, method: "mcnemar-clustered", p: null };
  return { onlyFirst, onlySecond, method: "mcnemar-clustered", p: clusteredMcnemar(first, second, subjectOf).p };
}
