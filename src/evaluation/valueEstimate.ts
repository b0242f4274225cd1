import { differenceEstimate, type Estimate, noEstimate } from "../statistics/estimate.ts";
import type { ResampledValues } from "./resampleValues.ts";

/** What a number rests on. */
export interface Basis {
  readonly n: number;
  readonly subjects: number;
}

/** Number `index` of some resampled ones with its 95 % interval over subjects. absent: why there is none, if there is none. */
export function valueEstimate(of: ResampledValues, index: number, on: Basis, absent: string): Estimate {
  const value = of.values[index];
  if (!Number.isFinite(value)) return noEstimate(absent, on.n, on.subjects);
  return differenceEstimate(value, on.n, on.subjects, of.draws[index]);
}
