import { detailOfRanks, lowerBound } from "./detail.ts";
import { type Place, signaturePx as px, type SliceSignature } from "./sliceSignature.ts";

/** Samples along a side: few for a glance, more to find the place, most to measure there. */
const [glancing, searching, measuring] = [20, 26, 40];
/** Steps in which size and place are sought, in shares of the side. */
const searchSteps = [0.02, 0.01, 0.005];
const smallestSide = 0.86;
/** The slices must share at least this share of the samples. */
const leastShared = 0.06;

/** The correlation of all of b with a square of a, at this place alone. */
export function correlationAt(a: SliceSignature, b: SliceSignature, place: Place): number {
  return correlation(detailOf(a), detailOf(b), place, glancing).r;
}

/**
 * How alike the detail of two slices is, −1 to 1, once b is laid over a square of a near the given one: near 1 for copies,
 * whatever their window, size, compression or small crops; lower for two people. Only what both show counts: not the ground,
 * not its outline. samples: how much that is, of 1,600.
 */
export function alignedCorrelation(
  a: SliceSignature,
  b: SliceSignature,
  near: Place,
): { readonly value: number; readonly samples: number; readonly place: Place } {
  const [da, db] = [detailOf(a), detailOf(b)];
  let best = { value: correlation(da, db, near, searching).r, place: near };
  for (const step of searchSteps) {
    const { side, top, left } = best.place;
    const steps = [-step, 0, step];
    for (const ds of steps) {
      for (const dt of steps) {
        for (const dl of steps) {
          const place = {
            side: side + ds,
            top: top + dt - ds / 2,
            left: left + dl - ds / 2,
          };
          if (!isWithin(place)) continue;
          const value = correlation(da, db, place, searching).r;
          if (value > best.value) best = { value, place };
        }
      }
    }
  }
  const { r, n } = correlation(da, db, best.place, measuring);
  return { value: lowerBound(r, n), samples: n, place: best.place };
}

function isWithin({ side, top, left }: Place): boolean {
  return side <= 1 && side >= smallestSide && top >= 0 && left >= 0 && top + side <= 1.0001 && left + side <= 1.0001;
}

/** Detail of a plane, [px, px]; NaN on the ground and beside it. */
type Detail = Float32Array;

const details = new WeakMap<SliceSignature, Detail>();

function detailOf(signature: SliceSignature): Detail {
  const standing = details.get(signature);
  if (standing !== undefined) return standing;
  const made = detailOfRanks(signature.plane, px);
  details.set(signature, made);
  return made;
}

/** Pearson's correlation of what both show, and of how many samples. */
function correlation(
  a: Detail,
  b: Detail,
  { side, top, left }: Place,
  samples: number,
): { readonly r: number; readonly n: number } {
  let [n, sa, sb, saa, sbb, sab] = [0, 0, 0, 0, 0, 0];
  for (let i = 0; i < samples; i++) {
    const v = Math.floor(((i + 0.5) / samples) * px);
    const ya = top * px + side * (v + 0.5) - 0.5;
    const y0 = Math.min(px - 2, Math.max(0, Math.floor(ya)));
    const fy = ya - y0;
    for (let j = 0; j < samples; j++) {
      const u = Math.floor(((j + 0.5) / samples) * px);
      const vb = b[v * px + u] as number;
      if (Number.isNaN(vb)) continue;
      const xa = left * px + side * (u + 0.5) - 0.5;
      const x0 = Math.min(px - 2, Math.max(0, Math.floor(xa)));
      const fx = xa - x0;
      const at = y0 * px + x0;
      const upper = (1 - fx) * (a[at] as number) + fx * (a[at + 1] as number);
      const lower = (1 - fx) * (a[at + px] as number) + fx * (a[at + px + 1] as number);
      const va = (1 - fy) * upper + fy * lower;
      if (Number.isNaN(va)) continue;
      n++;
      sa += va;
      sb += vb;
      saa += va * va;
      sbb += vb * vb;
      sab += va * vb;
    }
  }
  if (n < leastShared * samples * samples) return { r: -1, n };
  const spread = Math.sqrt((saa - (sa * sa) / n) * (sbb - (sb * sb) / n));
  return { r: spread === 0 ? 0 : (sab - (sa * sb) / n) / spread, n };
}
