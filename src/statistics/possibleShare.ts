/** A share of n as it would be printed. */
export interface PrintedShare {
  readonly numerator: number;
  /** Rounded to the decimals asked for. */
  readonly percent: number;
}

/**
 * Whether a printed percentage can be a share of n: some whole number of n rounds to it, whichever way halves are rounded.
 * A printed share that is not possible belongs to another denominator, or to another row.
 */
export function isPossibleShare(percent: number, n: number, decimals: number): boolean {
  return nearestShares(percent, n, decimals).some(({ numerator }) => roundsTo(percent, numerator, { n, decimals }));
}

/** The shares of n that round to a percentage; where there are none, the nearest below and the nearest above it. */
export function nearestShares(percent: number, n: number, decimals: number): PrintedShare[] {
  const below = Math.floor((percent / 100) * n);
  const print = (numerator: number) => ({ numerator, percent: Number(((100 * numerator) / n).toFixed(decimals)) });
  const near = [below - 1, below, below + 1, below + 2].filter((numerator) => numerator >= 0 && numerator <= n);
  const hits = near.filter((numerator) => roundsTo(percent, numerator, { n, decimals }));
  const found = hits.length > 0 ? hits : near.filter((numerator) => numerator === below || numerator === below + 1);
  return found.map(print);
}

function roundsTo(percent: number, numerator: number, { n, decimals }: { n: number; decimals: number }): boolean {
  return Math.abs((100 * numerator) / n - percent) <= 10 ** -decimals / 2 + 1e-9;
}
