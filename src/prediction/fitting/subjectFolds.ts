import { createRandom } from "../../base/random.ts";

/** Something of a subject, with its class by index. */
export interface OfSubject {
  readonly subjectId: string;
  readonly truth: number;
}

/** Items to fit on and items to measure on, with no subject in both. */
export interface InnerFold<T> {
  readonly fit: readonly T[];
  readonly held: readonly T[];
}

/**
 * Disjoint folds of the items by subject, stratified by the class of a subject's first item, in an order drawn from the
 * seed: at most so many, or as many as the smallest class has subjects. Empty where that is fewer than two.
 */
export function subjectFolds<T extends OfSubject>(items: readonly T[], seed: number, most: number): InnerFold<T>[] {
  const truthOf = new Map<string, number>();
  for (const { subjectId, truth } of items) if (!truthOf.has(subjectId)) truthOf.set(subjectId, truth);
  const classes = [...new Set(truthOf.values())].sort((a, b) => a - b);
  const random = createRandom(seed).fork("study rules");
  const orders = classes.map((truth) => {
    const subjects = [...truthOf.keys()].filter((subject) => truthOf.get(subject) === truth).sort();
    return random.fork(truth).shuffled(subjects);
  });
  const folds = Math.min(most, ...orders.map((order) => order.length));
  if (classes.length < 2 || folds < 2) return [];
  const foldOf = new Map(orders.flat().map((subject, place) => [subject, place % folds]));
  return Array.from({ length: folds }, (_, fold) => ({
    fit: items.filter(({ subjectId }) => foldOf.get(subjectId) !== fold),
    held: items.filter(({ subjectId }) => foldOf.get(subjectId) === fold),
  }));
}
