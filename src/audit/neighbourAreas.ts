import { areaOfCells } from "./attributeTest.ts";

/** A slice as its neighbours are sought. */
export interface SliceRow {
  readonly features: Float64Array;
  readonly subject: number;
  readonly label: number;
}

const neighbours = 7;

/**
 * How well the labels of a slice's seven nearest neighbours predict its own: the mean area over classes, with all other slices as
 * possible neighbours, and with those of other subjects only. The difference is what a leak between sets is worth.
 */
export function neighbourAreas(
  rows: readonly SliceRow[],
  classes: number,
): { readonly anyOther: number; readonly otherSubjects: number } {
  const scaled = standardised(rows);
  const width = rows[0]?.features.length ?? 0;
  const all = new Float64Array(rows.length * classes);
  const others = new Float64Array(rows.length * classes);
  for (let i = 0; i < rows.length; i++) {
    const nearAll = nearest();
    const nearOthers = nearest();
    for (let j = 0; j < rows.length; j++) {
      if (i === j) continue;
      const limit = Math.max(nearAll.limit(), nearOthers.limit());
      let distance = 0;
      for (let k = 0; k < width && distance < limit; k++) {
        distance += ((scaled[i * width + k] as number) - (scaled[j * width + k] as number)) ** 2;
      }
      nearAll.offer(j, distance);
      if (rows[i]?.subject !== rows[j]?.subject) nearOthers.offer(j, distance);
    }
    for (const [found, scores] of [[nearAll, all] as const, [nearOthers, others] as const]) {
      for (const j of found.found()) {
        const at = i * classes + (rows[j]?.label ?? 0);
        scores[at] = (scores[at] as number) + 1;
      }
    }
  }
  return { anyOther: meanArea(rows, all, classes), otherSubjects: meanArea(rows, others, classes) };
}

/** The nearest few of what is offered. */
function nearest() {
  const places: number[] = [];
  const distances: number[] = [];
  return {
    limit: () => (distances.length < neighbours ? Number.POSITIVE_INFINITY : (distances[neighbours - 1] as number)),
    offer(place: number, distance: number) {
      if (distances.length === neighbours && distance >= (distances[neighbours - 1] as number)) return;
      let at = distances.length;
      while (at > 0 && (distances[at - 1] as number) > distance) at--;
      distances.splice(at, 0, distance);
      places.splice(at, 0, place);
      if (distances.length > neighbours) {
        distances.pop();
        places.pop();
      }
    },
    found: () => places,
  };
}

function meanArea(rows: readonly SliceRow[], scores: Float64Array, classes: number): number {
  let sum = 0;
  for (let k = 0; k < classes; k++) {
    sum += areaOfCells(
      rows.map(({ label }, i) => ({
        score: scores[i * classes + k] as number,
        positive: label === k ? 1 : 0,
        negative: label === k ? 0 : 1,
      })),
    );
  }
  return sum / classes;
}

function standardised(rows: readonly SliceRow[]): Float64Array {
  const width = rows[0]?.features.length ?? 0;
  const scaled = new Float64Array(rows.length * width);
  for (let k = 0; k < width; k++) {
    const mean = rows.reduce((sum, { features }) => sum + (features[k] as number), 0) / rows.length;
    const variance = rows.reduce((sum, { features }) => sum + ((features[k] as number) - mean) ** 2, 0) / rows.length;
    const deviation = Math.sqrt(variance);
    for (const [i, { features }] of rows.entries()) {
      scaled[i * width + k] = deviation < 1e-9 ? 0 : ((features[k] as number) - mean) / deviation;
    }
  }
  return scaled;
}
