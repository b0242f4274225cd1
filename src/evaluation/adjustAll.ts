import { holm } from "../statistics/holm.ts";

/** Holm's correction over all comparisons that could be tested; null stays null. */
export function adjustAll(p: readonly (number | null)[]): (number | null)[] {
  const adjusted = holm(p.filter((one) => one !== null));
  let next = 0;
  return p.map((one) => (one === null ? null : adjusted[next++]));
}
