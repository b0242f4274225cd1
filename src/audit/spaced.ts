/** So many indices of so many, evenly spaced. */
export function spaced(count: number, most: number): number[] {
  const kept = Math.min(count, most);
  return Array.from({ length: kept }, (_, i) => Math.floor(((i + 0.5) * count) / kept));
}
