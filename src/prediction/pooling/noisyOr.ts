import { type Rows, softmaxOf } from "./means.ts";

/**
 * A study's probabilities where any image may give a disease away: class k but the last is absent with the probability
 * Π (1 − weight · p of k in the image); given that at most one disease is there, the rest follows. The last class is the
 * absence of all.
 *
 * weight: 0 < weight ≤ 1, how much one image's word counts. The more images, the surer: it hangs on their number.
 * @source Pearl 1988, Probabilistic reasoning in intelligent systems, section 4.3.2; Maron and Lozano-Pérez 1998.
 */
export function noisyOr(rows: Rows, weight: number): number[] {
  const last = rows[0].length - 1;
  const logOdds = Array.from({ length: last }, (_, k) => {
    const logAbsent = rows.reduce((sum, row) => sum + Math.log1p(-Math.min(weight * row[k], almostOne)), 0);
    return Math.log(Math.max(-Math.expm1(logAbsent), Number.MIN_VALUE)) - logAbsent;
  });
  return softmaxOf([...logOdds, 0]);
}

/** An image that is wholly sure must not make the logarithm infinite. */
const almostOne = 1 - 1e-7;
