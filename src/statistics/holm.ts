/**
 * Holm's adjusted p values, in the order given: each may be compared with 5 % as if it were the only one.
 * @source Holm 1979, A simple sequentially rejective multiple test procedure.
 */
export function holm(p: readonly number[]): number[] {
  const order = [...p.keys()].sort((a, b) => p[a] - p[b]);
  const adjusted = new Array<number>(p.length);
  let largest = 0;
  for (const [rank, i] of order.entries()) {
    largest = Math.max(largest, Math.min(1, p[i] * (p.length - rank)));
    adjusted[i] = largest;
  }
  return adjusted;
}
