import { type CopiedPair, findCopies, type StudySignature } from "./findCopies.ts";
import { findWholeCopies } from "./findWholeCopies.ts";
import type { WholeSignature } from "./wholeSignature.ts";

/**
 * Pairs of studies of different subjects that show the same, by their prepared slices or by the lungs of their whole planes, the
 * surest first.
 */
export function copiedPairs(
  { prepared, whole }: { readonly prepared: readonly StudySignature[]; readonly whole: readonly WholeSignature[] },
  tell: (share: number) => void = () => {},
): CopiedPair[] {
  const byPrepared = findCopies(prepared, (share) => tell(share / 2));
  const byWhole = findWholeCopies(whole, (share) => tell((1 + share) / 2));
  const surest = new Map<string, CopiedPair>();
  for (const pair of [...byPrepared, ...byWhole]) {
    const key = pair.caseIds.toSorted().join(" ");
    if ((surest.get(key)?.correlation ?? -1) < pair.correlation) surest.set(key, pair);
  }
  return [...surest.values()].sort((p, q) => q.correlation - p.correlation);
}
