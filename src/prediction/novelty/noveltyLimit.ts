/** From which score on a study counts as unlike the training, and what is known of how often that is wrong. */
export interface NoveltyLimit {
  /** A score above it is unlike. */
  readonly limit: number;
  /** The share of studies like the training that was asked to be called unlike, at most. */
  readonly askedRate: number;
  /** The share that this many validation studies allow to promise: asked, or more where they are too few. */
  readonly promisedRate: number;
  readonly fittedOn: { readonly set: "validation"; readonly subjects: number; readonly studies: number };
}

/**
 * The limit that a study like those of validation exceeds with at most the promised probability, whatever the scores'
 * distribution: the ⌈(1 − rate)(n + 1)⌉-th smallest of n validation scores, or the largest where that is beyond them.
 *
 * The promise is of an average over validation sets; with this one the true rate may be higher. Studies of one subject
 * count as one, by the largest score.
 * @source Vovk, Gammerman and Shafer 2005 (conformal prediction); Bates et al. 2023, Testing for outliers with conformal
 * p-values.
 */
export function fitNoveltyLimit(
  validation: readonly { readonly subjectId: string; readonly score: number }[],
  askedRate: number,
): NoveltyLimit | null {
  const largest = new Map<string, number>();
  for (const { subjectId, score } of validation) largest.set(subjectId, Math.max(score, largest.get(subjectId) ?? 0));
  const scores = [...largest.values()].sort((a, b) => a - b);
  const n = scores.length;
  if (n < leastSubjects) return null;
  // A hair less, so that 0.95 · 20 = 19 is not rounded up to 20.
  const rank = Math.min(n, Math.ceil((1 - askedRate) * (n + 1) - 1e-9));
  return {
    limit: scores[rank - 1],
    askedRate,
    promisedRate: (n + 1 - rank) / (n + 1),
    fittedOn: { set: "validation", subjects: n, studies: validation.length },
  };
}

/** With fewer subjects the largest score says nothing of what is usual. */
const leastSubjects = 8;
