import type { Estimate } from "./estimate.ts";
import { wilsonInterval } from "./wilson.ts";

/** Half the width of Wilson's 95 % interval of a share of n independent trials. */
export function halfWidthFor(share: number, n: number): number {
  const { low, high } = wilsonInterval(share, n);
  return (high - low) / 2;
}

/** The least number of independent trials for which `halfWidthFor` is at most `halfWidth` (above 0). */
export function trialsFor(share: number, halfWidth: number): number {
  let [low, high] = [0, 1];
  while (halfWidthFor(share, high) > halfWidth) high *= 2;
  while (high - low > 1) {
    const middle = Math.floor((low + high) / 2);
    if (halfWidthFor(share, middle) > halfWidth) low = middle;
    else high = middle;
  }
  return high;
}

/**
 * What a share's interval would ask for, in words: "With 39 studies the interval is ±8 points; for ±4 points about 130
 * would be needed." The interval's own width counts, so that what belongs to one subject is not taken as independent.
 *
 * what: the word for the items, as "studies". null where there is no interval.
 */
export function sampleSizeNote(estimate: Estimate, what: string): string | null {
  const { value, n, low, high } = estimate;
  if (value === null || low === null || high === null || high <= low) return null;
  const half = (high - low) / 2;
  const aim = aims.find((points) => points <= (100 * half) / 2) ?? null;
  const now = `With ${n} ${what} the interval is ±${inPoints(half)}`;
  if (aim === null) return `${now}.`;
  // As if independent; the interval says how much less they are worth.
  const worth = Math.min(1, trialsFor(value, half) / n);
  return `${now}; for ±${inPoints(aim / 100)} about ${rounded(trialsFor(value, aim / 100) / worth)} would be needed.`;
}

/** Widths worth aiming at, in points. */
const aims = [20, 15, 10, 8, 6, 5, 4, 3, 2, 1];

function inPoints(half: number): string {
  const points = 100 * half;
  const text = points >= 1 ? String(Math.round(points)) : points.toFixed(1);
  return `${text} ${text === "1" ? "point" : "points"}`;
}

/** Two digits are all that such a number has. */
function rounded(n: number): number {
  return Number(n.toPrecision(2));
}
