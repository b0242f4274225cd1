/**
 * How far the scope's numbers lie from the truth, on drawn studies that took no part in choosing its settings.
 * @source docs/scope.md: `npm run trial:scope`.
 */
export const measurementError = {
  /** Of the affected share of both lungs, points: mean and standard deviation of measured minus true. */
  shareBias: -0.3,
  shareSd: 0.9,
} as const;

/** Half the width of the 95 % interval of a share's change between two studies, as a share. */
export const changeUncertainty = (1.96 * Math.SQRT2 * measurementError.shareSd) / 100;
