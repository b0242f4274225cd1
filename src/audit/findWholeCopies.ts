import { wholePlanePx } from "../slices/wholePlanes.ts";
import { lowerBound } from "./detail.ts";
import type { CopiedPair } from "./findCopies.ts";
import { glancePx, glanceStepMm, nothing, type WholeSignature } from "./wholeSignature.ts";

/** How alike two studies must be to count as copies. docs/audit.md has the measurements. */
interface Rule {
  /** Studies that are less alike at a glance are not laid over each other. */
  readonly leastGlance: number;
  /** Glances are compared with one of them so many levels up and down: a copy may lack slices at one end. */
  readonly mostShift: number;
  /** Less to see in common tells nothing. */
  readonly fewestPlanes: number;
  readonly fewestSamples: number;
  /** From this correlation on, two studies of different subjects are copies: such copies lie far above, other subjects far below. */
  readonly leastCorrelation: number;
}

const ofVolumes: Rule = {
  leastGlance: 0.2,
  mostShift: 2,
  fewestPlanes: 3,
  fewestSamples: 400,
  leastCorrelation: 0.4,
};
const ofPictures: Rule = {
  leastGlance: 0.4,
  mostShift: 0,
  fewestPlanes: 1,
  fewestSamples: 60,
  leastCorrelation: 0.75,
};
const ruleOf = ({ heightsMm }: WholeSignature) => (heightsMm.length === 1 ? ofPictures : ofVolumes);

/** Planes of copies lie at the same height, within this. */
const samePlaneMm = 4;
/** Steps in which size and place are sought, in shares of a plane's side. */
const searchSteps = [0.02, 0.01, 0.005];
/** So many planes are enough to find the place. */
const planesOfSearch = 6;

/**
 * Pairs of studies of different subjects whose lungs show the same, the surest first.
 *
 * Every two studies are compared at a glance (some microseconds each); those that are alike are laid over each other.
 */
export function findWholeCopies(
  studies: readonly WholeSignature[],
  tell: (share: number) => void = () => {},
): CopiedPair[] {
  const pairs: CopiedPair[] = [];
  for (const [i, one] of studies.entries()) {
    tell(1 - (1 - i / studies.length) ** 2);
    const rule = ruleOf(one);
    for (let j = i + 1; j < studies.length; j++) {
      const other = studies[j] as WholeSignature;
      if (one.subjectId === other.subjectId || ruleOf(other) !== rule) continue;
      const { value, shift } = glanceAt(one, other);
      if (value < rule.leastGlance) continue;
      const correlation = likenessOf(one, other, shift);
      if (correlation >= rule.leastCorrelation) pairs.push({ caseIds: [one.caseId, other.caseId], correlation });
    }
  }
  return pairs.sort((p, q) => q.correlation - p.correlation);
}

/** The greatest correlation of two glances, and by how many levels the second is shifted then. */
export function glanceAt(a: WholeSignature, b: WholeSignature): { readonly value: number; readonly shift: number } {
  let best = { value: -1, shift: 0 };
  const { mostShift } = ruleOf(a);
  for (let shift = -mostShift; shift <= mostShift; shift++) {
    const value = glanceOfShift(a, b, shift);
    if (value > best.value) best = { value, shift };
  }
  return best;
}

const levelSize = glancePx * glancePx;

function glanceOfShift(a: WholeSignature, b: WholeSignature, shift: number): number {
  const [first, end] = [Math.max(0, -shift), a.glancePower.length - Math.max(0, shift)];
  let [powerA, powerB, product] = [0, 0, 0];
  for (let level = first; level < end; level++) {
    powerA += a.glancePower[level] as number;
    powerB += b.glancePower[level + shift] as number;
  }
  const [ga, gb] = [a.glance, b.glance];
  const offset = shift * levelSize;
  for (let i = first * levelSize; i < end * levelSize; i++) product += (ga[i] as number) * (gb[i + offset] as number);
  return product / Math.sqrt(Math.max(1, powerA * powerB));
}

/** How b's planes are laid over a's: a's pixel = centre of a's lungs + shift + scale · (b's pixel − centre of b's lungs). */
interface Laying {
  readonly scaleY: number;
  readonly scaleX: number;
  readonly shiftY: number;
  readonly shiftX: number;
}

/**
 * How alike the detail of two studies' lungs is, −1 to 1, once one is laid over the other by the centres and spreads of their
 * lungs, and that place made exact: near 1 for copies, near 0 for two people. levels: the shift of their glances.
 */
export function likenessOf(a: WholeSignature, b: WholeSignature, levels: number): number {
  const { fewestPlanes, fewestSamples } = ruleOf(a);
  const start: Laying = {
    scaleY: a.frame.spreadY / b.frame.spreadY,
    scaleX: a.frame.spreadX / b.frame.spreadX,
    shiftY: 0,
    shiftX: 0,
  };
  const byLungsMm = b.frame.heightMm - a.frame.heightMm + levels * glanceStepMm;
  // A copy often stands where it stood; if not, its lungs do.
  const rises = b.heightsMm.length === 1 ? [0] : [0, ...[-8, -4, 0, 4, 8].map((stepMm) => byLungsMm + stepMm)];
  let best: { readonly pairs: readonly PlanePair[]; readonly r: number } = { pairs: [], r: -1 };
  for (const riseMm of rises) {
    const pairs = planePairs(a, b, riseMm);
    if (pairs.length < fewestPlanes) continue;
    const { r } = correlation(a, b, { pairs: someOf(pairs), laying: start, step: 2 });
    if (r > best.r) best = { pairs, r };
  }
  if (best.pairs.length === 0) return -1;
  const laying = exactLaying(a, b, { pairs: someOf(best.pairs), start });
  const { r, samples } = correlation(a, b, { pairs: best.pairs, laying, step: 1 });
  return samples < fewestSamples ? -1 : lowerBound(r, samples);
}

function exactLaying(
  a: WholeSignature,
  b: WholeSignature,
  { pairs, start }: { readonly pairs: readonly PlanePair[]; readonly start: Laying },
): Laying {
  let best = { laying: start, r: correlation(a, b, { pairs, laying: start, step: 2 }).r };
  for (const step of searchSteps) {
    const steps = [-step, 0, step];
    const tryOn = (laying: Laying) => {
      const { r } = correlation(a, b, { pairs, laying, step: 2 });
      if (r > best.r) best = { laying, r };
    };
    const from = best.laying;
    for (const grown of steps) {
      for (const down of steps) {
        for (const right of steps) {
          tryOn({
            scaleY: from.scaleY * (1 + grown),
            scaleX: from.scaleX * (1 + grown),
            shiftY: from.shiftY + down * wholePlanePx,
            shiftX: from.shiftX + right * wholePlanePx,
          });
        }
      }
    }
    const even = best.laying;
    for (const taller of [-step, step]) tryOn({ ...even, scaleY: even.scaleY * (1 + taller) });
    for (const wider of [-step, step]) tryOn({ ...even, scaleX: even.scaleX * (1 + wider) });
  }
  return best.laying;
}

/** Indices of a plane of each study that lie at the same height. */
type PlanePair = readonly [a: number, b: number];

/** Each plane of a with the plane of b next to it, once b is lowered by riseMm. */
function planePairs(a: WholeSignature, b: WholeSignature, riseMm: number): PlanePair[] {
  const pairs: PlanePair[] = [];
  let j = 0;
  for (const [i, heightMm] of a.heightsMm.entries()) {
    const missMm = (index: number) => Math.abs((b.heightsMm[index] ?? Number.POSITIVE_INFINITY) - riseMm - heightMm);
    while (missMm(j + 1) < missMm(j)) j++;
    if (missMm(j) <= samePlaneMm) pairs.push([i, j]);
  }
  return pairs;
}

function someOf(pairs: readonly PlanePair[]): readonly PlanePair[] {
  if (pairs.length <= planesOfSearch) return pairs;
  return Array.from(
    { length: planesOfSearch },
    (_, i) => pairs[Math.floor(((i + 0.5) * pairs.length) / planesOfSearch)] as PlanePair,
  );
}

/** Pearson's correlation of what both show at every step-th pixel of b, over all pairs of planes, and of how many pixels. */
function correlation(
  a: WholeSignature,
  b: WholeSignature,
  { pairs, laying, step }: { readonly pairs: readonly PlanePair[]; readonly laying: Laying; readonly step: number },
): { readonly r: number; readonly samples: number } {
  const [da, db] = [a.detail, b.detail];
  const [rowsA, columnsA, rowsB, columnsB] = [a.box.rows, a.box.columns, b.box.rows, b.box.columns];
  let [n, sa, sb, saa, sbb, sab] = [0, 0, 0, 0, 0, 0];
  for (const [i, j] of pairs) {
    const [startA, startB] = [i * rowsA * columnsA, j * rowsB * columnsB];
    for (let v = 0; v < rowsB; v += step) {
      const y = a.frame.y + laying.shiftY + laying.scaleY * (v + b.box.top - b.frame.y) - a.box.top;
      const y0 = Math.floor(y);
      if (y0 < 0 || y0 > rowsA - 2) continue;
      const fy = y - y0;
      for (let u = 0; u < columnsB; u += step) {
        const vb = db[startB + v * columnsB + u] as number;
        if (vb === nothing) continue;
        const x = a.frame.x + laying.shiftX + laying.scaleX * (u + b.box.left - b.frame.x) - a.box.left;
        const x0 = Math.floor(x);
        if (x0 < 0 || x0 > columnsA - 2) continue;
        const fx = x - x0;
        const at = startA + y0 * columnsA + x0;
        const [p, q] = [da[at] as number, da[at + 1] as number];
        const [s, t] = [da[at + columnsA] as number, da[at + columnsA + 1] as number];
        if (p === nothing || q === nothing || s === nothing || t === nothing) continue;
        const va = (1 - fy) * ((1 - fx) * p + fx * q) + fy * ((1 - fx) * s + fx * t);
        n++;
        sa += va;
        sb += vb;
        saa += va * va;
        sbb += vb * vb;
        sab += va * vb;
      }
    }
  }
  if (n < ruleOf(a).fewestSamples / step ** 2) return { r: -1, samples: n };
  const spread = Math.sqrt((saa - (sa * sa) / n) * (sbb - (sb * sb) / n));
  return { r: spread > 0 ? (sab - (sa * sb) / n) / spread : 0, samples: n };
}
