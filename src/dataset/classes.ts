/** Words that begin the name of a class without disease. "nonspecific …" names a disease and is none of them. */
const normalWords = /^(normal|healthy|negative|control|none|no|not)s?(?![a-z])|^non(?![- ]?specific)/i;

/**
 * Class names in the order of decision: alphabetical, a class without disease last, for the last one is what the study
 * rule falls back on.
 */
export function orderClasses(names: Iterable<string>): string[] {
  return [...new Set(names)].sort(
    (a, b) => rank(a) - rank(b) || compare(a.toLowerCase(), b.toLowerCase()) || compare(a, b),
  );
}

function rank(name: string): number {
  return normalWords.test(name) ? 1 : 0;
}

/** By code units, so that the order does not hang on a machine's language. */
function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
