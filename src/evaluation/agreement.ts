import { bootstrapEstimate, type Estimate, noEstimate } from "../statistics/estimate.ts";
import { cohenKappa, fleissKappa, type Kappa, kappaStatistic } from "../statistics/kappa.ts";
import type { Resampling } from "../statistics/resampling.ts";
import type { Statistic } from "../statistics/statistic.ts";
import type { Items } from "./items.ts";
import type { Caller } from "./readerResults.ts";
import type { ReaderResults } from "./readerSchema.ts";

/**
 * Cohen's kappa of each two callers and Fleiss' of all readers, with 95 % intervals: by their large-sample formulas where
 * each subject has one study, else over subjects.
 */
export function agreementOf(callers: readonly Caller[], resampling: Resampling): ReaderResults["agreement"] {
  const readers = callers.slice(1);
  const pairs = callers.flatMap((first, i) =>
    callers.slice(i + 1).map((second) => ({
      first: first.name,
      second: second.name,
      kappa: kappaOf(first.items, second.items, resampling),
    })),
  );
  return { pairs, all: readers.length < 2 ? null : kappaOfAll(readers, resampling) };
}

const alwaysOne = "all calls are the same, so chance alone would agree";

function kappaOf(first: Items, second: Items, resampling: Resampling): Estimate {
  const { subjectOf: cluster, subjects } = first;
  const n = cluster.length;
  if (n < 2) return noEstimate("fewer than two studies", n, subjects);
  if (subjects === n) return asEstimate(cohenKappa(first.predicted, second.predicted), first);
  const statistic = kappaStatistic({ a: first.predicted, b: second.predicted, cluster, subjects });
  return bootstrapEstimate(statistic, { n, resampling, absent: alwaysOne });
}

function kappaOfAll(readers: readonly Caller[], resampling: Resampling): Estimate {
  const { subjectOf, subjects, classes } = readers[0].items;
  const n = subjectOf.length;
  if (n < 2) return noEstimate("fewer than two studies", n, subjects);
  const counts = Array.from(subjectOf, (_, study) =>
    classes.map((_, k) => readers.filter(({ items }) => items.predicted[study] === k).length),
  );
  if (subjects === n) return asEstimate(fleissKappa(counts), readers[0].items);
  const statistic: Statistic = {
    subjects,
    value: (weights) => {
      const drawn = counts.flatMap((row, study) => Array<number[]>(weights[subjectOf[study]]).fill(row));
      return drawn.length < 2 ? Number.NaN : fleissKappa(drawn).kappa;
    },
  };
  return bootstrapEstimate(statistic, { n, resampling, absent: alwaysOne });
}

function asEstimate({ kappa, low, high }: Kappa, { subjectOf, subjects }: Items): Estimate {
  const n = subjectOf.length;
  if (!Number.isFinite(kappa)) return noEstimate(alwaysOne, n, subjects);
  return { value: kappa, n, subjects, low, high, method: "asymptotic" };
}
