import type { InspectedStudy } from "./inspection.ts";

/** A study's measures as a table shows them; empty where they are not known. */
export interface Measures {
  readonly slices: string;
  /** Between slices, mm. */
  readonly spacing: string;
  readonly thickness: string;
  readonly kernel: string;
  readonly matrix: string;
  readonly lungsMl: string;
  readonly quality: string;
  /** Codes of its error or warnings. */
  readonly found: readonly string[];
  /** Which series was read, and why. */
  readonly series: string;
}

export function measuresOf({ attributes, error, lungs, series, warnings }: InspectedStudy): Measures {
  const { slicesInStudy, spacingZMm, sliceThicknessMm, kernel, rows, columns } = attributes;
  return {
    slices: text(slicesInStudy),
    spacing: tenths(spacingZMm),
    thickness: tenths(sliceThicknessMm),
    kernel: text(kernel),
    matrix: rows === undefined ? "" : rows === columns ? `${rows}²` : `${rows} × ${columns}`,
    lungsMl: lungs === null ? "" : String(Math.round(lungs.totalMl)),
    quality: lungs === null || lungs.quality === null ? "" : lungs.quality.toFixed(2),
    found: error === null ? [...new Set(warnings.map(({ code }) => code))] : [error.code],
    series: series === null ? "" : `${series.description ?? series.seriesUid}: ${series.reason}`,
  };
}

const text = (value: string | number | undefined) => (value === undefined ? "" : String(value));

function tenths(value: string | number | undefined): string {
  return typeof value === "number" ? String(Math.round(value * 100) / 100) : "";
}
