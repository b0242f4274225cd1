/** How well heat lies on a part of an image. */
export interface HeatAgainst {
  /** Share of the heat that lies on it; null where there is no heat. */
  readonly energy: number | null;
  /** Whether the hottest place lies on it: the pointing game; null where there is no heat. */
  readonly isPointedAt: boolean | null;
  /** Chance that a place on it is hotter than a place off it, ties half. */
  readonly auc: number;
  /** Overlap with the hottest places, as many as it has: intersection over union. */
  readonly iou: number;
}

/**
 * heat: at least 0. part: 1 where the part is, else 0; of the places where `field` is 1, or of all.
 * @throws RangeError if the part is nothing or everything.
 * @source Zhang et al. 2018 (pointing game); Wang et al. 2020, Score-CAM (energy).
 */
export function heatAgainst(heat: Float32Array, part: Uint8Array, field?: Uint8Array): HeatAgainst {
  const places = Array.from(heat.keys()).filter((i) => field === undefined || field[i] === 1);
  const size = places.reduce((sum, i) => sum + part[i], 0);
  if (size === 0 || size === places.length) throw new RangeError("A part that is nothing or everything has no heat");
  const total = places.reduce((sum, i) => sum + heat[i], 0);
  const onPart = places.reduce((sum, i) => sum + heat[i] * part[i], 0);
  places.sort((a, b) => heat[b] - heat[a]);
  return {
    energy: total > 0 ? onPart / total : null,
    isPointedAt: total > 0 ? part[places[0]] === 1 : null,
    auc: areaOf(heat, part, places),
    iou: overlapOf(part, places.slice(0, size)),
  };
}

/** places: from the hottest to the coldest. */
function areaOf(heat: Float32Array, part: Uint8Array, places: readonly number[]): number {
  let [on, off, hotterPairs] = [0, 0, 0];
  for (let start = 0; start < places.length; ) {
    let end = start;
    let [onHere, offHere] = [0, 0];
    for (; end < places.length && heat[places[end]] === heat[places[start]]; end++) {
      if (part[places[end]] === 1) onHere++;
      else offHere++;
    }
    hotterPairs += on * offHere + 0.5 * onHere * offHere;
    on += onHere;
    off += offHere;
    start = end;
  }
  return hotterPairs / (on * off);
}

function overlapOf(part: Uint8Array, hottest: readonly number[]): number {
  const both = hottest.reduce((sum, i) => sum + part[i], 0);
  return both / (2 * hottest.length - both);
}
