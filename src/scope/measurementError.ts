/**
 * How far the scope's affected share of both lungs lies from the truth, in points, on drawn studies that took no part in
 * choosing its settings. @source docs/follow.md: `npm run trial:follow`.
 */
export const measurementError = {
  /** Standard deviation of measured minus true of one study. */
  shareSd: 1.5,
  /** The same of the change from one study of a subject to the next. */
  changeSd: 1.7,
} as const;

/** Half the width of the 95 % interval of one study's share, as a share. */
export const shareUncertainty = (1.96 * measurementError.shareSd) / 100;

/** Half the width of the 95 % interval of a share's change between two studies, as a share. */
export const changeUncertainty = (1.96 * measurementError.changeSd) / 100;
